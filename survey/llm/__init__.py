"""A language model, where the user has one: smoother words for a draft under the same guarantee."""

from __future__ import annotations

from survey.llm.report import Report, render_report
from survey.llm.rewriting import rewrite
from survey.llm.settings import Settings, load_key, load_settings

__all__ = ["Report", "Settings", "load_key", "load_settings", "render_report", "rewrite"]
