"""What the first pages of a PDF tell of its paper: title, authors, abstract, arXiv id, DOI and year. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from corpus.identity import canonical_id, title_key
from corpus.models import MAX_TITLE, clean_line

# Characters. What runs on for longer than any abstract has no heading after it that is known for one.
MAX_ABSTRACT = 5_000
_SHORTEST_ABSTRACT = 80


@dataclass(frozen=True)
class Line:
    """A line of a page: its text without the `marks` of footnotes at its end, and its looks.

    The size of its letters and its place are in points, from the page's lower left corner; its angle is in radians.
    """

    text: str
    marks: str
    size: float
    x: float = 0.0
    y: float = 0.0
    angle: float = 0.0
    bold: bool = False

    @property
    def weight(self) -> tuple[bool, bool]:
        """Whether it is bold, and whether in capitals."""
        return self.bold, self.text.isupper()

    @property
    def stands_out(self) -> bool:
        return self.bold or (self.text.isupper() and len(self.text.split()) > 2)

    @property
    def upright(self) -> bool:
        return abs(self.angle) < 0.1


@dataclass(frozen=True)
class Page:
    """One of the first pages: its lines in the order of the file, and its height in points."""

    lines: tuple[Line, ...]
    height: float


def build_page(lines: Sequence[Sequence[Any]], height: float, words: Words) -> Page:
    """A page of `height` points from the lines that `pdf_pages.extract` gives."""
    cleaned = [Line(clean_line(words.mend(text)), clean_line(marks), *looks) for text, marks, *looks in lines]
    return Page(tuple(line for line in cleaned if line.text), height)


# ---- words -------------------------------------------------------------------------------------------------------------

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
# PDFium marks a hyphen that it takes for one at a line's end, and joins the lines there.
_PART = r"[^\W_]{1,60}(?:-[^\W_]{1,60}){0,5}"  # bounded, so that a page that is one endless word takes no endless time
_CUT = re.compile(rf"(?<![^\W_])({_PART})(?:[\x02\ufffe]|-\r?\n)({_PART})")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W_]+)*")


class Words:
    """The words that a document spells out, which tell `trans-` `former` from `low-` `rank`."""

    def __init__(self, texts: Sequence[str]) -> None:
        whole = _CUT.sub(" ", "\n".join(texts)).translate(_LIGATURES).casefold()
        self._known = Counter(_WORD.findall(whole))

    def mend(self, text: str) -> str:
        """The text without ligatures and with the words whole that were parted at a line's end."""
        return _CUT.sub(self._join, text).translate(_LIGATURES).replace("\x02", "-").replace("\ufffe", "-")

    def _join(self, cut: re.Match[str]) -> str:
        left, right = cut[1], cut[2]
        joined, hyphenated = left + right, f"{left}-{right}"
        spelt, with_hyphen = self._times(joined), self._times(hyphenated)
        if spelt or with_hyphen:
            return joined if spelt >= with_hyphen else hyphenated
        if not right[0].isalpha() or (right[0].isupper() and not left.isupper()):
            return hyphenated
        two = min(len(left), len(right)) > 3 and self._times(left) and self._times(right)
        return hyphenated if two else joined

    def _times(self, word: str) -> int:
        return self._known[word.translate(_LIGATURES).casefold()]


# ---- facts -------------------------------------------------------------------------------------------------------------


def find_facts(pages: Sequence[Page], name: str, title: str, author: str) -> dict[str, Any]:
    """The fields of a Paper that stand on the first pages. `title` and `author` are what the file's metadata claims."""
    fields: dict[str, Any] = find_stamp(pages[:1]) or _stamp_of_name(name)
    first = pages[0].lines if pages else ()
    fields["title"] = find_title(pages, clean_line(title)) or _title_of_name(name)
    fields["authors"] = find_authors(first, fields["title"] or "", clean_line(author))
    fields["abstract"] = find_abstract(pages)
    fields["doi"] = find_doi(first)
    if "year" not in fields and pages:
        fields["year"] = find_year(pages[0])
    return {key: value for key, value in fields.items() if value}


