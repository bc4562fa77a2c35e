"""What a run was made on."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

_VERSIONS = ("fourways", "torch", "transformers", "numpy")


def load_versions() -> dict[str, str]:
    """Of what decides the numbers, as far as it is installed."""
    found = {"python": platform.python_version()}
    for name in _VERSIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def device_name(device: str) -> str:
    """What a card or processor calls itself."""
    if device.startswith("cuda"):
        import torch

        return str(torch.cuda.get_device_name(device))
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8", "replace").splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
