"""What a piece of work takes: time on the clock, time of the processor, and memory at its peak."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from survey.probes.errors import ProbeError

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_MB = 1024 * 1024

_Result = TypeVar("_Result")


class MemoryShort(ProbeError):
    """The machine or the card has no more memory."""


@dataclass(frozen=True)
class Usage:
    """`memory` is the peak in MB while the work ran: of the card on CUDA, else of the whole process; None where the system does
    not tell it for a part of a process's life.
    """

    wall: float
    cpu: float
    memory: float | None


def measured(work: Callable[[], _Result], device: str) -> tuple[_Result, Usage]:
    """What `work` gives, and takes. Raises MemoryShort where there is too little memory."""
    reset = _reset_peak(device)
    wall, cpu = time.monotonic(), time.process_time()
    try:
        result = work()
        usage = Usage(time.monotonic() - wall, time.process_time() - cpu, _peak(device) if reset else None)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or is_memory(error):
            remedy = "Take a smaller backbone or method, close other programs, or use --device cpu"
            raise MemoryShort("there is too little memory for this training", remedy) from None
        raise
    return result, usage


def is_memory(error: RuntimeError) -> bool:
    """Whether torch means that memory is short: on a card it has a class of its own, on a CPU only a message."""
    said = str(error).lower()
    return type(error).__name__ == "OutOfMemoryError" or "allocate memory" in said or "out of memory" in said


def _reset_peak(device: str) -> bool:
    """Whether the peak counts from here on."""
    if device.startswith("cuda"):
        _cuda().reset_peak_memory_stats(device)
        return True
    try:
        _CLEAR.write_text("5")  # proc(5): resets VmHWM
    except OSError:
        return False
    return True


def _peak(device: str) -> float:
    if device.startswith("cuda"):
        _cuda().synchronize(device)
        return float(_cuda().max_memory_allocated(device)) / _MB
    lines = _STATUS.read_text("ascii", "replace").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024


def _cuda() -> Any:
    import torch

    return torch.cuda
