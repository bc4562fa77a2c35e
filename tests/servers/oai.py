"""An OAI-PMH repository on the loopback that answers as arXiv's does: ListRecords by set and day, with tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from servers.arxiv import Record
from servers.local import LocalServer, Reply

FIRST_DATESTAMP = "2005-09-16"


class OaiServer(LocalServer):
    """Serves `records`, `page_size` a page, in the order of their datestamps (the day of their last change).

    Troubles of its own: "expired", the token is not known any more. The ids in `deleted` come as deleted records, those
    in `malformed` without an id, those in `unsound` as broken XML. `shuffled` gives the records in the order in which
    they were handed in. `tells_total`: the token says how long the list is, as arXiv's does not.
    """

    path = "/oai"

    def __init__(
        self,
        records: Iterable[Record],
        *,
        page_size: int = 100,
        deleted: Iterable[str] = (),
        malformed: Iterable[str] = (),
        unsound: Iterable[str] = (),
        shuffled: bool = False,
        tells_total: bool = False,
        **knobs: Any,
    ) -> None:
        super().__init__(**knobs)
        self.entries = list(records)
        self.page_size, self.shuffled, self.tells_total = page_size, shuffled, tells_total
        self.deleted, self.malformed, self.unsound = set(deleted), set(malformed), set(unsound)

    def answer(self, asked: dict[str, str]) -> Reply:
        if asked.get("verb") != "ListRecords":
            return error_reply("badVerb", "the verb is not known here")
        start = 0
        if "resumptionToken" in asked:
            if len(asked) > 2:
                return error_reply("badArgument", "a token goes alone")
            asked = dict(parse_qsl(asked["resumptionToken"]))
            start = int(asked.pop("skip", "0"))
        if asked.get("metadataPrefix") not in _FORMATS:
            return error_reply("cannotDisseminateFormat", "no such format")
        tomorrow = (date.today() + timedelta(days=1)).isoformat()
        since, until = asked.get("from", FIRST_DATESTAMP), asked.get("until", tomorrow)
        if since < FIRST_DATESTAMP or until > tomorrow or since > until:
            return error_reply("badArgument", "the days are too early, too late, or the wrong way round")
        found = [
            entry for entry in self._in_order() if since <= entry.updated <= until and in_set(entry, asked.get("set"))
        ]
        if not found:
            return error_reply("noRecordsMatch", "the list is empty")
        return Reply(self._page(found, start, asked).encode())

    def _in_order(self) -> list[Record]:
        return (
            self.entries if self.shuffled else sorted(self.entries, key=lambda entry: (entry.updated, entry.arxiv_id))
        )

    def _page(self, found: Sequence[Record], start: int, asked: dict[str, str]) -> str:
        page, end = found[start : start + self.page_size], start + self.page_size
        total = f' completeListSize="{len(found)}" cursor="{start}"' if self.tells_total else ""
        token = urlencode(asked | {"skip": str(end)}) if end < len(found) else ""
        told = f"<resumptionToken expirationDate='2030-01-01T00:00:00Z'{total}>{escape(token)}</resumptionToken>"
        records = [self._render(entry, asked["metadataPrefix"]) for entry in page]
        return render_answer("<ListRecords>", *records, told if token or start else "", "</ListRecords>")

    def _render(self, entry: Record, prefix: str) -> str:
        text = render_record(entry, prefix, deleted=entry.arxiv_id in self.deleted)
        if entry.arxiv_id in self.malformed:
            text = text.replace(f"<id>{entry.arxiv_id}</id>", "")
        return text.replace("<abstract>", "<abstract>&broken ") if entry.arxiv_id in self.unsound else text

    def spoil(self, trouble: str, right: Reply) -> Reply | None:
        if trouble == "expired":
            return error_reply("badResumptionToken", "the token has expired")
        return super().spoil(trouble, right)


def in_set(entry: Record, name: str | None) -> bool:
    """Whether the record is in a set: `cs`, `cs:cs` or `cs:cs:CL`."""
    if not name:
        return True
    group, *parts = name.split(":")
    if len(parts) == 2:
        return ".".join(parts) in entry.categories
    return any(category.startswith(f"{parts[0] if parts else group}.") for category in entry.categories)


def render_answer(*parts: str) -> str:
    """An OAI-PMH answer around its rendered parts."""
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
            "<responseDate>2024-01-01T00:00:00Z</responseDate>",
            '<request verb="ListRecords">http://localhost/oai</request>',
            *parts,
            "</OAI-PMH>\n",
        ]
    )


def error_reply(code: str, text: str, status: int = 200) -> Reply:
    """What the repository says is wrong; arXiv does so with status 200."""
    return Reply(render_answer(f"<error code='{code}'>{escape(text)}</error>").encode(), status)


def render_record(entry: Record, prefix: str = "arXivRaw", *, deleted: bool = False) -> str:
    """One `<record>` in the format that `prefix` names."""
    status = ' status="deleted"' if deleted else ""
    header = (
        f"<header{status}><identifier>oai:arXiv.org:{entry.arxiv_id}</identifier><datestamp>{entry.updated}</datestamp>"
        "<setSpec>cs:cs:CL</setSpec></header>"
    )
    body = "" if deleted else f"<metadata>{_FORMATS[prefix](entry)}</metadata>"
    return f"<record>{header}{body}</record>"


def _shared(entry: Record) -> str:
    named = {"comments": entry.comment, "journal-ref": entry.journal_ref, "doi": entry.doi}
    optional = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in named.items() if text)
    return (
        f"<categories>{' '.join(entry.categories)}</categories>{optional}<abstract>{escape(entry.abstract)}</abstract>"
    )


def _render_raw(entry: Record) -> str:
    days = [entry.published, entry.updated] if entry.version > 1 else [entry.published]
    stamps = [date.fromisoformat(day).strftime("%a, %d %b %Y 17:37:18 GMT") for day in days]
    versions = "".join(
        f'<version version="v{n}"><date>{s}</date><size>9kb</size></version>' for n, s in enumerate(stamps, 1)
    )
    names = ", ".join(entry.authors[:-1]) + (" and " if len(entry.authors) > 1 else "") + entry.authors[-1]
    return (
        f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{entry.arxiv_id}</id><submitter>Ada Byron</submitter>{versions}'
        f"<title>{escape(entry.title)}</title><authors>{escape(names)}</authors>{_shared(entry)}</arXivRaw>"
    )


def _render_arxiv(entry: Record) -> str:
    names = [name.rpartition(" ") for name in entry.authors]
    authors = "".join(
        f"<author><keyname>{escape(family)}</keyname><forenames>{escape(given)}</forenames></author>"
        for given, _, family in names
    )
    updated = f"<updated>{entry.updated}</updated>" if entry.version > 1 else ""
    return (
        f'<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{entry.arxiv_id}</id><created>{entry.published}</created>{updated}'
        f"<authors>{authors}</authors><title>{escape(entry.title)}</title>{_shared(entry)}</arXiv>"
    )


def _render_dc(entry: Record) -> str:
    names = [name.rpartition(" ") for name in entry.authors]
    fields = [
        ("title", entry.title),
        *(("creator", f"{family}, {given}") for given, _, family in names),
        ("subject", "Computation and Language"),
        ("description", entry.abstract),
        *([("description", entry.comment)] if entry.comment else []),
        *(("date", day) for day in dict.fromkeys([entry.published, entry.updated])),
        ("type", "text"),
        ("identifier", f"https://arxiv.org/abs/{entry.arxiv_id}"),
        *([("identifier", f"doi:{entry.doi}")] if entry.doi else []),
    ]
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        + "".join(f"<dc:{name}>{escape(text)}</dc:{name}>" for name, text in fields)
        + "</oai_dc:dc>"
    )


_FORMATS: dict[str, Callable[[Record], str]] = {"arXivRaw": _render_raw, "arXiv": _render_arxiv, "oai_dc": _render_dc}
