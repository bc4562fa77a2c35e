"""A draft as Markdown that pandoc, GitHub and CommonMark read alike, with pandoc's citations: [@key].

Titles, names and abstracts come from anywhere, so they are written as text: no HTML, no link, no list, no mathematics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from survey.draft import Draft, Reference, Sentence
from survey.outline import Section

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~$^@!]")
# A colon that opens a scheme (https://) or a short code (:name:), and the dot of www.
_LINKING = re.compile(r":(?=\S)|(?<=www)\.", re.IGNORECASE)
# What makes a list item, a definition, a rule or an underlined heading of a line that it opens: - + = : 1. (a) iv)
_OPENING = re.compile(r"^(?:(?=[-+=:])|\(?(?:\d+|[A-Za-z]|[ivxlcIVXLC]+)(?=[.)]))")
# An address is a link only if it holds nothing but an address.
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/?=&%+:,;@-]*)?")


def render_markdown(draft: Draft) -> str:
    """Headings, sentences with citations, the papers of each section, and the references."""
    references = {reference.id: reference for reference in draft.references}
    lines = [f"# {escape(draft.outline.title)}"]
    for section in draft.outline.sections:
        lines += _section(draft, references, section, (), level=2)
    lines += ["## References", "\n".join(_reference(reference) for reference in draft.references)]
    return "\n\n".join(lines) + "\n"


def escape(text: str) -> str:
    """`text` as Markdown that shows exactly it, wherever in a line it stands.

    >>> escape("- <b>$x_1$</b>")
    '\\\\- &lt;b&gt;\\\\$x\\\\_1\\\\$&lt;/b&gt;'
    """
    text = " ".join(text.split())
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = _LINKING.sub(r"\\\g<0>", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if opening := _OPENING.match(text):
        text = f"{opening[0]}\\{text[opening.end() :]}"
    return text


def _section(
    draft: Draft, references: Mapping[str, Reference], section: Section, above: tuple[str, ...], level: int
) -> Iterator[str]:
    path = (*above, section.title)
    yield f"{'#' * level} {escape(section.title)}"
    sentences = [sentence for sentence in draft.sentences if sentence.section == path]
    for sentence in sentences:
        if not _is_quote(sentence):
            yield f"{escape(sentence.text)} {_cited(sentence)}"
    if quotes := [sentence for sentence in sentences if _is_quote(sentence)]:
        yield "\n".join(f"- {_attributed(references, sentence)}" for sentence in quotes)
    if section.papers:
        yield "Papers:"
        yield "\n".join(_listed(references[paper_id]) for paper_id in section.papers)
    for part in section.sections:
        yield from _section(draft, references, part, path, level + 1)


def _is_quote(sentence: Sentence) -> bool:
    return all(quote.source == "abstract" for quote in sentence.citations)


def _attributed(references: Mapping[str, Reference], sentence: Sentence) -> str:
    who = "; ".join(_short(references[quote.id]) for quote in sentence.citations)
    if by := sorted({r.summary_by for q in sentence.citations if (r := references[q.id]).summary_by}):
        who = f"{who}, as summarised by {', '.join(by)}"
    return f"{escape(who)}: “{escape(sentence.text)}” {_cited(sentence)}"


def _cited(sentence: Sentence) -> str:
    return f"[{'; '.join(f'@{quote.key}' for quote in sentence.citations)}]"


def _short(reference: Reference) -> str:
    """Hu et al. (2022)."""
    names = [_family(author) for author in reference.authors]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names) or f"“{reference.title}”"
    return f"{who} ({reference.year})" if reference.year else who


def _family(author: str) -> str:
    return author.split(",")[0].strip() if "," in author else author.split()[-1]


def _listed(reference: Reference) -> str:
    year = f" ({reference.year})" if reference.year else ""
    return f"- {escape(reference.title)}{year} [@{reference.key}]"


def _reference(reference: Reference) -> str:
    parts = [", ".join(reference.authors), f"“{reference.title}”", reference.venue or "", str(reference.year or "")]
    text = ", ".join(escape(part) for part in parts if part)
    address = f" <{reference.url}>" if reference.url and _SAFE_URL.fullmatch(reference.url) else ""
    return f"- `{reference.key}`: {text}.{address}"
