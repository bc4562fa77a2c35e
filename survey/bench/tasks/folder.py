"""Somebody's own data as a task: texts with labels in a CSV, or a folder of images for each class."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import torch

from survey.bench.adapting import Lesson, build_head, learn_classes, predict, settings_of
from survey.bench.data import own_images, own_texts
from survey.bench.data.digits import SIDE, Labelled, Splits
from survey.bench.data.own_images import Look
from survey.bench.data.sorting import MOST, Sorted, sort_examples, split_examples
from survey.bench.data.texts import Texts, TextSplits
from survey.bench.methods import build_methods, inject_methods
from survey.bench.models.backbones import load_vit
from survey.bench.models.encoders import load_encoder
from survey.bench.models.layer_names import settings_for
from survey.bench.models.vision import load_vision
from survey.bench.reading import Reading, build_reading, learn_reading
from survey.bench.scores import balanced_accuracy
from survey.bench.task import Limits, Measure, Tick, Trial
from survey.bench.tasks.image import ADAPTERS, SETTINGS
from survey.bench.tasks.text import DEFAULTS, RATES, ROWS, text_methods
from survey.probes.errors import ProbeError

_MEASURES = (Measure("accuracy"), Measure("balanced accuracy"))


def open_folder(path: Path, backbone: str | None = None) -> FolderTexts | FolderImages:
    """The data at `path`, looked through. Raises ProbeError."""
    if not path.exists():
        raise ProbeError(f"there is nothing at {path}", "Give a CSV of texts and labels, or a folder of image folders")
    tables = (
        [path] if path.is_file() else sorted(one for one in path.iterdir() if one.suffix.lower() in own_texts.KINDS)
    )
    images = [] if path.is_file() else own_images.list_images(path)
    if images:
        kept, notes = own_images.check_images(images)
        found = sort_examples([(str(one), label) for one, label in kept], str(path))
        images_task = FolderImages(f"folder:{path}", found, backbone=backbone)
        return dataclasses.replace(images_task, notes=(*notes, *_bound(found, images_task.most)))
    if len(tables) != 1 or tables[0].suffix.lower() not in own_texts.KINDS:
        what = f"{len(tables)} tables" if len(tables) > 1 else "neither a CSV nor folders of images"
        raise ProbeError(f"{path} holds {what}", "Give one CSV of texts and labels, or a folder with a folder a class")
    pairs, notes = own_texts.read_texts(tables[0])
    texts = sort_examples(pairs, str(tables[0]))
    return FolderTexts(f"folder:{path}", texts, (*notes, *_bound(texts, MOST)), backbone)


def _bound(found: Sorted[str], most: int) -> tuple[str, ...]:
    """What is left out, in words."""
    count = sum(map(len, found.members))
    used = (f"{most:,} of {count:,} examples are used, drawn anew for each seed",) if count > most else ()
    return (*found.notes, *used)


@dataclass(frozen=True)
class FolderTexts:
    """`backbone` is a text model's folder or name, instead of the bundled one."""

    measures: ClassVar[tuple[Measure, ...]] = _MEASURES
    rows: ClassVar[tuple[str, ...]] = ROWS
    rates: ClassVar[tuple[float, ...]] = RATES
    steps: ClassVar[int] = 64
    title: ClassVar[str] = "Texts of one's own"

    name: str
    found: Sorted[str] = field(repr=False)
    notes: tuple[str, ...] = ()
    backbone: str | None = None

    def methods(self) -> tuple[str, ...]:
        return text_methods()

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        _reading(self, seed, limits.device)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        reading = _reading(self, seed, limits.device)
        defaults = settings_for(reading.encoder.model) | DEFAULTS if self.backbone else DEFAULTS
        return learn_reading(reading, method, defaults, rate or self.rates[0], seed, limits, tick)


@lru_cache(maxsize=16)
def _reading(task: FolderTexts, seed: int, device: str) -> Reading:
    train, validation, test = (
        Texts(tuple(text for text, _ in part), tuple(label for _, label in part))
        for part in split_examples(task.found, seed)
    )
    splits = TextSplits(train, validation, test, task.found.classes)
    return build_reading(load_encoder(task.backbone, device), splits, longest=64, batch=16, device=device)


