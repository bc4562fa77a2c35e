"""LaTeX and HTML as plain text; names, years and addresses out of whatever holds them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.models import clean_line
from corpus.sources.fields import read_day, read_year, split_names, turn_name
from corpus.sources.markup import html_to_text, latex_to_link, latex_to_text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"G{\"o}del and G\"odel and G\"{o}del", "Gödel and Gödel and Gödel"),
        (
            r"\v{c} {\v c} \'{\i} \'\i{} \c{c} \H{o} \k{a} \u{g} \r{a} \=a \.z \~n \^o \`a",
            "č č í í ç ő ą ğ å ā ż ñ ô à",
        ),
        (r"Stra{\ss}e, Stra\ss e", "Straße, Straße"),
        (r"{\L}ukasz {\O}rsted \AE{}on {\oe}uvre {\AA}ngstr{\"o}m", "Łukasz Ørsted Æon œuvre Ångström"),
        ("{BERT}: {P}re-{T}raining", "BERT: Pre-Training"),
        (r"$\alpha$-mixing in $O(n^2)$ and $\ell_1$, H$_2$O", "α-mixing in O(n^2) and ℓ_1, H_2O"),
        (r"$\mathcal{O}(\sqrt{n})$, $\frac{1}{2} \times k$-means", "𝒪(√(n)), 1/2× k-means"),
        (r"A \& B, 50\% of \#1, a\_b, \$5", "A & B, 50% of #1, a_b, $5"),
        ("50% of A & B for $5, #1", "50% of A & B for $5, #1"),
        ("pages 1--2 --- ``so'' it~is", "pages 1–2 — “so” it is"),
        (r"\emph{The} \textbf{bold} {\em one} \textsc{Bert} \mbox{3D}", "The bold one Bert 3D"),
        (r"\url{https://a.b/c} \href{https://a.b}{here} \cite[p.~1]{x}", "https://a.b/c here"),
        (r"\unknown{kept} {\relax Ch}ris \noopsort{b}", "kept Chris b"),
        (
            r"\textless{}b\textgreater{} \textbar{} \textbraceleft x\textbraceright{} \textasciicircum{} \textasciitilde{}",
            "<b> | {x} ^ ~",
        ),
        (r"x \textit{y", "x y"),
        (r"\sqrt[", "["),
        (r"\verb", ""),
        (r"\today", ""),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_latex(latex: str, text: str) -> None:
    assert clean_line(latex_to_text(latex)) == text


@pytest.mark.parametrize(
    "latex", ["{" * 10_000 + r"\'e", r"\emph" * 10_000 + "{x}", r"\begin{a}" * 5_000, r"\(" * 5_000]
)
def test_latex_that_is_nested_too_deep_loses_its_commands_alone(latex: str) -> None:
    assert len(latex_to_text(latex)) <= len(latex)


@pytest.mark.parametrize("piece", ["$", "{a", "}", r"\v ", "$ ", r"\[ ", "\\", "<i ", "&a", "<p", " "])
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    start = time.perf_counter()
    latex_to_text(html_to_text(piece * (60_000 // len(piece))))
    assert time.perf_counter() - start < 10


@given(
    st.lists(
        st.sampled_from(
            ["\\", "{", "}", "$", "%", "&", "\\'", "\\frac", "\\verb", "\\sqrt[", "\\begin{", "a", " ", "~", "\\href"]
        )
    )
)
def test_no_latex_fails(pieces: list[str]) -> None:
    assert isinstance(latex_to_text("".join(pieces)), str)


@given(st.text(alphabet=st.characters(exclude_characters="\\${}~-`'"), max_size=50))
def test_text_without_markup_stays_as_it_is(text: str) -> None:
    assert latex_to_text(text) == text


@pytest.mark.parametrize(
    ("latex", "link"),
    [
        (r"\url{https://a.b/c\_d\%20e}", "https://a.b/c_d%20e"),
        (r"https://a.b/$\sim$ada", "https://a.b/~ada"),
        (r"https://a.b/{\textasciitilde}ada\#x", "https://a.b/~ada#x"),
        (r"\href{https://a.b/c}{a page}", "https://a.b/c"),
        ("10.1234/a{\\_}b", "10.1234/a_b"),
    ],
)
def test_links(latex: str, link: str) -> None:
    assert latex_to_link(latex) == link


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<i>E. coli</i> &amp; CO<sub>2</sub>", "E. coli & CO2"),
        ("<jats:title>Abstract</jats:title><jats:p>One.</jats:p>", " Abstract  One. "),
        ("if x < y and y > z", "if x < y and y > z"),
        ("R&D; &unknown; &#955;-calculus &#xe9;", "R&D; &unknown; λ-calculus é"),
        ("List<T> of <b>", "List<T> of "),
    ],
)
def test_html(html: str, text: str) -> None:
    assert html_to_text(html) == text


# ---- names, years, days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Byron", ["Ada Byron"]),
        ("Byron, Ada", ["Ada Byron"]),
        ("van den Oord, Aäron", ["Aäron van den Oord"]),
        ("van den Oord, Aäron Jan", ["Aäron Jan van den Oord"]),
        ("Ada Byron, Lin Wei, Jan van den Berg", ["Ada Byron", "Lin Wei", "Jan van den Berg"]),
        ("Ada Byron, Lin Wei, and John Smith", ["Ada Byron", "Lin Wei", "John Smith"]),
        ("Byron, A., Wei, L.", ["A. Byron", "L. Wei"]),
        ("Byron, Ada; Wei, Lin", ["Ada Byron", "Lin Wei"]),
        ("Byron A.; Wei L.; et al.", ["Byron A.", "Wei L."]),
        ("Byron, Ada (57200000); Wei, Lin (1)", ["Ada Byron", "Lin Wei"]),
        ("Smith, Jr., John and Wei, Lin", ["John Smith Jr.", "Lin Wei"]),
        ("王小明；李", ["王小明", "李"]),
        ("王, 小明", ["王小明"]),
        ("Anderson Bland", ["Anderson Bland"]),
        ("", []),
        (";;,", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert split_names(text) == names


@given(st.text(max_size=30))
def test_no_names_fail(text: str) -> None:
    assert all(isinstance(name, str) and name for name in [*split_names(text), turn_name(text) or "x"])


@pytest.mark.parametrize("text", [" " * 1_000_000, "a, " * 300_000, " and " * 200_000, "(1" * 500_000])
def test_hostile_names_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    split_names(text)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2021", 2021),
        (2021, 2021),
        ("c1999", 1999),
        ("June 2021", 2021),
        ("20210617", None),
        ("99999", None),
        (99999, None),
        (True, None),
        (None, None),
    ],
)
def test_years(text: object, year: int | None) -> None:
    assert read_year(text) == year


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-06-17", "2021-06-17"),
        ("2021/6/7/", "2021-06-07"),
        ("2021-06-17T10:00:00Z", "2021-06-17"),
        ("2021-02-30", None),
        ("2021", None),
        (7, None),
    ],
)
def test_days(text: object, day: str | None) -> None:
    assert read_day(text) == day
