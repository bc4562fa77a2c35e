"""The tuned models of a home: one folder each, named after its weights, with what it was made of and what it won."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from corpus.embed import DEFAULT_MODEL
from corpus.errors import HomeError, ModelError
from corpus.home import Home
from corpus.models import Frozen

RECORD = "tuning.json"
WEIGHTS = "model.safetensors"
ADAPTER = "adapter.safetensors"
_FOLDER = re.compile(r"[0-9a-f]{8}")
# The folder of the base model has these beside its weights; sentence-transformers needs them all.
_BESIDE = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling",
)


class Scores(Frozen):
    """How the pairs that were held out are found, means over their queries: ndcg and recall of the first ten, and 1 / rank."""

    ndcg: float
    recall: float
    mrr: float


class Version(Frozen):
    """A tuned model: `name` as the index knows it, the day it was `made`, the training, and the held-out pairs before and after.

    `pairs` counts those that it was trained on, by kind; `queries` the held-out ones, looked for among all `papers`.
    """

    name: str
    base: str
    made: str
    seed: int
    steps: int
    batch: int
    rank: int
    device: str
    seconds: float
    papers: int
    pairs: dict[str, int]
    queries: int
    before: Scores
    after: Scores

    @property
    def label(self) -> str:
        """The eight hex digits after the @."""
        return self.name.rpartition("@")[2]


def folder_of(home: Home) -> Path:
    return home.models / "tuned"


def list_versions(home: Home) -> list[Version]:
    """The tuned models of the home, the oldest first. A folder that was damaged or is no version is passed over."""
    found = []
    for folder in sorted(folder_of(home).glob("*")) if folder_of(home).is_dir() else ():
        try:
            version = Version.model_validate_json((folder / RECORD).read_bytes())
        except (OSError, ValidationError):
            continue
        if _FOLDER.fullmatch(folder.name) and version.label == folder.name and (folder / WEIGHTS).is_file():
            found.append(version)
    return sorted(found, key=lambda version: (version.made, version.name))


def save_version(
    home: Home, weights: Path, write: Callable[[Path], None], describe: Callable[[str], Version]
) -> Version:
    """Keep a tuned model; it appears whole or not at all.

    `write` puts model.safetensors and adapter.safetensors into the folder that it is given, what lies beside the base model's
    `weights` is copied, and `describe` makes the record from the model's name. Raises HomeError where the disk is full.
    """
    target = folder_of(home)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix="unfinished-") as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            for name in _BESIDE:
                source = weights / name
                if source.is_dir():
                    shutil.copytree(source, made / name)
                elif source.is_file():
                    shutil.copyfile(source, made / name)
            write(made)
            version = describe(f"{DEFAULT_MODEL}@{_digest(made / WEIGHTS)[:8]}")
            (made / RECORD).write_text(json.dumps(version.model_dump(mode="json"), indent=2) + "\n", "utf-8")
            final = target / version.label
            if final.exists():  # the same weights: the same seed, steps and library
                shutil.rmtree(final)
            made.replace(final)
    except OSError as error:
        raise HomeError(
            f"the tuned model cannot be written to {target} ({error.strerror or error})",
            "Free some disk space (100 MB are needed) and run `fourways tune` again",
        ) from error
    return version


def clear_unfinished(home: Home) -> None:
    """Remove what a run that was killed has left behind. Only while no other run is at work."""
    if folder_of(home).is_dir():
        for left in folder_of(home).glob("unfinished-*"):
            shutil.rmtree(left, ignore_errors=True)


def find_version(home: Home, name: str) -> Version:
    """The tuned model of this name, or of these eight hex digits. Raises ModelError where there is none."""
    known = list_versions(home)
    for version in known:
        if name in (version.name, version.label):
            return version
    listed = ", ".join(version.label for version in known) or "none"
    raise ModelError(
        f"there is no tuned model {name[:60]!r} here ({listed})",
        "See `fourways tune --list`, or fit one with `fourways tune`",
    )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