# arXiv stamps the first page along its left edge: arXiv:2106.09685v2 [cs.CL] 16 Oct 2021
_STAMP = re.compile(
    r"arXiv:\s*(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\s*(?:\[([a-z-]+(?:\.[A-Za-z-]+)?)\])?"
)


def find_stamp(pages: Sequence[Page]) -> dict[str, Any]:
    """The id, category and year of arXiv's stamp; an id in the text is some other paper's. The year is that of the id."""
    for line in (line for page in pages for line in page.lines):
        match = _STAMP.match(line.text)
        if match and (match[2] or not line.upright):
            categories = {"categories": (match[2],)} if match[2] else {}
            return {"arxiv_id": match[1], "year": _arxiv_year(match[1])} | categories
    return {}


def _stamp_of_name(name: str) -> dict[str, Any]:
    """The id in a file name such as `2106.09685v2.pdf`, as arXiv calls its files."""
    match = re.fullmatch(r"(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?", name, re.ASCII | re.IGNORECASE)
    return {"arxiv_id": match[1], "year": _arxiv_year(match[1])} if match else {}


def _arxiv_year(arxiv_id: str) -> int:
    """Both forms begin with the last two digits of the year, since 1991: https://info.arxiv.org/help/arxiv_identifier.html"""
    digits = int(arxiv_id.rpartition("/")[2][:2])
    return digits + (1900 if digits > 90 else 2000)


_BANNER = re.compile(
    r"(published (as|in)|under review|accepted|to appear|appear(s|ed|ing) in|proceedings|workshop|arxiv|preprint|journal of|"
    r"ieee (transactions|journal|access)|transactions|contents lists|available online|sciencedirect|elsevier|springer|"
    r"noname manuscript|vol(\.|ume)\s|https?:|www\.|doi\b|copyright|©|technical report|page \d|submitted|draft|received|"
    r"this (paper|article|is)|see discussions|research article|original (article|paper)|permission to|isbn|issn)",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"(abstract|摘\s*要|contents|introduction|summary|.{0,30}\bjournal of\b.{0,40}|"
    r"(\d+(\.\d+)*\.?|[IVX]+\.)\s+(introduction|background|overview|preliminaries).*|universit(y|é|ät).*|"
    r"(research |review )?articles?|letters?|reviews?|report|papers?|chapter \w+|"
    r"untitled.*|microsoft (word|powerpoint).*|.*\.(docx?|tex|dvi|ps|pdf|indd|qxd)|\(?title\)?|slide \d+|powerpoint presentation|"
    r"paper title.*|main|template|manuscript)",
    re.IGNORECASE,
)
# Lines of one block have the same size, to the fraction of a point by which programs round. Large letters of a page that
# was scanned and read by OCR differ more; no author is set as large as they are.
_SAME_SIZE, _LARGE, _SAME_LARGE_SIZE = 1.03, 13.0, 1.1
_MOST_TITLE_LINES = 6


def find_title(pages: Sequence[Page], claimed: str) -> str | None:
    """The largest block of the first page that can be a title.

    What the metadata claims is believed only where the page shows it too, but then before the page: there, small capitals
    come out as capitals, and a line may belong to the authors.
    """
    shown = next((block for block in _title_blocks(pages) if _can_be_title(block)), None)
    if not _can_be_title(claimed) or len(claimed.split()) < 2:
        return shown
    claim, seen = title_key(claimed), title_key(shown or "")
    head = title_key(" ".join(line.text for line in pages[0].lines[:30])) if pages else ""
    if claim not in head:
        return shown
    if not shown or ((claim.startswith(seen) or seen.startswith(claim)) and 2 * len(claim) > len(seen)):
        return claimed if claim != seen or not shown or shown.isupper() else shown
    return shown


def _can_be_title(text: str) -> bool:
    letters = sum(char.isalpha() for char in text)
    return (
        letters >= 4
        and len(text) <= MAX_TITLE
        and not _NO_TITLE.fullmatch(text.strip(" .:—-"))
        and not _BANNER.match(text)
    )


