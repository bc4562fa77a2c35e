"""Checking drafts: what holds passes in every format; keys, papers, quotes and claims that do not hold are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from docx import Document

from corpus.errors import InputError
from corpus.library import Library
from corpus.models import Paper
from survey.checking import CheckReport, check_draft
from survey.checking.reading import quoted_words, read_paragraph
from survey.draft import Draft, write_draft
from survey.draft.material import Spoken
from survey.export import blocks
from survey.export.bibtex import render_bibtex
from survey.export.html import render_html
from survey.export.json import render_json
from survey.export.latex import render_latex
from survey.export.markdown import render_markdown
from survey.export.word import render_word
from survey.outline import Outline, Section

PAPERS = [
    Paper(
        id="p:adapters",
        title="SALT: Small & Thrifty Layers",
        abstract="Adapters are small. Why the adapters of a speech model forget what they have learned remains unclear. "
        "With “thin” adapters, a model of speech learns a new language from 3.5 hours of data.",
        authors=("Ana Brown", "Li Wei"),
        year=2020,
        arxiv_id="2001.00001",
    ),
    Paper(
        id="p:ranks",
        title="Low Ranks for 100% of Speech",
        abstract="A low rank is enough to adapt the weights of most speech models_of_old. Ranks cost nothing when a model speaks.",
        authors=("Hu, Edward",),
        year=2022,
    ),
    Paper(
        id="p:quiet",
        title="Is Silence Golden? A Question",
        abstract="A silent layer adds nothing at all to the output of a loud network.",
        year=2023,
    ),
]
OUTLINE = Outline(
    topic="speech",
    title="Speech: a survey",
    sections=(Section(title="Small layers", papers=tuple(str(paper.id) for paper in PAPERS)),),
)
Edit = Callable[[str], str]


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures have no statements, and take a second to draw."""
    monkeypatch.setattr(blocks, "build_figures", lambda draft: [])


@pytest.fixture
def draft() -> Draft:
    # Two papers name data, so that there is a table.
    said = Spoken(
        concept="d",
        name="Toys",
        kind="dataset",
        edge="uses",
        weight=1,
        source="abstract",
        start=0,
        stop=len("Adapters"),
    )
    start = PAPERS[1].title.index("Speech")
    titled = said.model_copy(update={"source": "title", "start": start, "stop": start + len("Speech")})
    spoken = {"p:adapters": [said], "p:ranks": [titled]}
    return write_draft(OUTLINE, PAPERS, np.eye(3, dtype=np.float32), [(1, 0), (2, 0)], spoken=spoken)


@pytest.fixture
def folder(draft: Draft, library: Library, tmp_path: Path) -> Path:
    """The draft in all formats that can be checked, and a library with its papers."""
    library.add(PAPERS, "test")
    (tmp_path / "outline.json").write_text(render_json(draft), "utf-8")
    (tmp_path / "survey.md").write_text(render_markdown(draft), "utf-8")
    (tmp_path / "survey.html").write_text(render_html(draft), "utf-8")
    (tmp_path / "survey.tex").write_text(render_latex(draft), "utf-8")
    (tmp_path / "survey.docx").write_bytes(render_word(draft))
    (tmp_path / "references.bib").write_text(render_bibtex(draft), "utf-8")
    return tmp_path


@pytest.fixture
def check(folder: Path, library: Library) -> Callable[..., CheckReport]:
    """Checks a file of the draft after an edit of its text, or an edit of its JSON."""

    def call(name: str, edit: Edit | None = None, change: Callable[[Any], object] | None = None) -> CheckReport:
        path = folder / name
        text = path.read_text("utf-8") if edit or change else ""
        if edit:
            assert edit(text) != text, "the edit changed nothing"
            path.write_text(edit(text), "utf-8")
        if change:
            value = json.loads(text)
            change(value)
            path.write_text(json.dumps(value), "utf-8")
        return check_draft(library, path)

    return call


def put_in(text: str) -> Edit:
    """An edit that puts a paragraph before the references."""
    return lambda draft: draft.replace("## References", f"{text}\n\n## References")


def told(report: CheckReport) -> list[tuple[str, str]]:
    return [(one.kind, one.why) for one in report.findings]


# ---- as we wrote it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["outline.json", "survey.md", "survey.tex", "survey.html", "survey.docx"])
@pytest.mark.parametrize("alone", [False, True])
def test_what_we_wrote_holds(name: str, alone: bool, folder: Path, check: Callable[..., CheckReport]) -> None:
    if alone and name != "outline.json":
        (folder / "outline.json").unlink()
    report = check(name)
    assert report.findings == ()
    assert report.own == ()
    assert (report.papers, report.sentences) == (3, 6)
    assert report.quotes >= 4


