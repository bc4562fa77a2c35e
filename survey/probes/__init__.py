"""Reference modules: the methods that papers describe, small enough to be read, and ways to try them in a minute.

Nothing here imports anything else of ours: a module can be copied out and used alone, with torch.
"""

from __future__ import annotations

# At once, not when asked for: a later import of the module `inject` would put itself in the place of the function.
from survey.probes.inject import Probe, inject
from survey.probes.registry import Method, load_methods

__all__ = ["Method", "Probe", "inject", "load_methods"]
