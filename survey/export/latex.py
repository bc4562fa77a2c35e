r"""A draft as LaTeX, for pdflatex and bibtex as well as for xelatex, lualatex and tectonic; its references are in references.bib.

Every quote is `\quoted{key}{source}{start}{end}{text}`: the paper by its key, whether title or abstract, and the characters there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import Template

from survey.bibliography import SAFE_ADDRESS, is_cjk
from survey.draft.models import Draft, Reference, Sentence, Table
from survey.draft.telling import pieces_of
from survey.export.blocks import (
    FIGURE,
    LINK,
    PAPER,
    REFERENCES,
    Block,
    Heading,
    Listing,
    Text,
    attributed,
    build_blocks,
    column_shares,
    dated,
    gap_of,
    label_of,
    row_of,
    said,
    title_of,
)
from survey.export.latex_text import declarations, escape_address, escape_latex
from survey.figures import Figure

_SECTIONS = {1: "section", 2: "subsection", 3: "subsubsection"}

_HEAD = Template(r"""% pdflatex survey && bibtex survey && pdflatex survey && pdflatex survey
% Characters that pdflatex has no font for are printed as boxes: xelatex, lualatex and tectonic print more of them.
\documentclass[11pt]{article}
\usepackage{iftex}
\usepackage[a4paper,margin=25mm]{geometry}
\usepackage{amsmath,amssymb,array,booktabs,graphicx,longtable,textcomp}
\newcommand{\missing}{{\fboxsep=0pt\fbox{\rule{0pt}{1.2ex}\rule{0.7em}{0pt}}}}
\ifPDFTeX
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
$declared
\makeatletter
\def\UTFviii@undefined@err#1{\missing}
\makeatother
\else
\usepackage{fontspec}
$fonts
\fi
$chinese
\usepackage[numbers,sort&compress]{natbib}
\usepackage[hidelinks,pdfusetitle]{hyperref}
\pdfstringdefDisableCommands{\def\missing{?}\def\ensuremath#1{#1}}
\newcommand{\quoted}[5]{``#5'' \citep{#1}}
\setlength{\emergencystretch}{3em}
\title{$title}
\author{}
\date{}
\begin{document}
$begin
\maketitle
""")
# Chinese in a font of its own: Latin Modern, the main one, has the accents of names that fonts for Chinese lack, and these have
# the Greek, the arrows and the mathematics that it lacks.
_FONTS = r"""\newcommand{\usechinese}[1]{%
\IfFontExistsTF{Noto Serif CJK SC}{#1{Noto Serif CJK SC}}{%
\IfFontExistsTF{Source Han Serif SC}{#1{Source Han Serif SC}}{%
\IfFontExistsTF{Noto Sans CJK SC}{#1{Noto Sans CJK SC}}{%
\IfFontExistsTF{Songti SC}{#1{Songti SC}}{%
\IfFontExistsTF{SimSun}{#1{SimSun}}{%
\IfFontExistsTF{FandolSong-Regular.otf}{#1[BoldFont=FandolHei-Bold.otf]{FandolSong-Regular.otf}}{}}}}}}}
\newcommand*{\chinesefont}{}
\ifXeTeX\IfFileExists{xeCJK.sty}{%
\usepackage{xeCJK}
\renewcommand{\chinesefont}{\setCJKmainfont}
\xeCJKDeclareCharClass{CJK}{"0370 -> "052F, "2070 -> "20CF, "2100 -> "2BFF}
\xeCJKDeclareCharClass{Default}{$latin}}{}\fi
\ifLuaTeX\IfFileExists{luatexja-fontspec.sty}{%
\usepackage{luatexja-fontspec}
\renewcommand{\chinesefont}{\setmainjfont}}{}\fi
\ifx\chinesefont\empty
% Without these packages one font has to do for all.
\renewcommand{\chinesefont}{\setmainfont}
\ifXeTeX\XeTeXlinebreaklocale "zh"\XeTeXlinebreakskip=0pt plus 1pt\fi
\fi
\usechinese{\chinesefont}"""
# Marks that a draft in Chinese shares with its quotes: an apostrophe and dots are theirs, quotation marks are its own.
_LATIN_MARKS, _LATIN_QUOTES = '"2013, "2014, "2018, "2019, "2026', ', "201C, "201D'
_CHINESE = r"""\ifPDFTeX\IfFileExists{CJKutf8.sty}{\usepackage{CJKutf8}}{}\fi
\providecommand{\beginchinese}{}\providecommand{\closechinese}{}
\makeatletter
\@ifpackageloaded{CJKutf8}{%
% CJK would look for a font for what begins with this byte, emoji among it, and stop where there is none.
\renewcommand{\beginchinese}{\let\fouroctets=^^f0\begin{CJK}{UTF8}{gbsn}\let^^f0=\fouroctets}\renewcommand{\closechinese}{\clearpage\end{CJK}}}{}
\makeatother"""


def render_latex(draft: Draft) -> str:
    """The whole document. It needs references.bib and figures/*.pdf beside it."""
    writer = _Writer(draft)
    body = [line for block in build_blocks(draft) for line in writer.block(block)]
    foot = ["\\nocite{*}", "\\bibliographystyle{plainnat}", "\\bibliography{references}"]
    text = "\n".join([*body, *foot])
    shown = [text, draft.outline.title, *(part for reference in draft.references for part in _parts(reference))]
    chinese = any(is_cjk(part) for part in shown)
    head = _HEAD.substitute(
        declared="\n".join(declarations(shown)),
        fonts=_FONTS.replace("$latin", _LATIN_MARKS + ("" if draft.is_chinese else _LATIN_QUOTES)) if chinese else "",
        chinese=_CHINESE if chinese else "",
        title=escape_latex(title_of(draft)),
        begin=_begin(draft, chinese),
    )
    return f"{head}{text}\n" + ("\\closechinese\n" if chinese else "") + "\\end{document}\n"


def _parts(reference: Reference) -> list[str]:
    return [reference.title, *reference.authors, reference.venue or ""]


def _begin(draft: Draft, chinese: bool) -> str:
    """What opens the document: fonts for Chinese where it needs them, and what LaTeX itself calls figures and references."""
    names = (("figurename", FIGURE), ("refname", REFERENCES))
    renamed = [rf"\renewcommand{{\{name}}}{{{label_of(label, draft)}}}" for name, label in names]
    return "\n".join([*(["\\beginchinese"] if chinese else []), *(renamed if draft.is_chinese else [])])


class _Writer:
    """The blocks of one draft as LaTeX."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.by_id = {reference.id: reference for reference in draft.references}
        self.by_key = {reference.key: reference for reference in draft.references}

    def block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            yield f"\n\\{_SECTIONS.get(block.level, 'paragraph')}{{{escape_latex(block.text)}}}"
        elif isinstance(block, Text):
            yield from self._text(block)
        elif isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Listing):
            yield from _listing(block, self.draft)
        else:
            yield from _figure(block)

    def _text(self, text: Text) -> Iterator[str]:
        yield ""
        if text.layout == "prose":
            # A line's end would be a space, which Chinese has none of.
            yield (gap_of(self.draft) and "\n").join(_sentence(sentence) for sentence in text.sentences)
            return
        if text.label:
            yield f"\\paragraph{{{text.label}}}"
        yield "\\begin{itemize}"
        for sentence in text.sentences:
            yield f"\\item {_sentence(sentence) if text.layout == 'gaps' else self._attributed(sentence)}"
        yield "\\end{itemize}"

    def _attributed(self, sentence: Sentence) -> str:
        who = attributed(sentence, self.by_id, self.draft)
        return f"{escape_latex(who)}{gap_of(self.draft)}{_quoted(sentence)}"

    def _table(self, table: Table) -> Iterator[str]:
        """Columns as wide as their texts ask for; it goes on over pages."""
        rows = [[row_of(row.key, self.by_key, self.draft), *(cell.text for cell in row.cells)] for row in table.rows]
        heads = (label_of(PAPER, self.draft), *table.columns)
        shares = column_shares([heads, *rows])
        # What the gaps between the columns take is left over.
        room = 0.98 - 0.012 * len(shares)
        columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{share * room:.3f}\linewidth}}" for share in shares)
        yield "\n{\\footnotesize\\setlength{\\tabcolsep}{3pt}"
        yield f"\\begin{{longtable}}{{@{{}}{columns}@{{}}}}"
        yield f"\\toprule {' & '.join(map(escape_latex, heads))} \\\\ \\midrule\\endhead"
        for row, (name, *texts) in zip(table.rows, rows, strict=True):
            yield f"{escape_latex(name)}~\\citep{{{row.key}}} & {' & '.join(map(self._cell, texts))} \\\\ \\addlinespace[2pt]"
        yield "\\bottomrule\n\\end{longtable}}"

    def _cell(self, text: str) -> str:
        if SAFE_ADDRESS.fullmatch(text):
            return f"\\href{{{escape_address(text)}}}{{{label_of(LINK, self.draft)}}}"
        return escape_latex(text)


def _quoted(sentence: Sentence) -> str:
    quote = sentence.citations[0]
    return (
        rf"\quoted{{{quote.key}}}{{{quote.source}}}{{{quote.start}}}{{{quote.end}}}{{{escape_latex(said(sentence))}}}"
    )


def _sentence(sentence: Sentence) -> str:
    return "".join(
        f"{' ' if text[:1] == ' ' else ''}{escape_latex(text)}{_cited(keys)}" for text, keys in pieces_of(sentence)
    )


def _cited(keys: Sequence[str]) -> str:
    return f"~\\citep{{{','.join(keys)}}}" if keys else ""


def _listing(listing: Listing, draft: Draft) -> Iterator[str]:
    yield f"\n\\paragraph{{{listing.label}}}{{\\small"
    each = (f"{escape_latex(one.title)}{dated(one, draft)} \\citep{{{one.key}}}" for one in listing.references)
    yield ";\n".join(each) + ".\\par}"


def _figure(figure: Figure) -> Iterator[str]:
    yield "\n\\begin{figure}[htbp]\n\\centering"
    yield f"\\includegraphics[width=\\linewidth,height=0.86\\textheight,keepaspectratio]{{figures/{figure.name}.pdf}}"
    yield f"\\caption{{{escape_latex(figure.caption)}}}\n\\end{{figure}}"
