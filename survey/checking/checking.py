"""Holding a draft against the library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from corpus.errors import InputError, UnknownPaper, shorten
from corpus.library import Library
from corpus.models import Paper
from corpus.sources.markup import entities_to_text
from survey.checking.contract import load_contract, read_contract
from survey.checking.counting import Counts, recount
from survey.checking.reading import Named, Reading, Statement, Words, plain
from survey.checking.report import FINDINGS, CheckReport, Finding
from survey.draft.keys import text_digest
from survey.draft.models import Draft

# The draft as we wrote it, which a file beside it may have been made from.
CONTRACT, BIBLIOGRAPHY = "outline.json", "references.bib"
_SUFFIXES = {".json", ".md", ".markdown", ".tex", ".docx", ".html", ".htm"}
_REMEDY = "Name a draft that `fourways survey` wrote"
_LARGEST = 50_000_000
_SHOWN = 160


def check_draft(library: Library, path: Path) -> CheckReport:
    """What of the draft at `path` (outline.json, Markdown, LaTeX, Word or HTML) does not hold against the library.

    Markdown, LaTeX, Word and HTML are read with the outline.json and references.bib beside them, where they are: these tell keys,
    spans, what was counted, and which sentences are somebody's own. Raises InputError for a file that cannot be read, or is no
    draft.
    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise InputError(
            f"{path} is no draft that can be checked", "Name an outline.json, or a draft in .md, .tex, .docx or .html"
        )
    if suffix == ".json":
        ours = load_contract(_load(path))
        check = _Check(library, read_contract(ours), None)
        check.counts = Counts(recount(ours, check.papers()))
        return check.report(path)
    reading = _read(path, suffix)
    beside = path.with_name(CONTRACT)
    draft = load_contract(_load(beside)) if beside.is_file() else None
    if suffix == ".tex" and (file := path.with_name(BIBLIOGRAPHY)).is_file():
        from survey.checking.latex import read_bibliography

        reading = replace(reading, references=read_bibliography(file))
    if not reading.references and not draft:
        raise InputError(
            f"{path} has no list of references", f"Keep {CONTRACT} beside it, or its list of references in it"
        )
    return _Check(library, reading, draft).report(path)


def _read(path: Path, suffix: str) -> Reading:
    # Each when it is needed: whoever writes a draft imports this package too.
    if suffix == ".docx":
        from survey.checking.word import read_word

        return read_word(_load_bytes(path))
    if suffix == ".tex":
        from survey.checking.latex import read_latex

        return read_latex(_load(path))
    if suffix in (".html", ".htm"):
        from survey.checking.html import read_html

        return read_html(_load(path))
    from survey.checking.markdown import read_markdown

    return read_markdown(_load(path))


def _load(path: Path) -> str:
    try:
        return _load_bytes(path).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read (not UTF-8 text)", _REMEDY) from error


