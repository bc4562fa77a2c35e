"""References as BibTeX, RIS and CSL-JSON: our own importers read back what was written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO

import pytest
from export_drafts import QUIET, hostile_papers, make_draft

from corpus.models import Paper
from corpus.sources import Fault, bibtex, csl, ris
from corpus.sources.fields import build_paper
from corpus.sources.markup import html_to_text
from survey.bibliography import Name, build_record, short_address, short_name, split_name
from survey.draft.models import Draft, Reference
from survey.export.bibtex import render_bibtex
from survey.export.csl import render_csl
from survey.export.ris import render_ris

READ = {
    "bib": lambda draft: bibtex.read(BytesIO(render_bibtex(draft).encode())),
    "ris": lambda draft: ris.read(BytesIO(render_ris(draft).encode())),
    "csl": lambda draft: (build_paper(csl.to_values(item), "item") for item in json.loads(render_csl(draft))),
}


def read_back(draft: Draft, name: str) -> list[Paper]:
    found: Iterable[Paper | Fault] = READ[name](draft)
    papers = [one for one in found if isinstance(one, Paper)]
    assert len(papers) == len(draft.references)
    return papers


@pytest.mark.parametrize("name", READ)
def test_title_authors_year_and_ids_come_back(name: str) -> None:
    found = {paper.title: paper for paper in read_back(make_draft(QUIET), name)}
    for paper in QUIET:
        back = found[paper.title]
        assert (back.authors, back.year, back.arxiv_id, back.doi) == (
            paper.authors,
            paper.year,
            paper.arxiv_id,
            paper.doi,
        )
        assert back.url == paper.url or back.arxiv_id or back.doi


@pytest.mark.parametrize("name", READ)
def test_hostile_titles_and_names_come_back(name: str) -> None:
    found = {paper.title: paper for paper in read_back(make_draft(hostile_papers()), name)}
    for paper in hostile_papers():
        # RIS and CSL-JSON have markup in titles, which is read as such.
        back = found[paper.title if name == "bib" else html_to_text(paper.title)]
        assert [html_to_text(author) for author in paper.authors] == [html_to_text(author) for author in back.authors]
        assert back.year == paper.year


def test_an_address_that_is_no_web_address_is_left_out() -> None:
    draft = make_draft(hostile_papers())
    for text in (render_bibtex(draft), render_ris(draft), render_csl(draft)):
        assert "javascript" not in text
        assert "a.b/" not in text


def test_a_bibtex_entry() -> None:
    (entry,) = [part for part in render_bibtex(make_draft(QUIET)).split("\n\n") if "Loud" in part]
    assert entry.strip() == (
        "@misc{vanderhof2021loud,\n"
        "  title = {{Loud layers: a reply}},\n"
        "  author = {van der Hof, Laurens},\n"
        "  year = {2021},\n"
        "  eprint = {2101.00001},\n"
        "  archiveprefix = {arXiv},\n"
        "  url = {https://arxiv.org/abs/2101.00001}\n"
        "}"
    ).replace("vanderhof", "hof")


def test_a_paper_without_authors_has_a_key_to_be_sorted_by() -> None:
    draft = make_draft([QUIET[0].model_copy(update={"authors": (), "title": "Quiet & loud"})])
    assert "  key = {Quiet \\& loud},\n" in render_bibtex(draft)
    assert "key = " not in render_bibtex(make_draft(QUIET))


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Ana Brown", Name("Brown", "Ana")),
        ("Brown, Ana", Name("Brown", "Ana")),
        ("Laurens van der Hof", Name("van der Hof", "Laurens")),
        ("Jürgen Fox Jr.", Name("Fox", "Jürgen", "Jr.")),
        ("Fox, Jr., Jürgen", Name("Fox", "Jürgen", "Jr.")),
        ("OpenToys", Name("OpenToys")),
        ("Research and Development Group", Name("Research and Development Group")),
        ("李伟", Name("李伟")),
    ],
)
def test_names_in_parts(author: str, name: Name) -> None:
    assert split_name(author) == name


@pytest.mark.parametrize(
    ("venue", "kind"),
    [
        ("Journal of Toys", "article"),
        ("IEEE Transactions on Toys", "article"),
        ("TOYCONF", "inproceedings"),
        ("arXiv", "misc"),
        (None, "misc"),
    ],
)
def test_kinds_of_publication(venue: str | None, kind: str) -> None:
    assert build_record(Reference(id="x", key="x", title="X", venue=venue)).kind == kind


def test_how_a_text_speaks_of_a_paper() -> None:
    reference = Reference(id="x", key="x", title="Toys", year=2020)
    assert short_name(reference) == "“Toys” (2020)"
    assert short_name(reference.model_copy(update={"authors": ("Ana Brown", "Jo Fox")})) == "Brown and Fox (2020)"
    assert short_name(reference.model_copy(update={"authors": ("A B", "C D", "E F"), "year": None})) == "B et al."


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://github.com/toys/quiet", "toys/quiet"),
        ("https://example.org/", "example.org"),
        ("https://example.org/code", "code"),
        ("https://github.com/toys/quiet.git", "toys/quiet"),
    ],
)
def test_short_addresses(address: str, shown: str) -> None:
    assert short_address(address) == shown
