"""A run in a process of its own, for whoever must go on meanwhile: `python -m survey.bench.child HOME`.

The first line of standard input is an `Order`; each line of standard output is a `Word` about how it goes, the last one about how
it ended. When standard input ends, so does the run, with the rows that are done: that is how it is stopped, and how it learns that
nobody waits for it any more.
"""

from __future__ import annotations

import _thread
import dataclasses
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import IO

from corpus.errors import FourwaysError, InputError
from corpus.home import Home
from survey.bench.order import Finished, Order, Word
from survey.bench.record import Row, Run
from survey.bench.report import render_score
from survey.bench.run import Plan, Watch
from survey.bench.task import Measure

# Seconds between two words about steps, and until what does not count steps is interrupted.
_PAUSE, _PATIENCE = 0.2, 2.0


class Speaker(Watch):
    """Says how a run goes; ends it by a KeyboardInterrupt, as Ctrl-C would, when `stop` is set."""

    def __init__(self, out: IO[str], stop: threading.Event) -> None:
        self.out, self.stop, self.said = out, stop, 0.0

    def say(self, word: Word) -> None:
        self.out.write(word.model_dump_json(exclude_defaults=True) + "\n")
        self.out.flush()

    def steps(self, done: int, total: int) -> None:
        if self.stop.is_set():
            raise KeyboardInterrupt
        if time.monotonic() - self.said > _PAUSE or done == total:
            self.said = time.monotonic()
            self.say(Word(kind="steps", done=done, total=total))

    def begin(self, spec: str, number: int, count: int) -> None:
        self.say(Word(kind="begin", method=spec, done=number, total=count))

    def finish(self, row: Row, measure: Measure) -> None:
        finished = Finished(method=row.method, score=render_score(row, measure), failed=row.failed)
        self.say(Word(kind="row", row=finished))


def run_order(home: Home, order: Order, speaker: Speaker) -> Run | None:
    """The run, kept in the home; None where it was stopped before anything was done. Raises FourwaysError and ProbeError."""
    from corpus.backends import choose_device
    from survey.bench.opening import open_task, set_options
    from survey.bench.results import folder_of, save_run
    from survey.bench.run import run_task

    specs = set_options(order.methods, order.settings)
    backbones = folder_of(home) / "backbones"
    plan = Plan(order.seeds, order.budget, choose_device(order.device), order.threads, backbones)
    run = run_task(open_task(order.task), specs, plan, speaker.steps, speaker)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is done is written whatever comes
    return save_run(home, dataclasses.replace(run, idea=order.idea)) if run.rows else None


def main(root: str, source: IO[str], out: IO[str]) -> Word:
    """Carry out the order; the last word."""
    from survey.probes.errors import ProbeError

    order = Order.model_validate_json(source.readline())
    stop, over = threading.Event(), threading.Event()
    threading.Thread(target=_await_end, args=(source, stop, over), daemon=True).start()
    try:
        run = run_order(Home(Path(root)), order, Speaker(out, stop))
        return Word(kind="stopped") if run is None else Word(kind="kept", key=run.id)
    except KeyboardInterrupt:
        return Word(kind="stopped")
    except (FourwaysError, ProbeError) as error:
        return Word(kind="error", what=error.what, remedy=error.remedy)
    except OSError as error:
        told = InputError(
            f"the disk cannot be used ({error.strerror or error})", "Check its space and the rights of the home"
        )
        return Word(kind="error", what=told.what, remedy=told.remedy)
    finally:
        over.set()


def _await_end(source: IO[str], stop: threading.Event, over: threading.Event) -> None:
    source.read()
    stop.set()
    if not over.wait(_PATIENCE):  # a backbone is trained, or a library loaded: neither counts steps
        _thread.interrupt_main()


if __name__ == "__main__":
    # What libraries print must not stand between the words.
    words = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    last = main(sys.argv[1], sys.stdin, words)
    words.write(last.model_dump_json(exclude_defaults=True) + "\n")
    words.flush()
    os._exit(0)  # threads of libraries may be at work, and have nothing left to do