def _load_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(
                f"{path} is larger than any draft", "Name an outline.json, or a draft in .md, .tex, .docx or .html"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", _REMEDY) from error


@dataclass(frozen=True)
class _Found:
    """A reference, the paper it stands for, and whether that paper's text is no more what the draft read."""

    paper: Paper | None
    changed: bool = False


class _Check:
    """One reading held against the library; `draft` is what it was made from, where that is known."""

    def __init__(self, library: Library, reading: Reading, draft: Draft | None) -> None:
        self.reading, self.draft = reading, draft
        written = read_contract(draft) if draft else Reading(())
        self.references: Mapping[str, Named] = {**reading.references, **written.references}
        self.found = {key: _find(library, named) for key, named in self.references.items()}
        self.written = {plain(one.text) for one in written.statements}
        # Sentences of our own, whose numbers were counted.
        told = (one.text for one in draft.sentences if one.kind in ("counted", "relation")) if draft else ()
        self.counts = Counts(told)
        self.spans = {(word.key, plain(word.text)): word.span for one in written.statements for word in one.words}

    def papers(self) -> dict[str, Paper]:
        """The papers of the references, by the id that the draft gives them."""
        return {
            named.id: paper for key, named in self.references.items() if named.id and (paper := self.found[key].paper)
        }

    def report(self, path: Path) -> CheckReport:
        findings = [one for statement in self.reading.statements for one in self._findings(statement)]
        findings += self._missing()
        order = list(FINDINGS)
        quotes = sum(len(one.words) for one in self.reading.statements)
        return CheckReport(
            file=str(path),
            papers=len(self.references),
            sentences=sum(one.claims for one in self.reading.statements),
            quotes=quotes,
            findings=tuple(sorted(findings, key=lambda one: order.index(one.kind))),
            own=tuple(
                one.text
                for one in self.reading.statements
                if self.draft
                and one.keys
                and one.claims
                and plain(one.text) not in self.written
                and not self.counts.counted(one.text)
            ),
        )

    def _missing(self) -> Iterator[Finding]:
        """References to papers that the library lacks, each once."""
        for key, found in self.found.items():
            if found.paper is None:
                named = self.references[key]
                what = named.title or named.id or named.url or key
                yield Finding(
                    kind="paper", where="the references", text=key, why=f"{shorten(what)!r} is not in the library"
                )

    def _findings(self, statement: Statement) -> Iterator[Finding]:
        text = shorten(statement.text, _SHOWN)
        for key in statement.keys:
            if key not in self.references:
                yield Finding(kind="key", where=statement.where, text=text, why=f"no reference has the key {key!r}")
        if statement.claims and not statement.keys:
            yield Finding(kind="uncited", where=statement.where, text=text, why="it cites no paper")
        if counted := self.counts.counted(statement.text):
            why = f"counted was: {shorten(counted[0], _SHOWN)}"
            yield Finding(kind="count", where=statement.where, text=text, why=why)
        for word in statement.words:
            yield from self._quote(statement, word)
        if (
            statement.is_quote
            and statement.words
            and not any(plain(word.text) == plain(statement.text) for word in statement.words)
        ):
            yield Finding(kind="reworded", where=statement.where, text=text, why="its words are not those of its quote")

    def _quote(self, statement: Statement, word: Words) -> Iterator[Finding]:
        """Whether quoted words stand in a paper that the statement cites, at their place where that is known."""
        keys = [key for key in ([word.key] if word.key else statement.keys) if key in self.found]
        papers = {key: found for key in keys if (found := self.found[key]).paper}
        places = [(key, place) for key, found in papers.items() for place in self._places(found.paper, word)]
        where, shown = statement.where, shorten(word.text, _SHOWN)
        if not places and len(papers) < len(keys or statement.keys):
            return  # it may stand in the one that is missing, which is told of the key or of the paper
        if not places:
            changed = [key for key, found in papers.items() if found.changed]
            if changed:
                why = f"the title or abstract of {changed[0]} has changed since the draft was written"
                yield Finding(kind="changed", where=where, text=shown, why=why)
            else:
                yield Finding(kind="quote", where=where, text=shown, why=f"it does not stand in {', '.join(papers)}")
            return
        for key in papers:
            span = word.span or self.spans.get((key, plain(word.text)))
            ours = [place for one, place in places if one == key]
            if span and ours and span not in ours:
                source, start, end = ours[0]
                why = f"in {key} it stands at characters {start} to {end} of the {source}"
                yield Finding(kind="moved", where=where, text=shown, why=why)

    def _places(self, paper: Paper | None, word: Words) -> list[tuple[str, int, int]]:
        """Where words stand in a paper; (source, 0, 0) where a loose comparison finds them only."""
        assert paper
        found = []
        for source, text in (("title", paper.title), ("abstract", paper.abstract or "")):
            at = text.find(word.text)
            while at >= 0:
                found.append((source, at, at + len(word.text)))
                at = text.find(word.text, at + 1)
            if not found and _letters(word.text) and self._is_in(word.text, text):
                found.append(word.span or self.spans_of(word) or (source, 0, 0))
        return found

    def spans_of(self, word: Words) -> tuple[str, int, int] | None:
        return self.spans.get((word.key, plain(word.text)))

    def _is_in(self, words: str, text: str) -> bool:
        if self.reading.loose:
            return f" {_letters(words)} " in f" {_letters(text)} "
        return plain(words) in plain(text)


def _find(library: Library, named: Named) -> _Found:
    """The paper that a reference names by its id, else its address, else its title."""
    for name in (named.id, named.url):
        if name:
            try:
                paper = library.paper(name)
            except UnknownPaper:
                continue
            return _Found(paper, bool(named.digest) and text_digest(paper) != named.digest)
    # What a draft shows as & may be &amp; in the record.
    titles = dict.fromkeys((named.title, escape(named.title, quote=False))) if named.title and not named.id else ()
    for title in titles:
        if keys := library.titled(title):
            return _Found(library.papers(keys[:1])[0])
    return _Found(None)


def _letters(text: str) -> str:
    """Letters and digits, part by part; a decimal point is one of them, an entity of HTML is none."""
    return " ".join(re.findall(r"\d+\.\d+|[^\W_]+", entities_to_text(text).lower()))
