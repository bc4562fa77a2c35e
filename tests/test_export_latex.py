"""LaTeX: what is escaped, what pdfTeX is told of characters, and that the document compiles where TeX is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from export_drafts import QUIET, hostile_papers, make_draft

from corpus.sources.markup import latex_to_text
from survey.draft.models import Draft
from survey.export import save_draft
from survey.export.latex import render_latex
from survey.export.latex_text import declarations, escape_bibtex, escape_latex

TEX = pytest.mark.skipif(not shutil.which("pdflatex") or not shutil.which("bibtex"), reason="TeX is not installed")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain: two, (so)", "plain: two, (so)"),
        ("100% & #1, a_b $5", r"100\% \& \#1, a\_b \$5"),
        ("{x}", r"\textbraceleft{}x\textbraceright{}"),
        (r"\input{a}", r"\textbackslash{}input\textbraceleft{}a\textbraceright{}"),
        ("a^b ~c <d> |", r"a\textasciicircum{}b \textasciitilde{}c \textless{}d\textgreater{} \textbar{}"),
        ("^^41", r"\textasciicircum{}\textasciicircum{}41"),
        ("--- ''", "-{}-{}- '{}'"),
        ('"x" `y`', r'{"}x{"} \textasciigrave{}y\textasciigrave{}'),
        ("Gödel α 中", "Gödel α 中"),
        ("two\nlines", "two lines"),
    ],
)
def test_text_as_latex(text: str, escaped: str) -> None:
    assert escape_latex(text) == escaped


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Gödel Ångström", r"G{\"o}del {\r{A}}ngstr{\"o}m"),
        ("naïve Łódź ß ő", r"na{\"{\i}}ve {\L}{\'o}d{\'z} {\ss} {\H{o}}"),
        ("α 中", "α 中"),
    ],
)
def test_accents_are_commands_in_bibtex(text: str, escaped: str) -> None:
    assert escape_bibtex(text) == escaped


@pytest.mark.parametrize("paper", hostile_papers(), ids=lambda paper: str(paper.id))
def test_what_is_escaped_reads_as_it_was(paper: object) -> None:
    title = getattr(paper, "title", "")
    assert latex_to_text(escape_bibtex(title)) == title


def test_each_character_that_pdftex_may_not_know_is_declared() -> None:
    assert declarations(["α", "é", "中", "a"]) == [
        r"\DeclareUnicodeCharacter{00E9}{{\'e}}",
        r"\DeclareUnicodeCharacter{03B1}{{\ensuremath{\alpha}}}",
    ]


def test_a_character_that_no_tex_can_print_is_a_box() -> None:
    assert declarations(["😀я", "한：中"]) == [
        r"\DeclareUnicodeCharacter{044F}{\missing}",
        r"\DeclareUnicodeCharacter{D55C}{\missing}",
        r"\DeclareUnicodeCharacter{1F600}{\missing}",
    ]


def test_a_quote_says_where_it_stands() -> None:
    text = render_latex(make_draft(QUIET))
    assert r"\quoted{brown2020quiet}{abstract}{0}{46}{A quiet layer listens to the layers around it.}" in text


def test_headings_tables_figures_and_references() -> None:
    text = render_latex(make_draft(QUIET))
    assert re.findall(r"\\section\{(.*)\}", text) == ["Summary", "Listening", "Speaking"]
    assert text.count(r"\begin{longtable}") == 2
    assert r"\toprule Paper & Method \& more & Code \\" in text  # the empty column is left out
    assert r"\href{https://github.com/toys/a\_b-c\%20d}{link}" in text
    assert r"{figures/timeline.pdf}" in text
    assert r"\bibliography{references}" in text


def test_no_command_of_a_title_gets_through() -> None:
    text = render_latex(make_draft(hostile_papers(), r"\input{x} $y$ 100%"))
    body = text.split(r"\begin{document}")[1]
    assert not re.search(r"\\(?:input|write|csname|Delta|circ)\b", body)
    assert body.count(r"\end{document}") == 1
    assert not re.search(r"(?<!\\)[$#]|\^\^", body)


@TEX
@pytest.mark.parametrize("hostile", [False, True], ids=["quiet", "hostile"])
def test_the_document_compiles(tmp_path: Path, hostile: bool) -> None:
    papers = hostile_papers() if hostile else QUIET
    headings = ("Über $x$ & <b> \\input{x} 中文", "# 100%") if hostile else ("Listening", "Speaking")
    shown = _compiled(make_draft(papers, headings=headings), tmp_path)
    assert shown.startswith(b"%PDF")
    assert not (tmp_path / "PWNED").exists()


@TEX
def test_only_chinese_compiles(tmp_path: Path) -> None:
    papers = [hostile_papers()[4], hostile_papers()[4].model_copy(update={"id": "zh2", "title": "另一篇综述"})]
    assert _compiled(make_draft(papers, "提示学习", ("方法", "数据集")), tmp_path)


@pytest.mark.skipif(not shutil.which("xelatex"), reason="XeTeX is not installed")
def test_xelatex_prints_every_character_of_a_chinese_draft(tmp_path: Path) -> None:
    odd = QUIET[1].model_copy(
        update={"authors": ("Petar Veličković", "Ana Šćepan", "Łukasz Ő"), "title": "α → β: a reply"}
    )
    save_draft(make_draft([QUIET[0], odd], "提示学习", ("方法", "数据集")), tmp_path, ["tex"])
    font = subprocess.run(["kpsewhich", "xeCJK.sty"], capture_output=True, check=False)
    if not font.stdout.strip():
        pytest.skip("xeCJK is not installed")
    ran = subprocess.run(
        ["xelatex", "-interaction=nonstopmode", "-halt-on-error", "survey"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout.decode("utf-8", "replace")[-2000:]
    log = (tmp_path / "survey.log").read_text("utf-8", "replace")
    assert re.findall(r"Missing character: There is no (.)", log) == []


def test_a_chinese_draft_has_a_font_for_chinese_beside_the_main_one() -> None:
    text = render_latex(make_draft(QUIET, "提示学习", ("方法", "数据集")))
    assert "\\setCJKmainfont" in text
    assert ', "201C' not in text  # quotation marks of its own are Chinese
    assert ', "201C' in render_latex(
        make_draft([*QUIET, QUIET[0].model_copy(update={"id": "zh", "title": "另一篇综述"})])
    )
    assert "xeCJK" not in render_latex(make_draft(QUIET))


def _compiled(draft: Draft, folder: Path) -> bytes:
    """The PDF; any error of TeX fails the test."""
    save_draft(draft, folder, ["tex"])
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "survey"]
    for command in (latex, ["bibtex", "survey"], latex, latex):
        ran = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stdout.decode("utf-8", "replace")[-2000:]
    assert b"undefined" not in ran.stdout
    return (folder / "survey.pdf").read_bytes()
