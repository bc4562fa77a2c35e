"""A small draft for the tests of `survey.llm`: four papers in two sections below one, all in our own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from servers.language_model import LanguageModelServer

from corpus.models import Paper
from survey.draft import Cell, Draft, Quote, Reference, Row, Sentence, Table
from survey.llm import Settings, load_settings
from survey.outline import Outline, Section

ADAPTERS = Paper(
    id="p:adapters",
    title="Adapters for Speech",
    abstract="Adapters are small layers between the frozen layers of a speech model. However, they cost time.",
    year=2020,
)
RANKS = Paper(
    id="p:ranks",
    title="LoRA for Speech",
    abstract="LoRA learns low-rank updates of the weights of a frozen speech model.",
    year=2021,
)
PROMPTS = Paper(
    id="p:prompts",
    title="Prompts for Speech",
    abstract="A few learned vectors before the input are enough for small tasks. Prompts do not help on long recordings.",
    year=2022,
)
BIASES = Paper(
    id="p:biases",
    title="BitFit for Speech",
    abstract="BitFit trains only 0.1% of the weights and may match full fine-tuning on long recordings.",
    year=2023,
)
PAPERS = [ADAPTERS, RANKS, PROMPTS, BIASES]
KEYS = {"p:adapters": "byron2020", "p:ranks": "hu2021", "p:prompts": "wei2022", "p:biases": "zaken2023"}

ADAPTERS_QUOTE = "Adapters are small layers between the frozen layers of a speech model."
RANKS_QUOTE = "LoRA learns low-rank updates of the weights of a frozen speech model."
PROMPTS_QUOTE = "Prompts do not help on long recordings."
BIASES_QUOTE = "BitFit trains only 0.1% of the weights and may match full fine-tuning on long recordings."

LAYERS, INPUTS = ("Speech models", "Small layers"), ("Speech models", "Inputs")


def cite(paper: Paper, words: str) -> Quote:
    """`words` of the paper's abstract as a quote."""
    start = (paper.abstract or "").index(words)
    return Quote(
        key=KEYS[paper.name], id=paper.name, quote=words, start=start, end=start + len(words), source="abstract"
    )


def quoted(section: tuple[str, ...], paper: Paper, words: str) -> Sentence:
    return Sentence(section=section, text=words, citations=(cite(paper, words),))


def counted(section: tuple[str, ...], text: str) -> Sentence:
    title = Quote(
        key="byron2020", id="p:adapters", quote=ADAPTERS.title, start=0, end=len(ADAPTERS.title), source="title"
    )
    return Sentence(section=section, text=text, citations=(title,), kind="counted")


DRAFT = Draft(
    outline=Outline(
        topic="speech",
        title="Speech: a survey",
        sections=(
            Section(
                title="Speech models",
                sections=(
                    Section(title="Small layers", papers=("p:adapters", "p:ranks")),
                    Section(title="Inputs", papers=("p:prompts", "p:biases")),
                ),
            ),
        ),
    ),
    references=tuple(Reference(id=paper.name, key=KEYS[paper.name], title=paper.title) for paper in PAPERS),
    sentences=(
        counted((), "The largest section is Speech models (4 papers)."),
        counted(LAYERS, "Two papers belong here."),
        quoted(LAYERS, ADAPTERS, ADAPTERS_QUOTE),
        quoted(LAYERS, RANKS, RANKS_QUOTE),
        counted(INPUTS, "Two papers belong here."),
        quoted(INPUTS, PROMPTS, PROMPTS_QUOTE),
        quoted(INPUTS, BIASES, BIASES_QUOTE),
    ),
    tables=(Table(section=LAYERS, columns=("year",), rows=(Row(key="hu2021", cells=(Cell(text="2021"),)),)),),
)
# What a rewriting of the draft asks: the headings of the first level, those of the second, and two paragraphs.
QUESTIONS = 4


def quick(server: LanguageModelServer, **bounds: Any) -> Settings:
    """Settings for a server of the tests: hardly any patience."""
    settings = load_settings(server.base, "toy", environment={})
    return replace(settings, **({"retries": 0, "answer_seconds": 0.5, "request_seconds": 1.0} | bounds))
