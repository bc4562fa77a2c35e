"""Many questions to one server: in order, within a budget of time, stopped within a second, given up where the server has gone.

The requests run in an event loop of a thread of its own, so that the caller's thread is free to show progress, and to stop.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from survey.llm.answers import build_name, load_answer, save_answer
from survey.llm.client import NO_TIME, Answer, Failure, Server
from survey.llm.settings import Settings

# After so many requests in a row without an answer nothing more is asked: each may have taken minutes. Of a server that has not
# answered at all, one that ran out of time is enough.
GIVE_UP = 3
# Seconds between two looks at whether somebody wants to stop.
_TICK = 0.2
_JOIN = 1.0

NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Question:
    """What is asked: chat `messages`, the JSON schema `form` of the answer, and what says whether an answer can be used.

    `check` raises Failure for an answer that nothing can be made of; such an answer is not kept.
    """

    messages: list[dict[str, str]]
    form: dict[str, Any]
    check: Callable[[str], object]


@dataclass
class Outcome:
    """What became of the questions: an answer's text or a Failure for each, in their order."""

    answers: list[str | Failure]
    kept_before: int = 0
    tokens_read: int = 0
    tokens_written: int = 0
    remarks: list[str] = field(default_factory=list)


def ask_all(
    questions: Sequence[Question],
    settings: Settings,
    key: SecretStr | None,
    tick: Callable[[int], None] = lambda done: None,
) -> Outcome:
    """Ask the questions and wait. `tick` hears every fifth of a second how many are done, and may raise to stop the work.

    Nothing is raised for what a server does; it stands in the outcome.
    """
    outcome = Outcome(answers=[Failure(NOT_ASKED, "not asked") for _ in questions])
    left = _find_kept(questions, settings, outcome)
    if not left:
        tick(len(questions))
        return outcome
    run = _Run(questions, settings, key, outcome, left)
    thread = threading.Thread(target=run.work, name="language-model", daemon=True)
    thread.start()
    try:
        while not run.over.wait(_TICK):
            tick(len(questions) - len(left) + run.done)
    finally:
        run.stop()
        # A look-up of a name cannot be broken off; its thread ends by itself, and nobody waits for it.
        thread.join(_JOIN)
    if not run.errors.empty():
        raise run.errors.get()
    tick(len(questions))
    return outcome


def _find_kept(questions: Sequence[Question], settings: Settings, outcome: Outcome) -> list[int]:
    """Take the answers that are kept, and give the numbers of the questions that have none."""
    left = []
    for number, question in enumerate(questions):
        known = (
            load_answer(settings.answers, build_name(settings, question.messages, question.form))
            if settings.answers
            else None
        )
        try:
            if known is None:
                raise Failure(NOT_ASKED, "not asked")
            question.check(known.text)
        except Failure:
            left.append(number)
        else:
            outcome.answers[number] = known.text
            outcome.kept_before += 1
    return left


class _Run:
    """The work of the thread."""

    def __init__(
        self,
        questions: Sequence[Question],
        settings: Settings,
        key: SecretStr | None,
        outcome: Outcome,
        left: list[int],
    ) -> None:
        self.done = 0
        self.over = threading.Event()
        self.errors: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
        self._questions, self._settings, self._key, self._outcome, self._left = questions, settings, key, outcome, left
        self._due = time.monotonic() + settings.total_seconds
        self._failed, self._given_up = 0, False
        self._heard = False  # whether the model has said anything yet
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def work(self) -> None:
        try:
            asyncio.run(self._ask_left())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread, which raises it
            self.errors.put(error)
        finally:
            self.over.set()

    def stop(self) -> None:
        """Break off whatever is still running."""
        self._stopped = True
        if self._loop and self._task and not self.over.is_set():
            # The loop may close between the look and the call.
            try:
                self._loop.call_soon_threadsafe(self._task.cancel)
            except RuntimeError:
                return

    async def _ask_left(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopped:
            return
        turn = asyncio.Semaphore(self._settings.parallel)
        async with Server(self._settings, self._key) as server, asyncio.TaskGroup() as group:
            for number in self._left:
                group.create_task(self._ask(server, turn, number))

    async def _ask(self, server: Server, turn: asyncio.Semaphore, number: int) -> None:
        async with turn:
            if self._given_up:
                return
            question, seconds = self._questions[number], self._due - time.monotonic()
            try:
                if seconds <= 0:
                    raise Failure("time is up", f"{self._settings.total_seconds:.0f} s are over", final=True)
                answer = await server.ask(
                    question.messages, question.form, min(seconds, self._settings.request_seconds)
                )
                self._take(number, answer)
                question.check(answer.text)
            except Failure as failure:
                self._outcome.answers[number] = failure
                self._failed = 0 if failure.spoke else self._failed + 1
                self._heard = self._heard or failure.spoke
                silent = failure.reason == NO_TIME and not self._heard
                self._given_up = self._given_up or failure.final or silent or self._failed >= GIVE_UP
            else:
                self._failed, self._heard = 0, True
                self._outcome.answers[number] = answer.text
                self._keep(number, answer)
            self.done += 1

    def _take(self, number: int, answer: Answer) -> None:
        self._outcome.tokens_read += answer.tokens_read or 0
        self._outcome.tokens_written += answer.tokens_written or 0

    def _keep(self, number: int, answer: Answer) -> None:
        if folder := self._settings.answers:
            question = self._questions[number]
            name = build_name(self._settings, question.messages, question.form)
            if (trouble := save_answer(folder, name, self._settings.model, answer)) and not self._outcome.remarks:
                self._outcome.remarks.append(f"answers are not kept: {trouble}")
