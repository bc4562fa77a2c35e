"""Printed bibliographies: the styles that are met most, each with one item written for this test."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.identity import author_key
from corpus.sources import Reference
from corpus.sources.bbl import MAX_ITEM, MAX_ITEMS, Item, find_ids, parse_bbl

NATBIB = r"""
\begin{thebibliography}{2}
\providecommand{\natexlab}[1]{#1}
\bibitem[Byron et~al.(2019)Byron, Wei, and N{\'u}{\~n}ez]{byron2019}
Ada Byron, Lin Wei, and {\'E}mile N{\'u}{\~n}ez.
\newblock Thin adapters for {BERT}-like models.
\newblock In \emph{Proceedings of the Made-up Meeting}, pp.\  1901--1950, 2019.
\newblock URL \url{https://arxiv.org/abs/1902.00001}.
\end{thebibliography}
"""
ACL = r"""\bibitem[{Wei and Haddad(2020{\natexlab{a}})}]{wei2020}
Lin Wei and Noor Haddad. 2020{\natexlab{a}}.
\newblock \href {https://doi.org/10.18653/v1/P19-1613} {A parser for notes}.
\newblock In \emph{Proceedings of ACL}.
"""
PLAIN = r"""\bibitem{plain}
A.~Byron and L.~Wei.
\newblock Thin adapters.
\newblock {\em CoRR}, abs/1902.00001, 2019.
"""
IEEE = r"""\bibitem{IEEEhowto:kopka}
A.~Byron, L.~Wei, and N.~Haddad, ``Low ranks suffice,'' \emph{arXiv preprint arXiv:2106.00001}, 2021.
"""
SPRINGER = r"""\bibitem{lncs}
Byron, A.J., Wei, L.: Gated losses for dialogue. In: Made-up Meeting. pp. 1--9 (2021).
  \doi{10.1007/978-3-030-00001-1\_12}
"""
ACM = r"""\bibitem[Byron and Wei(2018)]%
        {acm}
\bibfield{author}{\bibinfo{person}{Ada Byron} {and} \bibinfo{person}{Lin Wei}.} \bibinfo{year}{2018}\natexlab{}.
\newblock \showarticletitle{Plug-and-play attention}.
\newblock \bibinfo{journal}{\emph{Made-up J.}} \bibinfo{volume}{3} (\bibinfo{year}{2018}).
\newblock
\showDOI{\url{https://doi.org/10.1145/3000000.3000001}}
\showeprint[arxiv]{cs.CL/1801.00001}
"""
REVTEX = r"""\bibitem [{\citenamefont {Byron}\ and\ \citenamefont {Wei}(2001)}]{revtex}%
  \BibitemOpen
  \bibfield  {author} {\bibinfo {author} {\bibfnamefont {A.}~\bibnamefont {Byron}}\ and\ \bibinfo {author}
  {\bibfnamefont {L.}~\bibnamefont {Wei}},\ }\bibfield  {title} {\bibinfo {title} {Frozen spins},\ }\href
  {https://doi.org/10.1103/PhysRevLett.1.1} {\bibfield  {journal} {\bibinfo  {journal} {Phys. Rev. Lett.}\ }\textbf
  {\bibinfo {volume} {1}},\ \bibinfo {pages} {1} (\bibinfo {year} {2001})},\ \Eprint
  {https://arxiv.org/abs/cond-mat/0101001} {cond-mat/0101001} \BibitemShut {NoStop}%
"""
APA = r"""\bibitem[\protect\citeauthoryear{Byron}{Byron}{2015}]{apa}
Byron, A. (2015).
\newblock Causal benchmarks.
\newblock {\em Made-up Letters}, 3.
"""
ELSEVIER = r"\bibitem{els} A.~Byron, L.~Wei, Sparse teachers, in: Made-up Systems, 2017, pp. 5998--6008."
VANCOUVER = r"\bibitem{van} Byron A, Wei L. Sparse teachers. J Made Up. 2016;3(2):1--9."

BIBLATEX = r"""
    \entry{nunez}{article}{}
      \name{author}{2}{}{%
        {{un=0,uniquepart=base,hash=a}{%
           family={N{\'u}{\~n}ez},
           familyi={N\bibinitperiod},
           given={{\'E}mile\bibnamedelima J.},
           giveni={E\bibinitperiod\bibinitdelim J\bibinitperiod},
           prefix={de\bibnamedelima la}}}%
        {{hash=b}{family={Wei},given={Lin}}}%
      }
      \field{eprintclass}{cs.CL}
      \field{eprinttype}{arxiv}
      \field{title}{Low {R}anks}
      \field{subtitle}{do they suffice?}
      \field{year}{2021}
      \verb{eprint}
      \verb 2106.00001
      \endverb
      \verb{doi}
      \verb 10.5555/ranks_1
      \endverb
    \endentry
    \entry{old}{inproceedings}{}
      \name{author}{1}{}{%
        {{hash=x}{Byron}{B.}{Ada}{A.}{}{}{}{}}%
      }
      \field{booktitle}{Made-up Meeting}
      \field{title}{Thin adapters}
      \field{year}{2019}
    \endentry
"""


def one(text: str) -> Item:
    (item,) = parse_bbl(text)
    return item


@pytest.mark.parametrize(
    ("text", "key", "reference"),
    [
        (
            NATBIB,
            "byron2019",
            Reference(("arxiv:1902.00001",), "Thin adapters for BERT-like models", ("Ada Byron",), 2019),
        ),
        (ACL, "wei2020", Reference(("acl:P19-1613",), "A parser for notes", ("Lin Wei",), 2020)),
        (PLAIN, "plain", Reference(("arxiv:1902.00001",), "Thin adapters", ("A. Byron",), 2019)),
        (IEEE, "IEEEhowto:kopka", Reference(("arxiv:2106.00001",), "Low ranks suffice", ("A. Byron",), 2021)),
        (
            SPRINGER,
            "lncs",
            Reference(("doi:10.1007/978-3-030-00001-1_12",), "Gated losses for dialogue", ("Byron",), 2021),
        ),
        (
            ACM,
            "acm",
            Reference(
                ("arxiv:1801.00001", "doi:10.1145/3000000.3000001"), "Plug-and-play attention", ("Ada Byron",), 2018
            ),
        ),
        (
            REVTEX,
            "revtex",
            Reference(("arxiv:cond-mat/0101001", "doi:10.1103/physrevlett.1.1"), "Frozen spins", ("A. Byron",), 2001),
        ),
        (APA, "apa", Reference((), "Causal benchmarks", ("Byron",), 2015)),
        (ELSEVIER, "els", Reference((), "", ("A. Byron",), 2017)),  # nothing tells a title from a journal here
        (VANCOUVER, "van", Reference((), "", ("Byron, A",), 2016)),
    ],
    ids=["natbib", "acl", "plain", "ieee", "springer", "acm", "revtex", "apa", "elsevier", "vancouver"],
)
def test_a_style(text: str, key: str, reference: Reference) -> None:
    item = one(text)
    assert (item.key, item.reference) == (key, reference)


def test_the_text_has_a_line_for_each_part_and_no_latex() -> None:
    assert one(NATBIB).text.split("\n") == [
        "Ada Byron, Lin Wei, and Émile Núñez.",
        "Thin adapters for BERT-like models.",
        "In Proceedings of the Made-up Meeting, pp. 1901–1950, 2019.",
        "URL .",
    ]


def test_biblatex() -> None:
    new, old = parse_bbl(BIBLATEX)
    assert new.reference == Reference(
        ("arxiv:2106.00001", "doi:10.5555/ranks_1"), "Low Ranks: do they suffice?", ("de la Núñez, Émile J.",), 2021
    )
    assert old.reference == Reference((), "Thin adapters", ("Byron, Ada",), 2019)
    assert (new.key, old.key) == ("nunez", "old")
    assert old.text.split("\n") == ["Byron, Ada", "Thin adapters", "Made-up Meeting", "2019"]


@pytest.mark.parametrize(
    ("start", "family"),
    [
        ("Ada Byron.", "byron"),
        ("Ada Byron et~al.", "byron"),
        ("A.~Byron and L.~Wei.", "byron"),
        ("Byron, A., Wei, L.", "byron"),
        ("Byron, Ada and Wei, Lin.", "byron"),
        ("Byron A, Wei L.", "byron"),
        ("A.~van~den Oord \\& B. Wei.", "oord"),
        ("Z.~Bal{\\'a}zs, Jr., L.~Wei.", "balazs"),
        ("{OpenThings}.", "openthings"),
        ("Byron, A. (2015).", "byron"),
    ],
)
def test_the_first_author(start: str, family: str) -> None:
    item = one(f"\\bibitem{{k}} {start}\n\\newblock Thin adapters.\n\\newblock 2019.")
    assert author_key(item.reference.authors) == family


@pytest.mark.parametrize(
    ("latex", "ids"),
    [
        (r"\emph{arXiv preprint arXiv:2106.09685v2}", ["arxiv:2106.09685"]),
        (r"arXiv: 2106.09685 [cs.CL]", ["arxiv:2106.09685"]),
        (r"{\em CoRR}, abs/2106.09685", ["arxiv:2106.09685"]),
        (r"\eprint{2106.09685}", ["arxiv:2106.09685"]),
        (r"\url{http://arxiv.org/pdf/2106.09685v1.pdf}", ["arxiv:2106.09685"]),
        (r"\href{https://arxiv.org/abs/2106.09685}{arXiv:2106.09685}", ["arxiv:2106.09685"]),
        (r"\href{http://arxiv.org/abs/hep-th/9711200}{{\tt hep-th/9711200}}", ["arxiv:hep-th/9711200"]),
        (r"arXiv:math.GT/0309136", ["arxiv:math/0309136"]),
        (r"doi:10.5555/3295222.3295349.", ["doi:10.5555/3295222.3295349"]),
        (r"\doi{10.1016/S0893-6080(05)80056-5}", ["doi:10.1016/s0893-6080(05)80056-5"]),
        (r"(\url{https://doi.org/10.1000/abc})", ["doi:10.1000/abc"]),
        (r"(doi: 10.1000/abc).", ["doi:10.1000/abc"]),
        (r"\path{doi:10.1007/978-3\_12}", ["doi:10.1007/978-3_12"]),
        ("\\url{https://doi.org/10.1007/97%\n  8-3}", ["doi:10.1007/978-3"]),
        (r"10.48550/arXiv.2106.09685", ["arxiv:2106.09685"]),
        (r"\url{https://aclanthology.org/2020.acl-main.1/}", ["acl:2020.acl-main.1"]),
        (r"\url{https://www.aclweb.org/anthology/P19-1613}", ["acl:P19-1613"]),
        (r"pages 2106--2113, vol. 10.12345, 2019", []),
        (r"arXiv, 2019. pp. 1234.56789", []),
        (r"see 2106.09685", []),
    ],
)
def test_ids_in_latex(latex: str, ids: list[str]) -> None:
    assert list(find_ids(latex)) == ids


def test_items_that_are_commented_out_are_no_items() -> None:
    assert [
        item.key for item in parse_bbl("\\bibitem{a} A. Byron.\n% \\bibitem{b} L. Wei.\n\\bibitem{c} C. Haddad.")
    ] == [
        "a",
        "c",
    ]


def test_what_follows_the_environment_is_no_part_of_the_last_item() -> None:
    text = NATBIB + "\\section{Proofs} See arXiv:2106.00001.\n" + NATBIB
    assert [item.reference.ids for item in parse_bbl(text)] == [("arxiv:1902.00001",)] * 2


def test_an_item_is_cut_and_so_is_the_list() -> None:
    items = parse_bbl("\\bibitem{k} " + "word " * 10_000)
    assert len(items[0].text) <= MAX_ITEM
    assert len(parse_bbl("\\bibitem{k} A. Byron.\n" * (MAX_ITEMS + 10))) == MAX_ITEMS


@pytest.mark.parametrize(
    "text",
    [
        "\\bibitem{k} {{{{ unbalanced ``quotes. \\newblock $x^{2",
        "\\bibitem[{k} no end of the label",
        "\\bibitem",
        "\\bibitem{",
        "\\bibitem{k}" + "{" * 4_000,
        "\\bibitem{k}" + "\\url{" * 900,
        "\\bibitem{k}" + "“" * 4_000,
        "\\bibitem{k}" + "\\sqrt[" * 800,
        "\\bibitem{k}" + "a" * 4_000 + ":",
        "\\entry{a}{b}{}" + "\\field{title}" * 300,
        "\\entry{a}{b}{}\\name{author}{1}{}{" + "{" * 4_000,
    ],
    ids=range(11),
)
def test_broken_latex_takes_little_time(text: str) -> None:
    began = time.perf_counter()
    parse_bbl(text)
    assert time.perf_counter() - began < 1.0


def test_ten_megabytes_in_one_line_take_little_time() -> None:
    began = time.perf_counter()
    for text in ("\\bibitem{k}" + "x" * 10_000_000, "\\bibitem{k} A. Byron. " * 500_000, "{" * 10_000_000):
        parse_bbl(text)
    assert time.perf_counter() - began < 10.0


@given(
    st.lists(
        st.sampled_from(["\\bibitem", "{", "}", "[", "]", "\\newblock", "%", "\n", "\\entry{k}{a}{", "\\field{title}"])
        | st.text(max_size=8),
        max_size=30,
    ).map("".join)
)
def test_no_text_makes_the_reader_fail(text: str) -> None:
    for item in parse_bbl(text):
        assert item.text or item.reference.ids
