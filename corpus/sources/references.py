"""What the citation sources share: ids picked out of whatever a service writes in its fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from corpus.identity import canonical_id
from corpus.models import MAX_ID, Paper
from corpus.net import Answer, Check

# Best first: an arXiv id names one text, an ACL id one paper; publishers have given several DOIs to one paper. With each
# what makes an id of its bare form, by which `acl:nonsense` is told from an id.
_KINDS = {"arxiv:": "", "acl:": "https://aclanthology.org/", "doi:": ""}
_MAX_TITLE = 1_000


def known_ids(texts: Iterable[object]) -> tuple[str, ...]:
    """The canonical arXiv ids, ACL ids and DOIs among the texts, in this order, without repeats; all else is left out.

    >>> known_ids(["10.18653/v1/P19-1613", "W123", "https://arxiv.org/abs/2106.09685v2"])
    ('arxiv:2106.09685', 'acl:P19-1613')
    """
    known = dict.fromkeys(canonical_id(text) for text in texts if isinstance(text, str) and len(text) <= MAX_ID)
    return tuple(
        name
        for kind, mark in _KINDS.items()
        for name in known
        if name.startswith(kind) and canonical_id(mark + name.removeprefix(kind)) == name
    )


def id_of(kind: str, ids: Iterable[str]) -> str | None:
    """The first id of a kind (`arxiv`, `acl`, `doi`) without its prefix; None if there is none."""
    return next((name.removeprefix(f"{kind}:") for name in ids if name.startswith(f"{kind}:")), None)


def build_record(ids: Iterable[str], values: dict[str, Any]) -> Paper | None:
    """A service's record of a paper that it knows by these canonical ids; None if its values make no paper.

    An ACL id becomes the paper's address in the anthology, which is where `identity.aliases` looks for it.
    """
    ids = tuple(ids)
    acl = id_of("acl", ids)
    fields = {"arxiv_id": id_of("arxiv", ids), "doi": id_of("doi", ids)}
    if acl:
        fields["url"] = f"https://aclanthology.org/{acl}/"
    try:
        return Paper.model_validate(values | fields)
    except ValidationError:
        return None


def plain_text(value: object, limit: int = _MAX_TITLE) -> str:
    """A text field on one line, cut to `limit` characters; empty where the service gives no text."""
    return " ".join(value.split())[:limit] if isinstance(value, str) else ""


def plain_year(value: object) -> int | None:
    """A year that a paper can have; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 1500 <= value <= 2200 else None


def plain_count(value: object) -> int | None:
    """A count of things; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def plain_list(value: object) -> list[Any]:
    """A list field; null and anything else read as empty."""
    return value if isinstance(value, list) else []


def plain_object(value: object) -> dict[str, Any]:
    """An object field; null and anything else read as empty."""
    return value if isinstance(value, dict) else {}


def decode_json(content: bytes) -> Any:
    """The JSON value of an answer. Raises ValueError with a reason in plain words."""
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("JSON nested too deep") from error
    except ValueError as error:  # UnicodeDecodeError is one too
        raise ValueError("it is no whole JSON") from error


def check_by(read: Callable[[bytes], object]) -> Check:
    """A check that objects to an answer which `read` raises ValueError for."""

    def check(answer: Answer) -> str | None:
        try:
            read(answer.body)
        except ValueError as error:
            return str(error)
        return None

    return check
