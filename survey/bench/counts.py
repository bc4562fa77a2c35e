"""What each method trains on a backbone that everybody knows: its own formula, filled in."""

from __future__ import annotations

from typing import Any

# Widths, layers and inner widths: all-MiniLM-L6-v2, and the ViT-B/16 of an image of 224 pixels.
_MINILM = {"width": 384, "layers": 6}
_VIT = {"width": 768, "layers": 12}
_WITHOUT = ("distillation", "focal", "label-merging", "mixgen", "mixup", "r-drop", "top-k-list-mle")


def build_counts() -> dict[str, tuple[str, int | None]]:
    """Method -> the backbone with the method's settings, and the number; None where it is not the method's to say.

    Of the method alone: neither a head nor layer norms that are trained beside it.
    """
    from survey.probes import load_methods

    found: dict[str, tuple[str, int | None]] = dict.fromkeys(_WITHOUT, ("any", 0))
    found["peft"] = ("as configured", None)
    found["unsupervised-segmentation"] = ("any", 0)
    made = {name: one() for name, one in load_methods().items() if name not in ("adapter-fusion", "peft")}
    found |= _of_text(made) | _of_vision(made) | _of_attention(made)
    return {name: found[name] for name in load_methods()}


def _of_text(made: dict[str, Any]) -> dict[str, tuple[str, int | None]]:
    width, layers, inner = 384, 6, 1536
    query_value = [(width, width)] * 2 * layers
    return {
        "adapter-fusion": ("MiniLM", 3 * layers * width**2),
        "bitfit": ("MiniLM", made["bitfit"].parameter_count(width, inner, layers)),
        "full": ("MiniLM", made["full"].parameter_count(22_713_216)),
        "houlsby": ("MiniLM, m = 24", made["houlsby"].parameter_count(**_MINILM)),
        "ia3": ("MiniLM", made["ia3"].parameter_count(width=width, inner=inner, layers=layers)),
        "linear": ("MiniLM", made["linear"].parameter_count()),
        "lora": ("MiniLM, r = 8, query and value", made["lora"].parameter_count(query_value)),
        "mam": ("MiniLM, m = 192, l = 30", made["mam"].parameter_count(**_MINILM)),
        "oscar": ("BERT-base", made["oscar"].parameter_count(768)),
        "parallel-adapter": ("MiniLM, m = 24", made["parallel-adapter"].parameter_count(**_MINILM)),
        "pfeiffer": ("MiniLM, m = 24", made["pfeiffer"].parameter_count(**_MINILM)),
        "prefix-tuning": ("MiniLM, l = 16", made["prefix-tuning"].parameter_count(**_MINILM)),
        "prompt-tuning": ("MiniLM, l = 16", made["prompt-tuning"].parameter_count(width)),
        "teacher-selection": ("MiniLM, 4 classes, 3 teachers", made["teacher-selection"].parameter_count(width, 4, 3)),
    }


def _of_vision(made: dict[str, Any]) -> dict[str, tuple[str, int | None]]:
    import dataclasses

    prompts = {name: dataclasses.replace(made[name], prompts=50) for name in ("vpt-deep", "vpt-shallow")}
    # 3 x 3 convolutions of the four stages of ResNet-18: the first layer of a later stage widens.
    stages = [(64, 64)] * 4 + [
        (64, 128),
        *[(128, 128)] * 3,
        (128, 256),
        *[(256, 256)] * 3,
        (256, 512),
        *[(512, 512)] * 3,
    ]
    return {
        "aim": ("ViT-B", made["aim"].parameter_count(**_VIT)),
        "cocoop": ("CLIP ViT-B/16, 4 words", made["cocoop"].parameter_count(512, 512)),
        "coop": ("CLIP ViT-B/16, 16 words", made["coop"].parameter_count(512)),
        "dynamic-head": ("256 channels, a block", made["dynamic-head"].parameter_count(256)),
        "hrnet": (f"channels {', '.join(map(str, made['hrnet'].channels))}", made["hrnet"].parameter_count()),
        "locon": ("ResNet-18, its 3 x 3 convolutions in blocks", made["locon"].parameter_count([(i, o, 9) for i, o in stages])),
        "non-local": ("1024 channels (ResNet-50, stage 4)", made["non-local"].parameter_count(1024)),
        "se": ("256 channels (ResNet-50, stage 2)", made["se"].parameter_count(256)),
        "swin": ("Swin-T, a layer of stage 1", dataclasses.replace(made["swin"], heads=3).parameter_count(96)),
        "timesformer": ("ViT-B", made["timesformer"].parameter_count(**_VIT)),
        "tsm": ("any", made["tsm"].parameter_count()),
        "tsn": ("any", made["tsn"].parameter_count()),
        "vpt-deep": ("ViT-B, p = 50", prompts["vpt-deep"].parameter_count(**_VIT)),
        "vpt-shallow": ("ViT-B, p = 50", prompts["vpt-shallow"].parameter_count(768)),
    }  # fmt: skip


def _of_attention(made: dict[str, Any]) -> dict[str, tuple[str, int | None]]:
    names = ("exact-attention", "linformer", "nystrom", "performer")
    return {name: ("a layer of MiniLM, 512 tokens", made[name].parameter_count(512, 12, 32)) for name in names}
