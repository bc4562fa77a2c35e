"""Images out of somebody's folder of folders, one a class."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from survey.probes.errors import ProbeError

KINDS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
# Of a file: a picture that unpacks to more is an accident or an attack.
_PIXELS, _BYTES = 50_000_000, 100_000_000
# Files that are looked at.
_MOST = 20_000


@dataclass(frozen=True)
class Look:
    """How a backbone wants its images: pixels of an edge, colours or grey, and the mean and spread they are brought to."""

    side: int
    grey: bool
    mean: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()


def list_images(folder: Path) -> list[tuple[Path, str]]:
    """(file, class) of the images in the folders below `folder`, in the order of their names. Raises ProbeError."""
    try:
        classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        found = [
            (path, one.name)
            for one in classes
            for path in sorted(one.iterdir())
            if path.suffix.lower() in KINDS and path.is_file()
        ]
    except OSError as error:
        raise ProbeError(f"{folder} cannot be read ({error.strerror or error})", "Give a folder you can read") from None
    if len(found) > _MOST:
        raise ProbeError(f"{folder} holds more than {_MOST:,} images", "Give a part of it: a probe needs some hundreds")
    return found


def check_images(pairs: Sequence[tuple[Path, str]]) -> tuple[list[tuple[Path, str]], list[str]]:
    """Those that can be opened, by their first bytes, and notes on the others and on sizes."""
    kept, sizes, broken = [], set(), []
    for path, label in pairs:
        try:
            sizes.add(_size(path))
            kept.append((path, label))
        except ProbeError as error:
            broken.append(error)
    notes = []
    if broken:
        notes.append(
            f"{len(broken)} images were skipped: {broken[0].what}" + (" and others" if len(broken) > 1 else "")
        )
    if len(sizes) > 1:
        notes.append(f"images of {len(sizes)} sizes were brought to one, without keeping their proportions")
    return kept, notes


def read_image(path: Path, look: Look) -> Tensor:
    """(channels, side, side) of 0..1, or as `look` wants it. Raises ProbeError for a file that is no image."""
    from PIL import Image

    _size(path)
    with _strict(path), Image.open(path) as opened:
        turned: Any = opened.convert("L" if look.grey else "RGB").resize((look.side, look.side))
        flat = torch.frombuffer(bytearray(turned.tobytes()), dtype=torch.uint8)
    # (side side channels) -> (channels, side, side)
    image = flat.view(look.side, look.side, -1).permute(2, 0, 1).float() / 255
    if look.mean:
        image = (image - torch.tensor(look.mean).view(-1, 1, 1)) / torch.tensor(look.spread).view(-1, 1, 1)
    return image


def _size(path: Path) -> tuple[int, int]:
    """Width and height, as the file says; nothing is unpacked."""
    from PIL import Image

    if path.stat().st_size > _BYTES:
        raise ProbeError(f"{path.name} is a file of more than {_BYTES // 1_000_000} MB", "Make it smaller")
    with _strict(path), Image.open(path) as opened:
        wide, tall = opened.size
    if wide * tall > _PIXELS:
        raise ProbeError(f"{path.name} unpacks to {wide} x {tall} pixels", "Make it smaller")
    return wide, tall


class _strict:
    """Whatever Pillow says against a file, as a ProbeError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.caught = warnings.catch_warnings()

    def __enter__(self) -> None:
        self.caught.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from PIL import Image

        self.caught.__exit__(kind, error, trace)
        if isinstance(error, OSError | ValueError | SyntaxError | Image.DecompressionBombError | EOFError):
            raise ProbeError(f"{self.path.name} is no image that can be read", "Mend it, or take it out") from None
