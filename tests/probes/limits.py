"""What trainings of tests may use."""

from __future__ import annotations

import time

from survey.bench.task import Limits


def few(steps: int = 10, seconds: float = 60) -> Limits:
    return Limits(steps, time.monotonic() + seconds)


def no_tick(done: int, planned: int) -> None:
    pass
