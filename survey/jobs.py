"""Long work behind the app's pages: a thread that can be watched, and stopped within a second, from any browser tab."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from corpus.errors import FourwaysError, HomeError
from corpus.intake import now

Result = TypeVar("Result")

# An estimate from less than this much (a part of the whole, seconds) says nothing.
_LITTLE = 0.02
_SOON = 1.5


class Stopped(Exception):
    """Raised inside the work of a job that somebody has stopped."""

    def __init__(self) -> None:
        super().__init__("stopped")


@dataclass(frozen=True)
class Step:
    """One part of a job: `what` it does, how much is `done` of `total`, when it `began` and was last `heard` of.

    The moments are monotonic seconds.
    """

    what: str
    done: int
    total: int
    began: float
    heard: float

    @property
    def part(self) -> float:
        """How much of it is done, from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


class Job(Generic[Result]):
    """`work(job)` in a thread of its own. `plan` names the steps that are expected, in their order.

    The work calls `progress`, `tell` and `sleep`; the first and the last raise Stopped after `stop`. When it has ended,
    one of `result`, `error` and `stopped` is set; none of them: it broke, and the thread's traceback is in the server's log.
    """

    def __init__(self, work: Callable[[Job[Result]], Result], plan: Sequence[str] = ()) -> None:
        self.plan = tuple(plan)
        self.started = now()
        self.result: Result | None = None
        self.error: FourwaysError | OSError | None = None
        self.stopped = False
        self._work = work
        # Replaced as a whole, never changed: whoever looks at it from another thread sees one moment.
        self._steps: tuple[Step, ...] = ()
        self._told, self._until = "", 0.0
        self._moved = time.monotonic()
        self._stop, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="job", daemon=True)

    # ---- for whoever watches ---------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop and has not ended yet."""
        return self._stop.is_set() and self.running

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps until now, in the order in which they began; the last is under way."""
        return self._steps

    @property
    def waiting(self) -> tuple[str, float]:
        """What was told last, if nothing was done since, and how many seconds of the wait that it meant are left."""
        return self._told, max(0.0, self._until - time.monotonic())

    def start(self) -> Job[Result]:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Make the work end at its next step or wait, or in the midst of the wait."""
        self._stop.set()

    def join(self, seconds: float | None = None) -> bool:
        """Wait until it has ended; False if it has not after so many seconds."""
        self._thread.join(seconds)
        return not self.running

    # ---- for the work ----------------------------------------------------------------------------------------------

    def progress(self, what: str, done: int, total: int) -> None:
        """So much of this step is done. Raises Stopped."""
        self._check()
        moment = time.monotonic()
        others = {step.what: step for step in self._steps}
        known = others.get(what) or Step(what, done, total, self._moved, moment)
        others[what] = replace(known, done=done, total=total, heard=moment)
        if self._steps and self._steps[-1].what != what:  # a step that is taken up again is the last one
            others[what] = others.pop(what)
        self._steps, self._told, self._moved = tuple(others.values()), "", moment

    def tell(self, text: str) -> None:
        """Something that the user may want to know now, such as why there is a wait."""
        self._told = text

    def sleep(self, seconds: float) -> None:
        """Wait. Raises Stopped as soon as the job is stopped."""
        self._until = time.monotonic() + seconds
        self._stop.wait(seconds)
        self._check()

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _run(self) -> None:
        try:
            self._check()
            self.result = self._work(self)
        except Stopped:
            self.stopped = True
        except (FourwaysError, OSError) as error:
            self.error = error
        finally:
            self._ended.set()


class Jobs:
    """The jobs of this process, at most one at a time for each key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job[Any]] = {}

    def find(self, key: str) -> Job[Any] | None:
        """The job of this key: the one that runs, or the last that ran."""
        return self._jobs.get(key)

    def start(self, key: str, work: Callable[[Job[Result]], Result], plan: Sequence[str] = ()) -> Job[Result]:
        """Start a job. Raises HomeError where one of this key is running."""
        with self._lock:
            known = self._jobs.get(key)
            if known and known.running:
                raise HomeError(
                    f"another harvest is running in {key}", "Wait until it is done, or stop it; what it did is kept"
                )
            job = self._jobs[key] = Job(work, plan)
            return job.start()


# Those of the app. A module is loaded once a process, unlike a page, which is run anew for every click.
JOBS = Jobs()


def seconds_left(part: float, seconds: float) -> float | None:
    """How long the rest takes if `part` (0 to 1) took so many seconds; None while that cannot be told."""
    return seconds * (1 - part) / part if part >= _LITTLE and seconds >= _SOON else None
