"""What a run of the bench comes to: outcomes of trainings, a row a method, and all of them with what they were made under."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from survey.bench.task import Measure

# Rows that know nothing: others are above them, and that is no news.
CHANCE = ("majority", "random", "background", "blind")


@dataclass(frozen=True)
class Outcome:
    """One training of full length: scores on the test split; seconds; MB."""

    seed: int
    steps: int
    validation: float
    scores: Mapping[str, float]
    wall: float
    cpu: float
    memory: float | None = None


@dataclass(frozen=True)
class Try:
    """One short training for the choice of the rate. `validation` is None where it diverged."""

    rate: float
    validation: float | None


@dataclass(frozen=True)
class Row:
    """One method on one task. `always`: it is in the table of every run. `config` is how each part of `method` was set; `short`
    says why there is less than was planned, `failed` why there is nothing.
    """

    method: str
    always: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)
    rate: float | None = None
    tries: tuple[Try, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    count: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    short: str = ""
    failed: str = ""

    def values(self, measure: str) -> list[float]:
        """One score a seed."""
        return [one.scores[measure] for one in self.outcomes if measure in one.scores]

    def mean(self, measure: str) -> float | None:
        values = self.values(measure)
        return statistics.fmean(values) if values else None

    def spread(self, measure: str) -> float | None:
        """Standard deviation over seeds, of a sample; None for fewer than two."""
        values = self.values(measure)
        return statistics.stdev(values) if len(values) > 1 else None

    def median(self, name: str) -> float | None:
        """Of `wall`, `cpu` or `memory`: one training."""
        values = [value for one in self.outcomes if (value := getattr(one, name)) is not None]
        return statistics.median(values) if values else None


@dataclass(frozen=True)
class Run:
    """One task. `prepared`: seconds for data and backbones, which are no method's. `made`: when, in UTC."""

    id: str
    made: str
    task: str
    title: str
    measures: tuple[Measure, ...]
    reference: str | None
    rates: tuple[float, ...]
    steps: int
    seeds: int
    budget: float | None
    device: str
    device_name: str
    threads: int
    versions: Mapping[str, str]
    rows: tuple[Row, ...]
    backbone: str | None = None
    prepared: float = 0.0
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    idea: str | None = None

    def row(self, method: str) -> Row | None:
        return next((row for row in self.rows if row.method == method), None)

    def ranked(self) -> list[Row]:
        """Rows with scores, the best first by the first measure; then those without."""
        first = self.measures[0]
        sign = -1 if first.better == "higher" else 1
        scored = [row for row in self.rows if row.values(first.name)]
        rest = [row for row in self.rows if not row.values(first.name)]
        return sorted(scored, key=lambda row: sign * (row.mean(first.name) or 0.0)) + rest
