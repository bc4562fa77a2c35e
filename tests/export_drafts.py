"""Drafts for the tests of exports and figures: one of ordinary papers, and one of papers that mean harm or break things."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.models import Paper
from survey.draft import build_keys
from survey.draft.keys import build_reference
from survey.draft.models import Cell, Draft, Quote, Row, Sentence, Table
from survey.outline import Outline, Section

QUIET = [
    Paper(
        id="p1",
        title="Quiet Layers",
        abstract="A quiet layer listens to the layers around it.",
        authors=("Ana Brown", "Li Wei", "Jo Fox"),
        year=2020,
        venue="TOYCONF",
        url="https://example.org/quiet?a=1",
    ),
    Paper(
        id="arxiv:2101.00001",
        arxiv_id="2101.00001",
        title="Loud layers: a reply",
        abstract="A loud layer adds to what it hears. It remains unclear who listens.",
        authors=("Laurens van der Hof",),
        year=2021,
        venue="arXiv",
        url="https://arxiv.org/abs/2101.00001",
    ),
    Paper(
        id="doi:10.1000/xyz_1",
        doi="10.1000/xyz_1",
        title="Layers in films",
        abstract="Films have frames, and frames have layers.",
        authors=("Ada Moor", "Lin Wei"),
        year=2023,
        venue="Journal of Toys",
        url="https://doi.org/10.1000/xyz_1",
    ),
]

HOSTILE_TITLES = (
    r"\input{/etc/passwd} \write18{touch PWNED} 100% of $x_1$ & #1 ~ ^ | \end{document} ^^41 \csname x\endcsname",
    "<script>alert(1)</script> {unbalanced { braces \"quoted\" `ticks` ''double'' --dashes-- ,,low,, ?` !`",
    "Gödel, Łukasz & Ångström: ß Ő ő ħ Ň ṡ ǚ, not Turing",
    "αβγ Ω ∇ ∞ ≤ ∈ × → ₁ ² ⁿ ½ ∑ √ ℓ ℝ ″ ‐ – — … • ™ © € ° · « » ⟨x⟩ ⊕",
    "基于提示学习的视觉语言模型综述：方法与展望",
    "Films 😀🚀 and Кириллица, עברית, العربية, 日本語テキスト, 한국어",
    r"$\Delta$-Layers: $O(n^2)$ for $5 or $6, 360$^{\circ}$",
    "@misc{evil, title={x}} % comment \\\\ \\n & another",
)
_HOSTILE_AUTHORS = (
    ("Ann O'Ry & Sons", "Ana Brown"),
    ("<b>Mallory</b>",),
    ("Kurt Gödel", "Jürgen Ångström Jr."),
    ("Ada Ωmega", "Laurens van der Hof"),
    ("李伟", "王小明"),
    ("OpenToys",),
    (),
    ("Research and Development Group",),
)
_HOSTILE_URLS = ("javascript:alert(1)", "https://example.org/a_b?c=1&d=%20#x", 'https://a.b/"><script>', None)


def hostile_papers() -> list[Paper]:
    return [
        Paper(
            id=f"h{n}",
            title=title,
            abstract=f"We say that {title} holds. It holds.",
            authors=authors,
            year=None if n == 3 else 2000 + n,
            venue="Journal of 100% & more_x" if n % 2 else "arXiv",
            url=_HOSTILE_URLS[n % 4],
        )
        for n, (title, authors) in enumerate(zip(HOSTILE_TITLES, _HOSTILE_AUTHORS, strict=True))
    ]


def make_draft(
    papers: Sequence[Paper], topic: str = "layers", headings: tuple[str, str] = ("Listening", "Speaking")
) -> Draft:
    """A draft in two sections, with each kind of sentence, a table a section, and the first paper cited by all others."""
    keys = build_keys(papers)
    half = (len(papers) + 1) // 2
    parts = [(headings[0], papers[:half]), (headings[1], papers[half:])]
    sentences = [_counted((), papers[0], keys)]
    tables = []
    for heading, some in parts:
        if some:
            sentences.append(_counted((heading,), some[0], keys))
            sentences += [_quote((heading,), paper, keys) for paper in some]
            sentences.append(_quote((heading,), some[0], keys).model_copy(update={"kind": "problem"}))
            tables.append(_table((heading,), some, keys))
    sections = tuple(Section(title=title, papers=tuple(one.name for one in some)) for title, some in parts if some)
    return Draft(
        outline=Outline(topic=topic, title=f"{topic}: a survey", sections=sections),
        references=tuple(sorted((build_reference(one, keys[one.name]) for one in papers), key=lambda one: one.key)),
        sentences=tuple(sentences),
        tables=tuple(tables),
        links=tuple(sorted((keys[one.name], keys[papers[0].name]) for one in papers[1:])),
    )


def _counted(path: tuple[str, ...], paper: Paper, keys: dict[str, str]) -> Sentence:
    quote = Quote(key=keys[paper.name], id=paper.name, quote=paper.title, start=0, end=len(paper.title), source="title")
    return Sentence(section=path, text=f"The first is “{paper.title}”.", citations=(quote,), kind="counted")


def _quote(path: tuple[str, ...], paper: Paper, keys: dict[str, str]) -> Sentence:
    abstract = paper.abstract or ""
    quote = Quote(key=keys[paper.name], id=paper.name, quote=abstract, start=0, end=len(abstract), source="abstract")
    return Sentence(section=path, text=abstract, citations=(quote,))


def _table(path: tuple[str, ...], papers: Sequence[Paper], keys: dict[str, str]) -> Table:
    rows = tuple(
        Row(
            key=keys[paper.name],
            cells=(
                Cell(text=paper.title[:12], evidence=_quote(path, paper, keys).citations[0]),
                Cell(text=""),
                Cell(text="https://github.com/toys/a_b-c%20d"),
            ),
        )
        for paper in papers
    )
    return Table(section=path, columns=("Method & more", "Data", "Code"), rows=rows)
