"""Probes in files: safetensors, with the method, its configuration and a fingerprint of the frozen model in the metadata."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from survey.probes.errors import FileError

FORMAT = "fourways-probe/1"


def fingerprint(values: Mapping[str, Tensor]) -> str:
    """A SHA-256 of names, types, shapes and bytes, whatever the order and the device."""
    digest = hashlib.sha256()
    for name in sorted(values):
        value = values[name].detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def config_of(method: Any) -> dict[str, Any]:
    """The fields of a method, as JSON has them."""
    loaded: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(method)))
    return loaded


def save(path: Path, tensors: Mapping[str, Tensor], method: Any, mark: str) -> None:
    metadata = {"format": FORMAT, "method": method.name, "config": json.dumps(config_of(method)), "backbone": mark}
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save_file({name: value.cpu().contiguous().clone() for name, value in tensors.items()}, partial, metadata)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, SafetensorError) as error:
        raise FileError(f"{path} cannot be written ({error})", "Choose a folder that can be written to") from None


def load(path: Path, method: Any, mark: str) -> dict[str, Tensor]:
    """Tensors by name. Raises FileError unless the file is of this method, configuration and model."""
    metadata, tensors = read(path)
    if metadata["method"] != method.name:
        raise FileError(
            f"{path} holds {metadata['method']}, not {method.name}", f"Inject {metadata['method']} to load it"
        )
    config, mine = json.loads(metadata["config"]), config_of(method)
    for field in sorted(config.keys() | mine.keys()):
        if config.get(field) != mine.get(field):
            raise FileError(
                f"{path} was saved with {field}={config.get(field)!r}, and this probe has {mine.get(field)!r}",
                f"Inject {method.name} with the file's configuration",
            )
    if metadata["backbone"] != mark:
        raise FileError(
            f"{path} was trained on another model than this one", "Load it into the model that it was trained on"
        )
    return tensors


def read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Metadata and tensors of a probe's file. Raises FileError where it is none."""
    try:
        with safe_open(path, "pt") as opened:
            metadata = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (no mapping)
    except (OSError, SafetensorError) as error:
        raise FileError(f"{path} cannot be read ({error})", "Give a file that a probe was saved to") from None
    if metadata.get("format") != FORMAT:
        raise FileError(f"{path} is no probe's file", "Give a file that a probe was saved to")
    return metadata, tensors
