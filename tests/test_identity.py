"""One paper, many ids; and two records that become one paper."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.identity import (
    aliases,
    author_key,
    canonical_id,
    content_hash,
    is_preprint,
    merge,
    same_work,
    title_id,
    title_key,
)
from corpus.models import Paper


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2101.00001", "arxiv:2101.00001"),
        ("2101.00001v3", "arxiv:2101.00001"),
        ("arXiv:2101.00001v12", "arxiv:2101.00001"),
        ("arXiv:2101.00001v1 [cs.LG]", "arxiv:2101.00001"),
        ("http://arxiv.org/abs/2101.00001v2", "arxiv:2101.00001"),
        ("https://arxiv.org/pdf/2101.00001.pdf", "arxiv:2101.00001"),
        ("https://doi.org/10.48550/arXiv.2101.00001", "arxiv:2101.00001"),
        ("math.GT/0309136v1", "arxiv:math/0309136"),
        ("cs/9901001", "arxiv:cs/9901001"),
        ("10.1234/ABC.5", "doi:10.1234/abc.5"),
        ("doi: 10.1234/ABC.5", "doi:10.1234/abc.5"),
        ("https://dx.doi.org/10.1234/abc.5", "doi:10.1234/abc.5"),
        ("10.18653/v1/P19-1613", "acl:P19-1613"),
        ("https://aclanthology.org/2020.acl-main.1/", "acl:2020.acl-main.1"),
        ("acl:p19-1613", "acl:P19-1613"),
        ("  my own\nid ", "my own id"),
        ("Key\ud800", "Key"),
    ],
)
def test_every_spelling_of_an_id_has_one_canonical_form(text: str, canonical: str) -> None:
    assert canonical_id(text) == canonical


@given(st.text())
def test_a_canonical_id_is_its_own_canonical_id(text: str) -> None:
    assert canonical_id(canonical_id(text)) == canonical_id(text)


def test_aliases_are_all_ids_that_a_record_gives() -> None:
    record = Paper(
        title="T", id="byron21", arxiv_id="2101.00001v2", doi="10.1234/X", url="https://aclanthology.org/P19-1613"
    )
    assert aliases(record) == ["byron21", "arxiv:2101.00001", "doi:10.1234/x", "acl:P19-1613"]


def test_an_id_that_is_given_twice_counts_once() -> None:
    record = Paper(title="T", id="arxiv:2101.00001", arxiv_id="2101.00001", url="https://arxiv.org/abs/2101.00001v2")
    assert aliases(record) == ["arxiv:2101.00001"]


def test_a_link_to_anywhere_is_no_id() -> None:
    assert aliases(Paper(title="T", url="https://example.org/thin.html")) == []


@pytest.mark.parametrize("blank", ["N/A", "none", "-", "NaN"])
def test_what_stands_for_no_id_is_none(blank: str) -> None:
    # Else all papers of an export that writes "N/A" would be one.
    assert aliases(Paper(title="T", id=blank, doi=blank, arxiv_id=blank)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thin Adapters", "thin adapters."),
        ("Naïve Bayes", "Nai\u0308ve bayes"),
        (r"{T}hin \emph{adapters}", "Thin adapters"),
        (r"G{\"o}del machines", "Gödel Machines"),
        ("BERT: Pre-training", "BERT - pretraining"),
    ],
)
def test_titles_that_differ_in_dress_have_one_key(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Part I", "Part II"), (r"$\alpha$-nets", r"$\beta$-nets"), ("Layer 1", "Layer 2"), ("注意力", "注意")],
)
def test_titles_that_differ_in_words_have_two_keys(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Edward J. Hu", "hu"),
        ("Hu, Edward J.", "hu"),
        ("Aäron van den Oord", "oord"),
        ("van den Oord, Aäron", "oord"),
        ("Martin King Jr.", "king"),
        ("Plato", "plato"),
        ("张伟", "张伟"),
    ],
)
def test_the_author_key_is_the_family_name(name: str, key: str) -> None:
    assert author_key([name, "Somebody Else"]) == key


def test_no_authors_no_key() -> None:
    assert author_key([]) == author_key([" , "]) == ""


def test_title_first_author_and_a_near_year_make_the_same_work(preprint: Paper, published: Paper) -> None:
    assert same_work(preprint, published)
    assert same_work(published, preprint)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"year": 2023}, True),
        ({"year": 2024}, False),
        ({"year": None}, True),
        ({"authors": ("Somebody Else",)}, False),
        ({"authors": ()}, False),
        ({"authors": ("A. Byron",)}, True),
        ({"title": "Thick Adapters"}, False),
    ],
)
def test_what_must_agree_for_the_same_work(preprint: Paper, change: dict[str, object], same: bool) -> None:
    assert same_work(preprint, preprint.model_copy(update=change)) is same


def test_titles_without_a_letter_say_nothing() -> None:
    assert not same_work(Paper(title="???", authors=("Ada Byron",)), Paper(title="!", authors=("Ada Byron",)))
    assert title_id(Paper(title="???")) != title_id(Paper(title="!"))


@pytest.mark.parametrize(
    "venue", [None, "arXiv", "arXiv.org", "CoRR abs/2101.00001", "ArXiv preprint arXiv:2101.00001"]
)
def test_preprints(venue: str | None) -> None:
    assert is_preprint(Paper(title="T", venue=venue))


def test_a_journal_is_no_preprint_server() -> None:
    assert not is_preprint(Paper(title="T", venue="Journal of Small Models"))


def test_the_publisher_s_facts_win_and_the_newest_abstract_stays(preprint: Paper, published: Paper) -> None:
    paper, origin = merge([("arxiv", preprint), ("journal", published)])
    assert (paper.venue, paper.year, paper.title) == ("Journal of Small Models", 2022, "Thin adapters.")
    assert (paper.arxiv_id, paper.doi) == ("2101.00001", "10.1234/thin.5")
    assert paper.abstract == preprint.abstract
    assert (origin["venue"], origin["abstract"], origin["arxiv_id"]) == ("journal", "arxiv", "arxiv")


def test_categories_and_keywords_are_united() -> None:
    one = Paper(title="T", categories=("cs.LG", "cs.CL"), keywords=("a",))
    other = Paper(title="T", categories=("cs.LG", "cs.CV"))
    paper, origin = merge([("x", one), ("y", other)])
    assert set(paper.categories) == {"cs.LG", "cs.CL", "cs.CV"}
    assert paper.keywords == ("a",)
    assert (origin["categories"], origin["keywords"]) == ("x, y", "x")


def test_published_is_the_first_day_and_updated_the_last() -> None:
    first = Paper(title="T", published="2021-01-02", updated="2021-01-02")
    second = Paper(title="T", published="2021-01-05", updated="2021-09-09")
    paper, _ = merge([("x", second), ("y", first)])
    assert (paper.published, paper.updated) == ("2021-01-02", "2021-09-09")


def test_the_authors_abstract_replaces_a_summary_even_an_older_one() -> None:
    summary = Paper(title="T", abstract="In short.", summary_by="us", updated="2024-01-01", venue="ICLR")
    real = Paper(title="T", abstract="At length.", updated="2019-01-01", venue="arXiv")
    paper, origin = merge([("starter", summary), ("arxiv", real)])
    assert (paper.abstract, paper.summary_by, origin["abstract"]) == ("At length.", None, "arxiv")


def test_a_summary_stands_until_then_and_says_whose_it_is() -> None:
    summary = Paper(title="T", abstract="In short.", summary_by="us")
    paper, _ = merge([("starter", summary), ("list", Paper(title="T"))])
    assert (paper.abstract, paper.summary_by) == ("In short.", "us")


def test_ids_come_out_bare() -> None:
    paper, _ = merge([("x", Paper(title="T", arxiv_id="arXiv:2101.00001v2", doi="https://doi.org/10.1234/Ab"))])
    assert (paper.arxiv_id, paper.doi) == ("2101.00001", "10.1234/Ab")


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (Paper(title="T", id="byron21", arxiv_id="2101.00001"), "byron21"),
        (Paper(title="T", arxiv_id="2101.00001v2", doi="10.1234/X"), "arxiv:2101.00001"),
        (Paper(title="T", doi="10.1234/X"), "doi:10.1234/x"),
        (Paper(title="T", id="N/A"), title_id(Paper(title="T"))),
    ],
)
def test_the_name_of_a_paper(record: Paper, name: str) -> None:
    assert merge([("x", record)])[0].name == name


_WORDS = st.sampled_from(["T", "t.", "Thin"])
_RECORDS = st.builds(
    Paper,
    id=st.sampled_from([None, "a", "b"]),
    title=_WORDS,
    abstract=st.sampled_from([None, "One.", "Two."]),
    authors=st.sampled_from([(), ("Ada Byron",), ("Lin Wei",)]),
    year=st.sampled_from([None, 2020, 2021]),
    venue=st.sampled_from([None, "arXiv", "ICLR", "ACL"]),
    categories=st.lists(st.sampled_from(["cs.LG", "cs.CL"]), max_size=2),
    updated=st.sampled_from([None, "2020-05-05", "2021-05-05"]),
    published=st.sampled_from([None, "2020-05-05"]),
    summary_by=st.sampled_from([None, "us"]),
)


@given(st.lists(st.tuples(st.sampled_from(["x", "y"]), _RECORDS), min_size=1, max_size=4))
def test_the_order_of_records_never_matters(records: list[tuple[str, Paper]]) -> None:
    expected = merge(records)
    assert all(merge(shuffled) == expected for shuffled in itertools.permutations(records))


def test_the_content_hash_follows_title_and_abstract_only() -> None:
    paper = Paper(title="T", abstract="A")
    assert content_hash(paper) == content_hash(paper.model_copy(update={"venue": "ICLR", "year": 2020}))
    assert content_hash(paper) != content_hash(paper.model_copy(update={"abstract": "B"}))
    assert content_hash(Paper(title="T")) != content_hash(paper)


def test_a_list_of_authors_that_was_cut_short_gives_way_to_the_whole_one() -> None:
    cut = Paper(title="Thin", authors=("Ada Byron", "Lin Wei"), venue="A Journal", year=2022)
    whole = Paper(title="Thin", authors=("Ada Byron", "Lin Wei", "Noor Haddad"), year=2021)
    paper, origin = merge([("refs.bib", cut), ("arxiv", whole)])
    assert (paper.authors, origin["authors"], paper.venue) == (whole.authors, "arxiv", "A Journal")
