"""Vision models of transformers to put methods into, from a folder or by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from survey.bench.data.own_images import Look
from survey.bench.models.encoders import is_local, quiet, source_of
from survey.probes.errors import ProbeError

# ImageNet's, for models that come without a file that says.
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Vision:
    """A model of images (batch, 3, side, side), the width of its hidden states, and how it wants its images."""

    model: Any
    width: int
    look: Look


@lru_cache(maxsize=2)
def load_vision(backbone: str, device: str) -> Vision:
    """Raises ProbeError where the model cannot be loaded, or takes no images."""
    source = source_of(backbone)
    local = is_local(source)
    with quiet():
        from transformers import AutoModel

        try:
            model = AutoModel.from_pretrained(source, local_files_only=local)
        except (OSError, ValueError, RuntimeError, KeyError, ImportError, TypeError, AttributeError) as error:
            why = " ".join(str(error).split())[:160]
            raise ProbeError(
                f"the backbone {backbone!r} cannot be loaded ({why})", "Give the folder of a transformers vision model"
            ) from None
    side, width = getattr(model.config, "image_size", None), getattr(model.config, "hidden_size", None)
    side = side[0] if isinstance(side, list | tuple) else side
    if (
        getattr(model, "main_input_name", "") != "pixel_values"
        or not isinstance(side, int)
        or not isinstance(width, int)
    ):
        what = f"the backbone {backbone!r} is no vision transformer"
        raise ProbeError(what, "Give one that takes images of one size, such as ViT or DINOv2, or leave --backbone out")
    mean, spread = _normalising(Path(source))
    return Vision(model.to(device).float().eval(), width, Look(side, False, mean, spread))


def _normalising(folder: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    try:
        said = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
        return tuple(map(float, said["image_mean"])), tuple(map(float, said["image_std"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _MEAN, _SPREAD