def _title_blocks(pages: Sequence[Page]) -> list[str]:
    """The blocks of lines in the upper part of the first page that can be a title by their looks, the likeliest first.

    Those larger than the usual text, the largest first; then those as large that are bold or in capitals, down the page.
    """
    letters: Counter[float] = Counter()
    for line in (line for page in pages for line in page.lines):
        letters[line.size] += len(line.text)
    usual = letters.most_common(1)[0][0] if letters else 0.0
    lines = [line for page in pages[:1] for line in page.lines if line.upright and line.y > 0.4 * page.height]
    large = [block for block in _blocks(lines, by_weight=False) if block[0].size > 1.05 * usual]
    loud = [block for block in _blocks(lines, by_weight=True) if block[0].stands_out and len(_flow(block).split()) > 1]
    ordered = sorted(large, key=lambda block: -block[0].size)
    ordered += [block for block in loud if 0.95 * usual <= block[0].size <= 1.05 * usual]
    return [_flow(block) for block in ordered if len(block) <= _MOST_TITLE_LINES]


def _blocks(lines: Sequence[Line], by_weight: bool) -> Iterator[list[Line]]:
    """Runs of lines of one size (and one weight, `by_weight`), one below or beside the other."""
    block: list[Line] = []
    for line in lines:
        if block and not (_goes_on(block[-1], line) and (line.weight == block[-1].weight or not by_weight)):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _goes_on(above: Line, line: Line) -> bool:
    small, large = sorted((line.size, above.size))
    alike = large < (_SAME_LARGE_SIZE if small > _LARGE else _SAME_SIZE) * small
    return alike and abs(line.y - above.y) < 2.2 * line.size and not _BANNER.match(line.text)


def _flow(lines: Sequence[Line]) -> str:
    """The lines as one line; a word that is parted between two of them keeps its hyphen."""
    text = ""
    for line in lines:
        text += line.text if not text or text.endswith("-") or line.text[0] in ",:;." else f" {line.text}"
    return clean_line(text).strip("∗*†‡§¶⋆ ")


def _title_of_name(name: str) -> str | None:
    """The words of a file name that has several: `Attention_Is_All_You_Need.pdf`."""
    words = re.sub(r"[_\s]+|(?<=[^\W\d])-(?=[^\W\d])", " ", re.sub(r"\.pdf$", "", name, flags=re.IGNORECASE)).split()
    return " ".join(words) if sum(any(char.isalpha() for char in word) for word in words) > 1 else None


def find_authors(lines: Sequence[Line], title: str, claimed: str) -> tuple[str, ...]:
    """The authors that the metadata claims, where the first page shows their names and begins with the first of them.

    Many programs know one author only, the one who pressed the button: one alone is believed only where the page has a
    line for this name and no more than one address.
    """
    parts = re.split(r";|&|\band\b", claimed)
    if ";" not in claimed and not all(_is_name(clean_line(part)) for part in parts):
        parts = [piece for part in parts for piece in part.split(",")]
    names = [name for part in parts if (name := clean_line(part).strip(",. "))]
    below = _below_title(lines, title)
    shown = title_key(" ".join(line.text for line in lines))
    if not names or not below or not all(_is_name(n) and all(title_key(w) in shown for w in n.split()) for n in names):
        return ()
    start, first = title_key(below[0].text), title_key(names[0])
    alone = start == first and sum(line.text.count("@") for line in lines) < 2
    return tuple(names) if start.startswith(first) and (len(names) > 1 or alone) else ()


def _below_title(lines: Sequence[Line], title: str) -> Sequence[Line]:
    """The lines after those that make up the title."""
    key = title_key(title)
    places = [number for number, line in enumerate(lines) if (part := title_key(line.text)) and part in key]
    return [line for line in lines[places[-1] + 1 :] if title_key(line.text)] if places else ()


def _is_name(text: str) -> bool:
    return 2 <= len(text.split()) <= 5 and "," not in text and not re.search(r"[\d@/\\:()]", text)


_DOI = re.compile(r"(?:doi\.org/|doi:?\s*|^)(10\.\d{4,9}/[^\s\"<>{}|\\^`]+)", re.IGNORECASE)
_REFERENCES = re.compile(r"(\d+\.?\s*)?(references|bibliography|参考文献)\W*", re.IGNORECASE)


