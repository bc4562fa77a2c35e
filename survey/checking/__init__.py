"""Checking a draft against the library, as we wrote it or after somebody edited it: keys, quotes, and claims without a citation."""

from __future__ import annotations

from survey.checking.checking import check_draft
from survey.checking.report import CheckReport, Finding

__all__ = ["CheckReport", "Finding", "check_draft"]
