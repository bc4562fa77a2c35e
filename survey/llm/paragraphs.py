"""Paragraphs: runs of quotes in a section, worded anew by a model where its sentences hold, and as they were where not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from corpus.models import Paper
from survey.draft.models import Draft, Quote, Sentence
from survey.llm.asking import Question
from survey.llm.client import Failure
from survey.llm.prompts import SENTENCES_FORM, build_sentences_prompt, read_sentences
from survey.llm.reading import Cited, Reading
from survey.llm.support import find_fault

# Sentences that are a paper's own words; all others are facts that we have counted, and stay as they are.
QUOTED = frozenset({"quote", "problem"})
# A model that is asked to join quotes has no reason for more sentences than this for each of them.
_MOST = 2


@dataclass(frozen=True)
class Paragraph:
    """Neighbouring quoted sentences of one section: sentences[start:end] of the draft."""

    start: int
    end: int
    sentences: tuple[Sentence, ...]

    def quotes(self) -> dict[str, list[Quote]]:
        """Key -> the quotes it stands for here, in reading order."""
        found: dict[str, list[Quote]] = {}
        for sentence in self.sentences:
            for quote in sentence.citations:
                if quote not in found.setdefault(quote.key, []):
                    found[quote.key].append(quote)
        return found


@dataclass
class Tally:
    """What became of a model's sentences: how many it `wrote`, were `kept`, or were only `copied`, and why the others were not."""

    wrote: int = 0
    kept: int = 0
    copied: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def find_paragraphs(draft: Draft) -> list[Paragraph]:
    """The runs of two or more quoted sentences of one section and kind, in reading order."""
    found, start = [], 0
    for (_, kind), run in groupby(draft.sentences, key=lambda one: (one.section, one.kind)):
        sentences = tuple(run)
        if kind in QUOTED and len(sentences) > 1 and all(one.citations and not one.smoothed for one in sentences):
            found.append(Paragraph(start, start + len(sentences), sentences))
        start += len(sentences)
    return found


def build_question(paragraph: Paragraph, draft: Draft) -> Question:
    """What is asked about a paragraph."""
    section = paragraph.sentences[0].section
    quotes = [(key, quote.quote) for key, some in paragraph.quotes().items() for quote in some]

    def check(text: str) -> None:
        if len(read_sentences(text)) > _MOST * len(quotes) + _MOST:
            raise Failure("more sentences than asked for", "the model wrote more sentences than asked for", spoke=True)

    heading = section[-1] if section else draft.outline.topic
    return Question(build_sentences_prompt(heading, quotes), SENTENCES_FORM, check)


def build_sentences(paragraph: Paragraph, answer: str, papers: Mapping[str, Paper], tally: Tally) -> list[Sentence]:
    """The sentences of a paragraph after a model's answer.

    Each of the model's that holds is taken; for one that doesn't, the quotes it cites stand, unless another that holds cites them.
    Quotes that nothing cites come last, so that none is lost. Where none holds, all is as it was.
    """
    judged = list(_judge(paragraph, answer, papers, tally))
    if not any(sentence for sentence, _ in judged):
        return list(paragraph.sentences)
    said = {key for sentence, _ in judged if sentence for key in _keys(sentence)}
    left = [one for one in paragraph.sentences if not _keys(one) <= said]
    written: list[Sentence] = []
    for sentence, keys in judged:
        if sentence:
            written.append(sentence)
            continue
        written += [one for one in left if _keys(one) & keys]
        left = [one for one in left if not _keys(one) & keys]
    return [*written, *left]


def _judge(
    paragraph: Paragraph, answer: str, papers: Mapping[str, Paper], tally: Tally
) -> Iterator[tuple[Sentence | None, frozenset[str]]]:
    """For each sentence of the answer the Sentence that stands for it, None where it does not hold, and the known keys it cites."""
    quotes = paragraph.quotes()
    as_it_was = {one.text: one for one in paragraph.sentences}
    seen: set[str] = set()
    for text, keys in read_sentences(answer):
        tally.wrote += 1
        known = frozenset(keys) & quotes.keys()
        fault = "the same again" if text in seen else _fault(text, keys, quotes, papers)
        seen.add(text)
        if fault:
            tally.refused[fault] += 1
            yield None, known
            continue
        cited = tuple(quote for key, some in quotes.items() if key in known for quote in some)
        was = as_it_was.get(text)
        if was and _keys(was) == known:
            tally.copied += 1
            yield was, known
        else:
            tally.kept += 1
            first = paragraph.sentences[0]
            yield Sentence(section=first.section, text=text, citations=cited, kind=first.kind, smoothed=True), known


def _fault(
    text: str, keys: Sequence[str], quotes: Mapping[str, list[Quote]], papers: Mapping[str, Paper]
) -> str | None:
    if not keys:
        return "no key"
    if not set(keys) <= quotes.keys():
        return "a key that was not given"
    cited = [quote for key, some in quotes.items() if key in keys for quote in some]
    if any(text == quote.quote for quote in cited) and len(cited) == 1:
        return None
    around = [papers[quote.id] for quote in cited]
    words = frozenset().union(*(Reading(f"{paper.title} {paper.abstract or ''}").stems for paper in around))
    return find_fault(text, Cited(tuple(Reading(quote.quote) for quote in cited), words))


def _keys(sentence: Sentence) -> frozenset[str]:
    return frozenset(quote.key for quote in sentence.citations)
