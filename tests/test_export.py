"""Exports: a draft as Markdown and JSON, whatever its titles hold, and whole files on disk."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import HomeError, InputError
from corpus.models import Paper
from survey.draft import Draft, write_draft
from survey.export import check_formats, exports, save_draft
from survey.export.markdown import escape, render_markdown
from survey.outline import Outline, Section

QUIET = Paper(
    id="p1",
    title="Quiet Layers",
    abstract="A quiet layer listens to the layers around it and adds nothing of its own.",
    authors=("Ana Brown", "Li Wei", "Jo Fox"),
    year=2020,
    venue="TOYCONF",
    url="https://example.org/quiet?a=1",
)
HOSTILE = Paper(
    id="p2",
    title="# <script>alert(1)</script> [click](javascript:alert(1)) *bold* $x$ `code` ![i](x) | @key https://evil.example",
    abstract="<img src=x onerror=alert(1)> is what the abstract of a hostile paper may say, \\emph{and} more & more of it.",
    authors=("<b>Mallory</b>",),
    url="javascript:alert(1)",
)


def make_draft(*papers: Paper, heading: str = "Layers") -> Draft:
    section = Section(title=heading, papers=tuple(paper.name for paper in papers))
    outline = Outline(topic="layers", title="Layers: a survey", sections=(section,))
    return write_draft(outline, papers, np.eye(len(papers), dtype=np.float32), [])


# ---- Markdown --------------------------------------------------------------------------------------------------------


def test_markdown_of_one_paper() -> None:
    assert render_markdown(make_draft(QUIET)) == (
        "# Layers: a survey\n\n"
        "## Layers\n\n"
        "One paper of 2020 falls under this heading: “Quiet Layers” [@brown2020quiet].\n\n"
        "- Brown et al. (2020): “A quiet layer listens to the layers around it and adds nothing of its own.” [@brown2020quiet]\n\n"
        "Papers:\n\n"
        "- Quiet Layers (2020) [@brown2020quiet]\n\n"
        "## References\n\n"
        "- `brown2020quiet`: Ana Brown, Li Wei, Jo Fox, “Quiet Layers”, TOYCONF, 2020. <https://example.org/quiet?a=1>\n"
    )


def test_subsections_are_a_level_deeper() -> None:
    inner = Section(title="Inner", papers=("p1",))
    outline = Outline(topic="t", title="T", sections=(Section(title="Outer", sections=(inner,)),))
    text = render_markdown(write_draft(outline, [QUIET], np.ones((1, 1), dtype=np.float32), []))
    assert re.findall(r"^#+ .*", text, re.MULTILINE) == ["# T", "## Outer", "### Inner", "## References"]


def test_a_hostile_paper_shows_as_text() -> None:
    text = render_markdown(make_draft(HOSTILE, heading="<i>Layers</i>"))
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>" not in text
    assert "## &lt;i&gt;Layers" in text
    # Brackets, dollars, stars and the like of a paper always have their backslash; the citations are ours.
    bare = re.sub(r"\\.|\[@[a-z0-9; @]+\]|`[a-z0-9]+`", "", text)
    assert not re.search(r"[\[\]$*`|@!]", bare)
    assert "https://" not in bare


def test_an_address_that_is_no_web_address_is_left_out() -> None:
    assert "<javascript" not in render_markdown(make_draft(HOSTILE))


@pytest.mark.parametrize(
    "title",
    [
        "# Heading",
        "- item",
        "+ item",
        "* item",
        "1. item",
        "2) item",
        "(a) item",
        "iv. item",
        "> quote",
        "=====",
        "---",
        ": definition",
        "| cell",
        "~~~",
        "```",
    ],
)
def test_no_title_opens_a_list_heading_or_block(title: str) -> None:
    assert not re.match(r"[-+*#>=:|~`]|\(?[0-9A-Za-z]+[.)]", escape(title))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Plain: two words, really (so)", "Plain: two words, really (so)"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("x_1 and $y^2$", r"x\_1 and \$y\^2\$"),
        (r"\textbf{x}", r"\\textbf\{x\}"),
        ("see https://a.b", r"see https\://a.b"),
        ("see www.a.b", r"see www\.a.b"),
        ("me@example.org", r"me\@example.org"),
        (":smile: now", r"\:smile: now"),
        ("two\nlines", "two lines"),
        ("3D nets", "3D nets"),
        ("", ""),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert escape(text) == escaped


# ---- JSON ------------------------------------------------------------------------------------------------------------


def test_json_is_the_contract() -> None:
    draft = make_draft(QUIET, HOSTILE)
    assert json.loads(exports()["json"].render(draft)) == draft.to_contract()


def test_json_is_written_in_its_own_letters() -> None:
    assert "“Quiet Layers”" in str(exports()["json"].render(make_draft(QUIET)))


# ---- files -----------------------------------------------------------------------------------------------------------


def test_each_format_is_a_file(tmp_path: Path) -> None:
    draft = make_draft(QUIET)
    folder = tmp_path / "new" / "folder"
    assert save_draft(draft, folder, ["md", "json"]) == [folder / "survey.md", folder / "outline.json"]
    assert (folder / "survey.md").read_text("utf-8") == render_markdown(draft)
    assert sorted(path.name for path in folder.iterdir()) == [".fourways.json", "outline.json", "survey.md"]


def test_a_draft_replaces_an_older_one(tmp_path: Path) -> None:
    save_draft(make_draft(HOSTILE), tmp_path, ["md"])
    save_draft(make_draft(QUIET), tmp_path, ["md"])
    assert "Quiet Layers" in (tmp_path / "survey.md").read_text("utf-8")


def test_where_writing_fails_the_old_files_stay_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_draft(make_draft(QUIET), tmp_path, ["md", "json"])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(HomeError, match=r"No space left on device.*--out"):
        save_draft(make_draft(HOSTILE), tmp_path, ["md", "json"])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(HomeError, match="cannot be written"):
        save_draft(make_draft(QUIET), tmp_path / "file", ["md"])
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(("given", "formats"), [("md", ["md"]), ("json, MD,json", ["json", "md"])])
def test_formats(given: str, formats: list[str]) -> None:
    assert check_formats(given) == formats


@pytest.mark.parametrize("given", ["odt", "md,pdf", "", ","])
def test_a_format_that_does_not_exist_is_an_error(given: str) -> None:
    with pytest.raises(InputError, match="md, tex, docx, html, bib, ris, csl, json"):
        check_formats(given)
