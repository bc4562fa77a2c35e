"""What a call costs: the time it takes beside another, and the memory that its tensors need at most."""

from __future__ import annotations

import statistics
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Call = Callable[[], Any]


def time_calls(calls: Mapping[str, Call], repeats: int, device: str = "cpu") -> dict[str, float]:
    """Seconds of each, the median of `repeats`; one after another in every round, so that a busy moment meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    with torch.no_grad():
        for call in calls.values():
            call()
        for _ in range(repeats):
            for name, call in calls.items():
                _wait_for(device)
                began = time.perf_counter()
                call()
                _wait_for(device)
                taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in taken.items()}


def measure_memory(call: Call, device: str = "cpu") -> float:
    """Megabytes (10^6 bytes) of the tensors that `call` makes and has alive at once, its result included.

    On a card that is what its allocator says; on the CPU tensors are counted as they come and go, without what a fused kernel
    takes for itself, which is a few blocks a thread.
    """
    with torch.no_grad():
        if device.startswith("cuda"):
            _wait_for(device)
            before = torch.cuda.memory_allocated(device)
            torch.cuda.reset_peak_memory_stats(device)
            call()
            return float(torch.cuda.max_memory_allocated(device) - before) / 1e6
        living = _Living()
        with living:
            call()
        return living.most / 1e6


class _Living(TorchDispatchMode):  # type: ignore[misc]
    """Counts the bytes of the storages that were made inside and are not freed yet."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: dict[int, int] = {}
        self.most = 0
        self.foreign: set[int] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.foreign |= self._new(tree_leaves((args, kwargs or {})))
        made = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(made):
            if isinstance(leaf, Tensor):
                self._take(leaf)
        self.most = max(self.most, sum(self.sizes.values()))
        return made

    def _new(self, leaves: Iterable[Any]) -> set[int]:
        """Storages of what comes in from outside: not made here, and so not counted."""
        found = {leaf.untyped_storage()._cdata for leaf in leaves if isinstance(leaf, Tensor)}
        return found - self.sizes.keys()

    def _take(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self.sizes and key not in self.foreign:
            self.sizes[key] = storage.nbytes()
            weakref.finalize(storage, self.sizes.pop, key, None)


def _wait_for(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
