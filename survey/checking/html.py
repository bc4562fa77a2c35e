"""Reading a draft in HTML: ours, or what somebody made of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from survey.checking.reading import Named, Reading, Statement, Words, hide, keys_in, read_paragraph, show, uncut

_SILENT = {"nav", "figure", "style", "script", "head", "table", "details"}
_BLOCKS = {"p", "li", "td", "h1", "h2", "h3", "h4", "h5", "h6"}
_VOID = {"meta", "br", "img", "hr", "link", "input"}


def read_html(text: str) -> Reading:
    """The statements of the page, and its references."""
    page = _Page()
    page.feed(text)
    page.close()
    return Reading(page.statements, page.references)


class _Page(HTMLParser):
    """Collects blocks of text, with citations as [@key] and without the notes of sources."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.statements: list[Statement] = []
        self.references: dict[str, Named] = {}
        self.heading = "the start"
        self._open: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._spans: list[tuple[str, str, int, int]] = []
        self._reference: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            return
        mark = given.get("class", "")
        self._open.append((tag, mark))
        if tag in _BLOCKS:
            self._text, self._spans = [], []
            if given.get("id", "").startswith("ref-"):
                self._reference = {"key": given["id"][4:]}
        if tag == "a" and given.get("href", "").startswith("#ref-"):
            self._text.append(f"@{given['href'][5:]}")
        if tag == "a" and self._reference is not None and given.get("href", "").startswith("http"):
            self._reference["url"] = given["href"]
        if "said" in mark.split() and "data-key" in given:
            span = (given["data-key"], given.get("data-source", ""), int(given["data-start"]), int(given["data-end"]))
            self._spans.append(span)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {name for name, _ in self._open}:
            return
        if tag in _BLOCKS:
            self._finish(tag)
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if any(mark == "source" for _, mark in self._open):
            return
        if self._open and self._open[-1][0] == "a" and self._text and self._text[-1].startswith("@"):
            return  # the key itself, which the link has given already
        if self._open and self._open[-1][0] == "code" and self._reference is not None:
            return
        self._text.append(data.replace("@", hide("@")))

    def _finish(self, tag: str) -> None:
        text = " ".join("".join(self._text).split())
        silent = any(name in _SILENT for name, _ in self._open)
        if self._reference is not None and tag == "li":
            self._close_reference(text)
        elif tag[0] == "h" and tag[1:].isdigit():
            self.heading = show(text)
        elif silent:
            self.statements.append(
                Statement(self.heading, show(text), keys_in(f"[{text}]") or keys_in(text), claims=False)
            )
        elif any(mark == "label" for _, mark in self._open):
            pass
        elif whole := re.search(r"[:：]\s*“(.*)”\s*\[(?:@[^\]]+)\]$", text):
            keys = keys_in(text[text.rindex("[") :])
            spans = [(source, start, end) for key, source, start, end in self._spans if key in keys]
            said = uncut(show(whole[1]))
            words = Words(said, keys[0] if len(keys) == 1 else None, spans[0] if spans else None)
            self.statements.append(Statement(self.heading, said, keys, (words,), is_quote=True))
        else:
            self.statements += read_paragraph(text, self.heading)
        self._text, self._spans = [], []

    def _close_reference(self, text: str) -> None:
        assert self._reference is not None
        key, url = self._reference["key"], self._reference.get("url")
        title = show(re.split(r"\. |↑", text, maxsplit=1)[0].strip())
        self.references[key] = Named(url=url, title=title or None)
        self._reference = None
