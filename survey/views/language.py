"""What the pages say, in the language that is chosen: `strings/en.toml` and `strings/zh.toml`, a table a language.

`say` gives what pages say themselves. `told` gives in that language what the floors below tell in English, as errors and steps of
work do: `strings/told.toml` has the Chinese of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from survey.views import FOLDER

LANGUAGES = {"en": "English", "zh": "中文"}
STRINGS = FOLDER / "strings"
COOKIE = "fourways_language"
_PLURAL = {"one", "other"}
_NAMED = re.compile(r"\{\w+\}")


def language() -> str:
    """The language of the session that is drawn; English where none is."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"
    return str(st.session_state.get("language") or "en")


def say(key: str, /, **values: Any) -> str:
    """What stands under `page.name` in the table, as Markdown; whole numbers among the values in groups of three digits.

    Where the table has a form for one and others, the value `n` decides. Values are Markdown: escape what is not ours.
    """
    entry = load_strings(language())[key]
    if not isinstance(entry, str):
        entry = entry["one" if values.get("n") == 1 and "one" in entry else "other"]
    return entry.format_map({name: _grouped(value) for name, value in values.items()})


def told(text: str) -> str:
    """English of the floors below, in the language of the session; as it stands where the table does not know it."""
    if language() == "en":
        return text
    for pattern, template in _told():
        if match := pattern.fullmatch(text):
            return template.format_map(match.groupdict())
    return text


def named(one: Any) -> str:
    """The name of a strategy, direction, move or topic, each of which has an English and a Chinese one."""
    return str(one.zh if language() == "zh" and one.zh else one.en)


@cache
def load_strings(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """`page.name` -> what it says, or its forms for `one` and `other`."""
    found: dict[str, str | Mapping[str, str]] = {}
    for page, entries in tomllib.loads((STRINGS / f"{language}.toml").read_text("utf-8")).items():
        for name, entry in entries.items():
            found[f"{page}.{name}"] = entry
    return found


@cache
def load_told() -> Mapping[str, str]:
    """English with `{named}` gaps -> Chinese with the same gaps."""
    table = tomllib.loads((STRINGS / "told.toml").read_text("utf-8"))
    return {english: chinese for part in table.values() for english, chinese in part.items()}


@cache
def _told() -> list[tuple[re.Pattern[str], str]]:
    """Those with the most fixed text first: the others would take theirs for a gap."""
    found = sorted(load_told().items(), key=lambda pair: -len(_NAMED.sub("", pair[0])))
    return [(_pattern(english), chinese) for english, chinese in found]


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    return re.compile("".join(f"(?P<{part}>.+)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.S)


def _grouped(value: Any) -> Any:
    return f"{value:,}" if type(value) is int else value


# ---- the choice --------------------------------------------------------------------------------------------------------


def choose_language() -> None:
    """The switch, and which language it stands at first: `?lang=`, else what was chosen before, else the browser's."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES and asked != st.session_state.get("asked"):
        st.session_state["language"] = asked
    elif st.session_state.get("language") not in LANGUAGES:
        st.session_state["language"] = _remembered() or _of_browser()
    st.session_state["asked"] = asked
    with st.container(key="language-switch"):
        st.segmented_control(
            "Language · 语言",
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            required=True,
            key="language",
            label_visibility="collapsed",
            on_change=_leave_address,
        )
        chosen = bool(st.session_state.get("language-chosen"))
        _remember(data={"language": st.session_state["language"], "cookie": COOKIE if chosen else ""})


def _leave_address() -> None:
    """What is chosen by hand counts more than an address that somebody has sent, and is kept."""
    st.session_state["language-chosen"] = True
    st.query_params.pop("lang", None)
    st.session_state["asked"] = None


def _remembered() -> str | None:
    kept = st.context.cookies.get(COOKIE)
    return kept if kept in LANGUAGES else None


def _of_browser() -> str:
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


# The page is told its language for those who have it read out, and a cookie keeps what was chosen by hand for the next visit.
_remember: Any = st.components.v2.component("fourways_language", js=(FOLDER / "language.js").read_text("utf-8"))
