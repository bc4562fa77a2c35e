"""Times and durations in words."""

from __future__ import annotations

from datetime import datetime, tzinfo

from survey.views.language import say


def duration(seconds: float) -> str:
    """
    >>> duration(8.6), duration(83), duration(3900)
    ('9 s', '1 min 23 s', '1 h 5 min')
    """
    whole = round(seconds)
    if whole < 60:
        return say("text.seconds", n=whole)
    # Beyond some minutes the seconds say more than anybody knows.
    if whole < 600:
        return _joined(say("text.minutes", n=whole // 60), say("text.seconds", n=whole % 60) if whole % 60 else "")
    minutes = round(whole / 60)
    if minutes < 60:
        return say("text.minutes", n=minutes)
    return _joined(say("text.hours", n=minutes // 60), say("text.minutes", n=minutes % 60) if minutes % 60 else "")


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def roughly(seconds: float) -> str:
    """An estimate, no finer than anybody can know it.

    >>> roughly(-1), roughly(47), roughly(100)
    ('a few seconds', 'about 50 s', 'about 2 min')
    """
    if seconds < 10:
        return say("text.a_few_seconds")
    tens = round(seconds, -1)
    return say("text.about", time=duration(tens if tens < 60 else 60 * round(seconds / 60)))


def when(stamp: str, zone: tzinfo | None = None) -> str:
    """An ISO time as this machine's own (or `zone`'s) to the minute; a stamp that is none as it stands."""
    try:
        return f"{datetime.fromisoformat(stamp).astimezone(zone):%Y-%m-%d %H:%M}"
    except ValueError:
        return stamp