@pytest.mark.parametrize("name", ["survey.md", "survey.tex", "survey.html", "survey.docx"])
def test_a_long_title_that_is_told_by_its_first_words_holds(name: str, library: Library, tmp_path: Path) -> None:
    long = "On the Many Ways in Which a Layer of a Model of Speech Can Be Made to Listen to Silence"
    twins = [
        PAPERS[2].model_copy(update={"id": "p:loud", "title": long, "abstract": None, "authors": ("Ana Brown",)}),
        PAPERS[2].model_copy(update={"id": "p:low", "title": "Low", "abstract": None, "authors": ("Ana Brown",)}),
    ]
    outline = Outline(
        topic="speech",
        title="Speech",
        sections=(Section(title="All", papers=("p:low", "p:loud")), Section(title="One", papers=("p:quiet",))),
    )
    draft = write_draft(outline, [*twins, PAPERS[2]], np.eye(3, dtype=np.float32), [(0, 1), (2, 0), (2, 1)])
    assert "Speech Can Be Made …”" in render_markdown(draft)
    library.add([*twins, PAPERS[2]], "test")
    render = {"md": render_markdown, "tex": render_latex, "html": render_html, "docx": render_word}[name.split(".")[1]]
    content = render(draft)
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "references.bib").write_text(render_bibtex(draft), "utf-8")
    assert check_draft(library, tmp_path / name).findings == ()
    if name == "survey.md":
        (tmp_path / name).write_text(render_markdown(draft).replace("Be Made …”", "Be Heard …”"), "utf-8")
        assert [one.kind for one in check_draft(library, tmp_path / name).findings] == ["quote"]


# ---- counts -----------------------------------------------------------------------------------------------------------


COUNTED = "This section covers three papers from 2020 to 2023"


def with_four(text: str) -> str:
    return text.replace(COUNTED, COUNTED.replace("three", "four"))


@pytest.mark.parametrize("name", ["survey.md", "survey.tex", "survey.html"])
def test_another_number_in_a_counted_sentence_is_told(name: str, check: Callable[..., CheckReport]) -> None:
    report = check(name, with_four)
    (finding,) = report.findings
    assert finding.kind == "count"
    assert finding.why.startswith(f"counted was: {COUNTED}")
    assert report.own == ()


def test_what_was_counted_is_counted_again(check: Callable[..., CheckReport]) -> None:
    (finding,) = check("outline.json", with_four).findings
    assert (finding.kind, finding.text[:29]) == ("count", "This section covers four pape")


def test_a_year_that_the_library_has_changed_is_told(folder: Path, library: Library) -> None:
    with library.connection as connection:
        connection.execute("UPDATE papers SET year = 2019 WHERE id = 'p:adapters'")
    (finding,) = check_draft(library, folder / "outline.json").findings
    assert (finding.kind, "from 2019 to 2023" in finding.why) == ("count", True)


# ---- Word ------------------------------------------------------------------------------------------------------------


def edit_word(path: Path, old: str, new: str) -> None:
    document = Document(str(path))
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs if old in run.text]
    assert runs, "the edit changed nothing"
    for run in runs:
        run.text = run.text.replace(old, new)
    document.save(str(path))


def test_edits_in_word_are_told(folder: Path, library: Library) -> None:
    edit_word(folder / "survey.docx", "3.5 hours", "35 hours")
    edit_word(folder / "survey.docx", COUNTED, COUNTED.replace("three", "four"))
    document = Document(str(folder / "survey.docx"))
    document.paragraphs[2].insert_paragraph_before("Elephants never forget what they have heard.")
    document.save(str(folder / "survey.docx"))
    assert [kind for kind, _ in told(check_draft(library, folder / "survey.docx"))] == ["quote", "count", "uncited"]