def find_doi(lines: Sequence[Line]) -> str | None:
    """The DOI above the references, if there is exactly one; one that runs on over the line's end is put together."""
    found: dict[str, None] = {}
    for number, line in enumerate(lines):
        if _REFERENCES.fullmatch(line.text):
            break
        for match in _DOI.finditer(line.text):
            doi = match[1]
            if match.end() == len(line.text) and doi[-1] in "./-_" and number + 1 < len(lines):
                rest = lines[number + 1].text.split()[0]
                doi += rest if len(rest) > 4 and re.fullmatch(r"[\w.()/-]*\d[\w.()/-]*", rest) else ""
            doi = doi.rstrip(".,;:/-_" + ("" if "(" in doi else ")") + "]")
            found[doi.lower()] = None
    return next(iter(found)) if len(found) == 1 and canonical_id(next(iter(found))) else None


_PUBLISHED = re.compile(
    r"published (as|in)|proceedings|conference|workshop|symposium|journal|transactions|\bvol(\.|ume)|preprint|"
    r"\b(iclr|icml|neurips|nips|cvpr|iccv|eccv|acl|emnlp|naacl|aaai|ijcai|kdd|sigir|www)\b",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"copyright|©|\(c\)|[’']\d\d\b", re.IGNORECASE)


def find_year(page: Page) -> int | None:
    """The year that a publisher's lines at the head and the foot of the first page tell, if they agree."""
    years: set[str] = set()
    for line in (line for line in page.lines if line.upright and len(line.text) < 200):
        at = line.y / page.height
        if (_PUBLISHED.search(line.text) and not 0.12 < at < 0.88) or (_COPYRIGHT.search(line.text) and at < 0.3):
            years.update(re.findall(r"\b(19[5-9]\d|20[0-4]\d)\b", line.text))
    return int(years.pop()) if len(years) == 1 else None


# ---- abstract ----------------------------------------------------------------------------------------------------------

_ABSTRACT = re.compile(
    r"(?:(?:the\s+)?abstract|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|摘\s*要)(?:\s*$|\s*[.:：—–―-]+\s*)|(?-i:ABSTRACT)\s+|摘\s*要\s+",
    re.IGNORECASE,
)
_RUN_IN = re.compile(r"Abstract\s+(?=[A-Z])")  # as a bold word only: `Abstract Syntax` begins a sentence
_AFTER = re.compile(
    r"(?:[1I][.\s]*\s*)?(introduction|引\s*言|绪\s*论)\W*$|i\s?n\s?t\s?r\s?o\s?d\s?u\s?c\s?t\s?i\s?o\s?n$|"
    r"(key\s?-?words|index terms|ccs concepts|categories and subject|general terms|acm reference|关键词|关\s*键\s*词)\b|关键词|"
    r"(?:1|I|1\.|I\.)\s+[A-Z][\w ,:-]{2,60}$|1\.?1?\s*introduction\b|mathematics subject|jel classification|"
    r"(contents|table of contents)$|(©|\(c\)|copyright|c)\s*(19|20)\d\d\b",
    re.IGNORECASE,
)


def find_abstract(pages: Sequence[Page]) -> str | None:
    """What stands between the heading `Abstract` and the next heading; None where either is not found."""
    lines = [line for page in pages for line in page.lines if line.upright]
    for number, line in enumerate(lines):
        if match := _ABSTRACT.match(line.text) or (_RUN_IN.match(line.text) if line.bold else None):
            start = replace(line, text=line.text[match.end() :].strip())
            return _until_heading([start] * bool(start.text) + lines[number + 1 :])
    return None


def _until_heading(lines: Sequence[Line]) -> str | None:
    """The text of the lines before the next heading; lines in smaller letters (footnotes) are passed over."""
    taken: list[str] = []
    size = lines[0].size if lines else 0.0
    for line in lines:
        if _AFTER.match(line.text) or (taken and line.size > 1.12 * size and len(line.text) < 80):
            break
        if line.size >= 0.88 * size:
            taken.append(line.text + line.marks)
        if sum(map(len, taken)) > MAX_ABSTRACT:
            return None
    else:
        return None
    return " ".join(taken) if sum(map(len, taken)) > _SHORTEST_ABSTRACT else None
