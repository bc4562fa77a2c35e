"""Jobs: what a watcher sees of them, how they end, and that one key has one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from corpus.errors import HomeError, ServiceError
from survey.jobs import Job, Jobs, Step, Stopped, seconds_left

SOON = 5.0


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Opens at the end of the test, so that no thread waits for ever."""
    opened = threading.Event()
    yield opened
    opened.set()


def test_a_job_runs_beside_and_keeps_its_result(gate: threading.Event) -> None:
    job = Job(lambda job: "done" if gate.wait(SOON) else "late").start()
    assert job.running
    assert job.result is None
    gate.set()
    assert job.join(SOON)
    assert not job.running
    assert job.result == "done"


def test_steps_are_kept_in_the_order_in_which_they_began(gate: threading.Event) -> None:
    def work(job: Job[None]) -> None:
        job.progress("reading", 1, 4)
        job.progress("reading", 4, 4)
        job.progress("writing", 0, 2)

    job = Job(work).start()
    assert job.join(SOON)
    assert [(step.what, step.done, step.total) for step in job.steps] == [("reading", 4, 4), ("writing", 0, 2)]


def test_a_step_that_is_taken_up_again_is_the_one_under_way() -> None:
    job: Job[None] = Job(lambda job: None)
    for what in ("first", "second", "first"):
        job.progress(what, 1, 2)
    assert [step.what for step in job.steps] == ["second", "first"]


def test_a_step_begins_when_the_one_before_was_last_heard_of() -> None:
    job: Job[None] = Job(lambda job: None)
    job.progress("first", 1, 1)
    time.sleep(0.01)
    job.progress("second", 1, 1)
    first, second = job.steps
    assert first.began < first.heard == second.began < second.heard


@pytest.mark.parametrize(("done", "total", "part"), [(1, 4, 0.25), (5, 4, 1.0), (0, 0, 0.0)])
def test_the_part_of_a_step(done: int, total: int, part: float) -> None:
    assert Step("x", done, total, 0.0, 1.0).part == part


def test_a_wait_of_a_minute_ends_at_once_when_the_job_is_stopped() -> None:
    asleep = threading.Event()

    def work(job: Job[None]) -> None:
        asleep.set()
        job.sleep(60)

    job = Job(work).start()
    assert asleep.wait(SOON)
    began = time.monotonic()
    job.stop()
    assert job.join(SOON)
    assert time.monotonic() - began < 1
    assert job.stopped
    assert job.result is None
    assert not job.stopping


def test_progress_raises_in_a_job_that_was_stopped() -> None:
    job: Job[None] = Job(lambda job: None)
    job.stop()
    with pytest.raises(Stopped, match="stopped"):
        job.progress("reading", 1, 2)


def test_a_job_that_is_stopping_says_so(gate: threading.Event) -> None:
    job = Job(lambda job: gate.wait(SOON)).start()
    assert not job.stopping
    job.stop()
    assert job.stopping


def test_what_is_told_holds_until_the_work_goes_on() -> None:
    job: Job[None] = Job(lambda job: None)
    assert job.waiting == ("", 0.0)
    job.tell("the service is busy")
    job.sleep(0)
    assert job.waiting == ("the service is busy", 0.0)
    job.progress("reading", 1, 2)
    assert job.waiting[0] == ""


def test_the_seconds_of_a_wait_can_be_watched() -> None:
    job = Job(lambda job: job.sleep(60)).start()
    end = time.monotonic() + SOON
    while not job.waiting[1] and time.monotonic() < end:
        time.sleep(0.01)
    assert 50 < job.waiting[1] <= 60
    job.stop()
    assert job.join(SOON)


@pytest.mark.parametrize("error", [ServiceError("no network", "Plug it in"), OSError(28, "No space left on device")])
def test_a_known_failure_is_kept(error: ServiceError | OSError) -> None:
    def work(job: Job[None]) -> None:
        raise error

    job = Job(work).start()
    assert job.join(SOON)
    assert job.error is error
    assert not job.stopped


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_breaks_has_ended_too() -> None:
    def work(job: Job[None]) -> None:
        raise ZeroDivisionError

    job = Job(work).start()
    assert job.join(SOON)
    assert (job.result, job.error, job.stopped) == (None, None, False)


# ---- one at a time -----------------------------------------------------------------------------------------------------


def test_a_second_job_of_a_key_is_refused_while_the_first_runs(gate: threading.Event) -> None:
    jobs = Jobs()
    first = jobs.start("home", lambda job: gate.wait(SOON))
    with pytest.raises(HomeError, match="another harvest is running in home"):
        jobs.start("home", lambda job: None)
    assert jobs.find("home") is first


def test_jobs_of_other_keys_run_beside(gate: threading.Event) -> None:
    jobs = Jobs()
    jobs.start("home", lambda job: gate.wait(SOON))
    assert jobs.start("elsewhere", lambda job: 7).join(SOON)


def test_the_last_job_is_found_until_another_takes_its_place() -> None:
    jobs = Jobs()
    assert jobs.find("home") is None
    first = jobs.start("home", lambda job: 1)
    assert first.join(SOON)
    assert jobs.find("home") is first
    second = jobs.start("home", lambda job: 2)
    assert second.join(SOON)
    assert jobs.find("home") is second


def test_of_two_that_start_at_once_one_is_refused(gate: threading.Event) -> None:
    jobs, ready = Jobs(), threading.Barrier(8)
    refused: list[HomeError] = []

    def press() -> None:
        ready.wait(SOON)
        try:
            jobs.start("home", lambda job: gate.wait(SOON))
        except HomeError as error:
            refused.append(error)

    tabs = [threading.Thread(target=press) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(SOON)
    assert len(refused) == 7


# ---- time left ---------------------------------------------------------------------------------------------------------


def test_a_quarter_in_ten_seconds_leaves_thirty() -> None:
    assert seconds_left(0.25, 10) == 30
    assert seconds_left(1.0, 10) == 0


@pytest.mark.parametrize(("part", "seconds"), [(0.0, 100), (0.01, 100), (0.5, 0.2)])
def test_too_little_tells_nothing(part: float, seconds: float) -> None:
    assert seconds_left(part, seconds) is None
