"""Runs of the bench in the background of the app, each in a process of its own: torch and its memory are not the app's then, and
the figures of time and memory are the run's alone.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from corpus.errors import FourwaysError, HomeError, InputError
from corpus.home import Home
from corpus.models import Frozen
from corpus.report import Progress
from survey.bench.order import Finished, Order, Word
from survey.bench.record import Run
from survey.bench.results import load_run
from survey.jobs import Stopped
from survey.own_texts import data_folder

LOADING, TRYING = "Loading the methods", "Trying the methods"
# Seconds between two looks whether it was stopped, and until a run that does not end by itself is killed.
_LOOK, _PATIENCE = 0.25, 20.0
_ROOT = Path(__file__).resolve().parents[1]


class Standing(Frozen):
    """How far a run is: it tries `method`, the row `number` of `count`; `rows` are done."""

    order: Order
    method: str = ""
    number: int = 0
    count: int = 0
    rows: tuple[Finished, ...] = ()


# Of the run of each home that is under way, or was the last: for pages, which are drawn anew from nothing.
_STANDING: dict[Path, Standing] = {}


def standing(home: Home) -> Standing | None:
    """How far the run of this home is, or was at its end."""
    return _STANDING.get(home.root)


def run_probe(home: Home, order: Order, progress: Progress) -> Run:
    """Run it, in another process. `progress` may raise Stopped: then the run that is returned has what was done, and `interrupted`.

    Raises Stopped where nothing was done until then, InputError for what cannot be tried, HomeError where the run breaks off.
    """
    _STANDING[home.root] = Standing(order=order)
    progress(LOADING, 0, 1)
    with _started(home) as child:
        assert child.stdin is not None
        child.stdin.write(order.model_dump_json() + "\n")
        child.stdin.flush()
        last = _Listener(home, child).listen(progress)
    if last is None or last.kind not in ("kept", "stopped", "error"):
        raise HomeError(
            f"the run broke off ({_ending(child.returncode)})",
            "Take a smaller task or method, or close other programs; what the app's server has printed says more",
        )
    if last.kind == "stopped":
        raise Stopped
    if last.kind == "error":
        raise InputError(_without_folder(last.what, home), _without_folder(last.remedy, home))
    return load_run(home, last.key)


def run_orders(
    home: Home, orders: Sequence[Order], at_once: int, progress: Progress
) -> Iterator[tuple[Order, Run | FourwaysError]]:
    """Each with its run, or with what it could not be run for, as they end; `progress` is told the tasks' names.

    Ctrl-C begins no other, and ends those at work: they come with what was done.
    """
    stop, telling = threading.Event(), threading.Lock()

    def run(order: Order) -> Run:
        def tell(what: str, done: int, planned: int) -> None:
            if stop.is_set():
                raise Stopped
            with telling:
                progress(order.task, done, planned)

        if stop.is_set():
            raise Stopped
        return run_probe(home, order, tell)

    with ThreadPoolExecutor(at_once) as pool:
        waiting = {pool.submit(run, order): order for order in orders}
        while waiting:
            try:
                ended = next(as_completed(waiting))
            except KeyboardInterrupt:
                stop.set()
                continue
            order = waiting.pop(ended)
            try:
                yield order, ended.result()
            except FourwaysError as error:
                yield order, error
            except Stopped:
                continue


def _started(home: Home) -> subprocess.Popen[str]:
    # -P: a file such as queue.py in the current folder must not take a library's place.
    command = [sys.executable, "-P", "-m", "survey.bench.child", str(home.root)]
    paths = filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, bufsize=1
    )


class _Listener:
    """Hears what the child says, and tells it to stop."""

    def __init__(self, home: Home, child: subprocess.Popen[str]) -> None:
        self.home, self.child = home, child
        self.words: queue.Queue[Word | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def listen(self, progress: Progress) -> Word | None:
        """The last word; None where there is none."""
        step, ending = (LOADING, 0, 1), False
        last: Word | None = None
        while True:
            try:
                word = self.words.get(timeout=_PATIENCE if ending else _LOOK)
                if word is None:
                    return last
                step = _heard(self.home, word, step)
                last = word
            except queue.Empty:
                if ending:  # it hangs where nothing can interrupt it
                    self.child.kill()
                    return Word(kind="stopped")
            if not ending:
                try:
                    progress(*step)
                except Stopped:
                    ending = True
                    assert self.child.stdin is not None
                    self.child.stdin.close()

    def _read(self) -> None:
        assert self.child.stdout is not None
        try:
            for line in self.child.stdout:
                self.words.put(Word.model_validate_json(line))
        except ValueError:  # no word of ours: the run is as good as broken off
            self.child.kill()
        finally:
            self.words.put(None)


def _heard(home: Home, word: Word, step: tuple[str, int, int]) -> tuple[str, int, int]:
    """Note what is said; how far the job is after it."""
    now = _STANDING[home.root]
    if word.kind == "steps":
        return TRYING, word.done, word.total
    if word.kind == "begin":
        _STANDING[home.root] = now.model_copy(update={"method": word.method, "number": word.done, "count": word.total})
    elif word.kind == "row":
        _STANDING[home.root] = now.model_copy(update={"rows": (*now.rows, word.row)})
    return step


def _ending(status: int) -> str:
    """How a process ended that said nothing."""
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


def _without_folder(text: str, home: Home) -> str:
    """Where files lie on this machine is nobody's business."""
    return text.replace(f"folder:{data_folder(home)}/", "").replace(f"{data_folder(home)}/", "")
