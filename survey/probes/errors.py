"""What can go wrong with a probe: each error says what happened, and what to do."""

from __future__ import annotations


class ProbeError(ValueError):
    """Anything that a probe cannot do; on one line, with a remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. {remedy}.")
        self.what = what
        self.remedy = remedy


class TargetError(ProbeError):
    """A pattern that matches no layer that the method fits."""


class SizeError(ProbeError):
    """A rank, bottleneck or number of prompts that fits no layer."""


class ComposeError(ProbeError):
    """Two methods on one layer, or an order of steps, that give no meaningful model."""


class FileError(ProbeError):
    """A file of another method, of another backbone, or no probe at all."""