def test_what_is_no_word_document_is_an_error(library: Library, tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04 no zip", b"<html></html>"):
        (tmp_path / "survey.docx").write_bytes(content)
        with pytest.raises(InputError, match="no Word document"):
            check_draft(library, tmp_path / "survey.docx")


# ---- Markdown that somebody edited -----------------------------------------------------------------------------------


def test_a_quote_with_another_word_is_told(check: Callable[..., CheckReport]) -> None:
    report = check("survey.md", lambda text: text.replace("a model of speech learns", "a model of music learns"))
    assert [one.kind for one in report.findings] == ["quote"]
    assert report.findings[0].why == "it does not stand in brown2020salt"
    assert "Small layers" in report.findings[0].where


def test_a_number_of_a_quote_that_was_changed_is_told(check: Callable[..., CheckReport]) -> None:
    for name in ("survey.md", "survey.tex", "survey.html"):
        report = check(name, lambda text: text.replace("from 3.5 hours", "from 35 hours"))
        assert [one.kind for one in report.findings] == ["quote"], name


def test_a_key_that_nobody_has_is_told(check: Callable[..., CheckReport]) -> None:
    report = check("survey.md", put_in("A claim of mine is here [@nobody2020]."))
    assert told(report) == [("key", "no reference has the key 'nobody2020'")]


def test_a_claim_without_a_citation_is_told_and_one_with_is_listed_as_ones_own(
    check: Callable[..., CheckReport],
) -> None:
    mine = "Adapters have won the day. They beat ranks in each of our tests [@brown2020salt]. See below."
    report = check("survey.md", put_in(mine))
    assert [(one.kind, one.text) for one in report.findings] == [("uncited", "Adapters have won the day.")]
    assert report.own == ("They beat ranks in each of our tests.",)


def test_ones_own_quote_must_stand_in_the_paper_that_it_cites(check: Callable[..., CheckReport]) -> None:
    mine = (
        'As the authors say, "ranks cost nothing at all in speech" [@hu2022low]. '
        "It is “enough to adapt the weights” [@hu2022low]."
    )
    report = check("survey.md", put_in(mine))
    assert [(one.kind, one.text) for one in report.findings] == [("quote", "ranks cost nothing at all in speech")]


def test_a_quote_that_opens_marks_and_closes_none_is_ours(library: Library, tmp_path: Path) -> None:
    odd = PAPERS[1].model_copy(update={"abstract": 'A “soft" rank is enough to adapt most weights of speech models.'})
    library.add([PAPERS[0], odd, PAPERS[2]], "test")
    written = write_draft(OUTLINE, [PAPERS[0], odd, PAPERS[2]], np.eye(3, dtype=np.float32), [])
    (tmp_path / "survey.md").write_text(render_markdown(written))
    (tmp_path / "outline.json").write_text(render_json(written))
    assert "“soft" in render_markdown(written)
    report = check_draft(library, tmp_path / "survey.md")
    assert (report.findings, report.own) == ((), ())


def test_what_is_escaped_is_no_citation(check: Callable[..., CheckReport]) -> None:
    report = check("survey.md", put_in("Write to me at a\\@b or to \\[\\@x\\] soon."))
    assert [one.kind for one in report.findings] == ["uncited"]


# ---- the JSON --------------------------------------------------------------------------------------------------------


def _quotes(contract: Any) -> list[Any]:
    return [sentence for sentence in contract["sentences"] if sentence["kind"] == "quote"]


def test_a_moved_span_is_told_with_its_place(check: Callable[..., CheckReport]) -> None:
    def move(contract: Any) -> None:
        quote = next(one for one in _quotes(contract) if one["text"].startswith("A low rank"))["citations"][0]
        quote["start"], quote["end"] = quote["start"] + 3, quote["end"] + 3

    assert told(check("outline.json", change=move)) == [
        ("moved", "in hu2022low it stands at characters 0 to 71 of the abstract")
    ]


def test_a_sentence_that_is_not_its_quote_is_told(check: Callable[..., CheckReport]) -> None:
    def reword(contract: Any) -> None:
        _quotes(contract)[0]["text"] = "Adapters are wonderful."

    assert told(check("outline.json", change=reword)) == [("reworded", "its words are not those of its quote")]


def test_a_sentence_that_a_language_model_worded_need_not_be_its_quote(check: Callable[..., CheckReport]) -> None:
    def smooth(contract: Any) -> None:
        _quotes(contract)[0] |= {"text": "Adapters stand between frozen layers.", "smoothed": True}

    assert check("outline.json", change=smooth).holds


def test_the_evidence_of_a_cell_is_checked(check: Callable[..., CheckReport]) -> None:
    def change(contract: Any) -> None:
        row = contract["tables"][0]["rows"][0]
        cell = next(cell for cell in row["cells"] if cell["evidence"])
        cell["evidence"]["quote"] = "Elephants"

    assert told(check("outline.json", change=change)) == [("quote", "it does not stand in brown2020salt")]


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", '{"topic": 1}', '{"topic": "t", "title": "t", "sections": "none"}', "{"]
)
def test_a_file_that_holds_no_draft_is_an_error(text: str, library: Library, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError):
        check_draft(library, path)


@pytest.mark.parametrize("name", ["nowhere.md", "folder.md", "draft.docx", "binary.md", "bare.md"])
def test_what_cannot_be_read_is_an_error(name: str, library: Library, tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "draft.docx").write_bytes(b"PK")
    (tmp_path / "binary.md").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "bare.md").write_text("No references at all.", "utf-8")
    with pytest.raises(InputError):
        check_draft(library, tmp_path / name)


# ---- a library that went on ------------------------------------------------------------------------------------------


def test_a_paper_that_is_gone_is_told_once(folder: Path, library: Library) -> None:
    with library.transaction() as connection:
        connection.execute("DELETE FROM papers WHERE id = 'p:quiet'")
    for name in ("outline.json", "survey.md", "survey.tex", "survey.html"):
        report = check_draft(library, folder / name)
        assert told(report) == [("paper", "'Is Silence Golden? A Question' is not in the library")], name