@dataclass(frozen=True)
class FolderImages:
    """`backbone` is a vision model of transformers, instead of the small ViT that knows digits 0 to 4."""

    measures: ClassVar[tuple[Measure, ...]] = _MEASURES
    rows: ClassVar[tuple[str, ...]] = ROWS
    rates: ClassVar[tuple[float, ...]] = (2e-3, 6e-3, 2e-2)
    steps: ClassVar[int] = 200
    title: ClassVar[str] = "Images of one's own"
    batch: ClassVar[int] = 32

    name: str
    found: Sorted[str] = field(repr=False)
    notes: tuple[str, ...] = ()
    backbone: str | None = None

    @property
    def most(self) -> int:
        """Images of a run: those of a large model take a hundred times the memory."""
        return MOST if self.backbone is None else MOST // 8

    def methods(self) -> tuple[str, ...]:
        return (*ADAPTERS, *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        _load(self, seed, limits, tick)
        _images(self, seed, self._look(limits.device))

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        splits, broken = _images(self, seed, self._look(limits.device))
        if method == "majority":
            guess = splits.train.labels.mode().values
            made = [guess.expand(len(part)) for part in (splits.validation, splits.test)]
            return self._trial(splits, made, {}, 0, {}, broken)
        model, width = _load(self, seed, limits, tick)
        methods = build_methods(method, settings_for(model) if self.backbone else SETTINGS)
        torch.manual_seed(seed)
        probe = inject_methods(model, methods, build_head(width, len(self.found.classes), seed, limits.device))
        try:
            lesson = Lesson(splits.train, self.batch, lambda images, generator: images)
            steps = learn_classes(probe, lesson, rate or self.rates[0], seed, limits, tick)
            parts = (splits.validation.inputs, splits.test.inputs)
            made = [predict(probe, part, limits.device, 64) for part in parts]
            return self._trial(splits, made, probe.count(), steps, settings_of(methods), broken)
        finally:
            probe.remove()

    def _look(self, device: str) -> Look:
        return load_vision(self.backbone, device).look if self.backbone else Look(SIDE, grey=True)

    def _trial(
        self, splits: Splits, made: list[Any], count: dict[str, int], steps: int, config: Any, broken: int
    ) -> Trial:
        right, test = (made[0] == splits.validation.labels).float().mean(), made[1] == splits.test.labels
        balanced = balanced_accuracy(made[1], splits.test.labels, len(self.found.classes))
        scores = {"accuracy": float(test.float().mean()), "balanced accuracy": balanced}
        note = f"images are read at {splits.test.inputs.shape[-1]} pixels an edge" + (
            ""
            if self.backbone
            else ", in grey, by a small model that knows handwritten digits: --backbone takes another"
        )
        notes = (note, f"{broken} images broke off and were left out") if broken else (note,)
        return Trial(float(right), scores, count, steps, notes, config)


def _load(task: FolderImages, seed: int, limits: Limits, tick: Tick) -> tuple[Any, int]:
    """A backbone, and the width of its features."""
    if task.backbone is None:
        vit = load_vit(seed, limits, tick)
        return vit, vit.width
    vision = load_vision(task.backbone, limits.device)
    return vision.model, vision.width


@lru_cache(maxsize=4)
def _images(task: FolderImages, seed: int, look: Look) -> tuple[Splits, int]:
    """The splits, and how many images turned out to be broken. Raises ProbeError where a split has none left."""
    parts, broken = [], 0
    for part in split_examples(task.found, seed, task.most):
        read: list[tuple[Any, int]] = []
        for path, label in part:
            try:
                read.append((own_images.read_image(Path(path), look), label))
            except ProbeError:
                broken += 1
        if not read:
            raise ProbeError(f"too few images of {task.name} can be read", "Mend or replace the broken ones")
        parts.append(Labelled(torch.stack([image for image, _ in read]), torch.tensor([label for _, label in read])))
    return Splits(*parts), broken
