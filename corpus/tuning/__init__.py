"""`fourways tune`: how questions are read, fitted to the user's own library.

Pairs that the library offers (pairs.py) train a LoRA update (lora.py) of the model that reads questions. The vectors of the
papers stay as they are: nothing is embedded again, training can compare each question with all papers at once, and a version
is taken back in no time. It is kept only where pairs that were held out (judging.py) are found better than before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from corpus import minilm
from corpus.backends import choose_device
from corpus.embed import DEFAULT_MODEL, Vectors
from corpus.errors import HomeError, IndexMismatch, InputError
from corpus.home import Home
from corpus.models import Frozen
from corpus.report import Progress
from corpus.tuning.judging import is_better, judge
from corpus.tuning.pairs import Material, Sampler, hold_out, load_material
from corpus.tuning.versions import Version, clear_unfinished, find_version, list_versions, save_version
from corpus.workspace import Workspace

__all__ = ["Plan", "TuneReport", "Version", "list_versions", "tune", "use_version"]

# Fewer pairs than these say little about a library, and are learned by heart.
MIN_PAIRS = 500
_MORE = "Add papers with abstracts (fourways import FILE), or who cites whom (fourways harvest --citations)"


@dataclass(frozen=True)
class Plan:
    """How long to train: `minutes`, or so many `steps` where given; only the latter gives the same weights twice.

    None for `minutes`: 15 on a CPU, 1 on a GPU. None for `batch`, the questions a step: 64 on a CPU, 512 on a GPU.
    """

    minutes: float | None = None
    steps: int | None = None
    seed: int = 0
    batch: int | None = None
    rank: int = 32


class TuneReport(Frozen):
    """What a run did: the figures, and whether the `version` was `kept`; one that was not kept is nowhere."""

    kept: bool
    version: Version


def tune(
    workspace: Workspace, plan: Plan, *, device: str | None = None, progress: Progress | None = None
) -> TuneReport:
    """Fit how questions are read to the library of `workspace`; kept and used where held-out pairs are found better.

    `device` None: a GPU where there is one, else the CPU. Interrupted, nothing is kept. Raises InputError for a library with
    too few pairs, IndexMismatch where its papers have no vectors of the bundled model, HomeError where another run is at work
    or the disk is full.
    """
    with _alone(workspace.home.make()):
        clear_unfinished(workspace.home)
        material, documents = load_lessons(workspace)
        report = _tune(
            workspace.home,
            plan,
            material,
            documents,
            choose_device(device),
            progress or (lambda what, done, total: None),
        )
        if report.kept:
            _read_by(workspace, report.version)
    return report


def use_version(workspace: Workspace, name: str | None) -> str:
    """Read questions by this version from now on (None: by the bundled model); returns the name of the model in use.

    Raises ModelError for a version that is not there, IndexMismatch where the papers have no vectors of the bundled model.
    """
    version = None if name is None else find_version(workspace.home, name)
    check_model(workspace)
    return _read_by(workspace, version)


def _read_by(workspace: Workspace, version: Version | None) -> str:
    """The vectors of the papers stay: those of the bundled model, in the precision that they were made in."""
    int8 = minilm.INT8 if workspace.index.require_vectors().endswith(minilm.INT8) else ""
    model = (version.name if version else DEFAULT_MODEL) + int8
    workspace.index.adopt(model)
    return model


def load_lessons(workspace: Workspace) -> tuple[Material, Vectors]:
    """The papers to learn from, and their vectors (n, 384) in the same order. Raises what `tune` raises."""
    check_model(workspace)
    keys, vectors = workspace.index.matrix()
    material = load_material(workspace.library, frozenset(keys))
    papers, citations = len(material.keys), sum(map(len, material.cited.values()))
    if papers + citations < MIN_PAIRS:
        there = f"{papers} papers and {citations} citations with abstract and vector"
        raise InputError(f"there are {there}, and it takes {MIN_PAIRS} to learn from", _MORE)
    row = {key: number for number, key in enumerate(keys)}
    return material, np.ascontiguousarray(vectors[[row[key] for key in material.keys]])


def check_model(workspace: Workspace) -> None:
    """Raises InputError where there are no papers, IndexMismatch where they have no vectors of the bundled model."""
    if not workspace.library.count():
        raise InputError(
            "the library is empty", "Run `fourways start` for the starter catalogue, or `fourways import FILE`"
        )
    model = workspace.index.require_vectors()
    if model.removesuffix(minilm.INT8).partition("@")[0] != DEFAULT_MODEL:
        raise IndexMismatch(
            f"only {DEFAULT_MODEL} can be fitted, and the vectors were made by the model {model!r}",
            f"Run `fourways index --rebuild --model {DEFAULT_MODEL}` first",
        )


def _tune(
    home: Home, plan: Plan, material: Material, documents: Vectors, device: str, progress: Progress
) -> TuneReport:
    import torch

    from corpus.tuning.student import Student
    from corpus.tuning.training import Limit, fit, pace_of

    weights = minilm.verify_weights()
    questions = hold_out(material, plan.seed)
    if not questions:
        raise InputError("the abstracts have no whole sentence to learn from", _MORE)
    sampler = Sampler(material, frozenset(one.source for one in questions), plan.seed)
    student = Student(weights, device, rank=plan.rank, seed=plan.seed)
    progress("Looking for held-out pairs", 0, 1)
    before = judge(student.read, questions, documents)
    pace = pace_of(device)
    batch = plan.batch or pace.batch
    limit = Limit(plan.steps, 60 * (plan.minutes or pace.minutes))
    started = datetime.now(UTC)
    steps = fit(
        student,
        torch.from_numpy(documents).to(device),
        sampler,
        limit,
        batch,
        progress,
        learning_rate=pace.learning_rate,
    )
    seconds = (datetime.now(UTC) - started).total_seconds()
    after = judge(student.read, questions, documents)

    def describe(name: str) -> Version:
        return Version(
            name=name,
            base=DEFAULT_MODEL,
            made=started.isoformat(timespec="seconds"),
            seed=plan.seed,
            steps=steps,
            batch=batch,
            rank=plan.rank,
            device=device,
            seconds=round(seconds, 1),
            papers=len(material.keys),
            pairs=sampler.pairs,
            queries=len(questions),
            before=before.scores,
            after=after.scores,
        )

    if not is_better(before, after):
        return TuneReport(kept=False, version=describe(""))
    return TuneReport(kept=True, version=save_version(home, weights, student.save, describe))


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Raises HomeError where another run is at work in this home."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(home.root / "tune.lock", timeout=0):
            yield
    except Timeout as error:
        raise HomeError(
            f"another `fourways tune` is running in {home.root}", "Wait until it is done, or stop it: nothing is lost"
        ) from error