def test_an_abstract_that_changed_is_told_as_such(folder: Path, library: Library) -> None:
    with library.transaction() as connection:
        connection.execute("UPDATE papers SET abstract = 'All new words here.' WHERE id = 'p:ranks'")
    report = check_draft(library, folder / "outline.json")
    assert {one.kind for one in report.findings} == {"changed"}
    assert report.findings[0].why == "the title or abstract of hu2022low has changed since the draft was written"


def test_a_sentence_that_the_new_abstract_holds_elsewhere_has_moved(folder: Path, library: Library) -> None:
    with library.transaction() as connection:
        connection.execute("UPDATE papers SET abstract = 'First of all. ' || abstract WHERE id = 'p:quiet'")
    report = check_draft(library, folder / "survey.md")
    assert {one.kind for one in report.findings} == {"moved"}
    assert report.findings[0].why == "in anon2023silence it stands at characters 14 to 81 of the abstract"


# ---- sentences and quotes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One says so. [@a; @b] Two says no. [@c]", [("One says so.", ("a", "b")), ("Two says no.", ("c",))]),
        ("One says so [@a]. Two says no.", [("One says so.", ("a",)), ("Two says no.", ())]),
        ("“Why? A Title” is the first. [@a]", [("“Why? A Title” is the first.", ("a",))]),
        ("“Why Not?” [@a] is cited by Two. [@b]", [("“Why Not?” is cited by Two.", ("a", "b"))]),
        ("Seen are One [@b] and “Why?” [@a] (two times).", [("Seen are One and “Why?” (two times).", ("b", "a"))]),
        (
            "It is said: “Why not?” [@a] Two says so. [@b]",
            [("It is said: “Why not?”", ("a",)), ("Two says so.", ("b",))],
        ),
        ("As @a says, it holds.", [("As @a says, it holds.", ("a",))]),
        ("Write to me@example.org soon.", [("Write to me@example.org soon.", ())]),
        ("[@a]", [("", ("a",))]),
    ],
)
def test_citations_belong_to_their_sentences(text: str, sentences: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(one.text, one.keys) for one in read_paragraph(text, "here")] == sentences


@pytest.mark.parametrize(
    ("text", "quotes"),
    [("a “b” c “d”", ["“b”", "“d”"]), ("“a “b” c”", ["“a “b” c”"]), ("“never closed", []), ("”closed”", []), ("", [])],
)
def test_quotes_inside_quotes_belong_to_the_outer_one(text: str, quotes: list[str]) -> None:
    assert [text[start:end] for start, end in quoted_words(text)] == quotes


HOSTILE = [
    Paper(
        id="h:1",
        title="“Why?” [@key] \\cite{key} $x_1$ 100% & <b>bold</b> `code` | a_b #1 {x}",
        abstract="The “quoted” word [@nobody] stays \\emph{whole} & more <i>than</i> 3.5% of all $x_1$ of the words that follow. "
        "Whether ” unbalanced marks “ hold remains unclear to all who have ever tried to read them.",
        authors=("O'Brien, “Ann”", "Li {Wei}"),
        year=2020,
    ),
    Paper(
        id="h:2",
        title="中文标题：适配器。",
        abstract="适配器是插入到冻结的大模型各层之间的小网络层，它们只需要很少的训练参数。然而，适配器为何会遗忘仍然是一个尚未解决的重要问题。",
        year=2021,
    ),
]


@pytest.mark.parametrize("name", ["outline.json", "survey.md", "survey.tex", "survey.html", "survey.docx"])
def test_whatever_papers_say_what_we_wrote_holds(name: str, library: Library, tmp_path: Path) -> None:
    library.add(HOSTILE, "test")
    section = Section(title="Hostile", papers=("h:1", "h:2"))
    outline = Outline(topic="x", title="X [@key]", sections=(section,))
    draft = write_draft(outline, HOSTILE, np.eye(2, dtype=np.float32), [(1, 0)])
    assert sum(one.kind in ("quote", "problem") for one in draft.sentences) >= 3
    render: dict[str, Callable[[Draft], str | bytes]] = {
        "outline.json": render_json,
        "survey.md": render_markdown,
        "survey.tex": render_latex,
        "survey.html": render_html,
        "survey.docx": render_word,
    }
    written = render[name](draft)
    (tmp_path / name).write_bytes(written if isinstance(written, bytes) else written.encode())
    (tmp_path / "references.bib").write_text(render_bibtex(draft), "utf-8")
    (tmp_path / "outline.json").write_text(render_json(draft), "utf-8")
    assert check_draft(library, tmp_path / name).findings == ()
