from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from toy_task import ToyTask

from survey.bench import task as tasks


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As the bench runs: two threads are slower than one for models this small, wherever others want the cores too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> ToyTask:
    """A task called `toy` among those of the list."""
    tasks.load_tasks()
    made = ToyTask()
    monkeypatch.setitem(tasks._TASKS, "toy", made)
    return made
