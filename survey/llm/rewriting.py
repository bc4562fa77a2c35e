"""A draft, reworded by a language model where its words hold; always a whole draft, whatever the server does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence

from corpus.models import Paper
from corpus.report import Progress
from survey.draft.models import Draft
from survey.llm import headings as headed
from survey.llm import paragraphs as worded
from survey.llm.asking import NOT_ASKED, Outcome, ask_all
from survey.llm.client import Failure
from survey.llm.report import Report
from survey.llm.settings import Settings, load_key


def rewrite(
    draft: Draft, papers: Sequence[Paper], settings: Settings, progress: Progress | None = None
) -> tuple[Draft, Report]:
    """The draft with the headings and paragraphs of a model's that hold, and what came of asking.

    `papers` are those of the draft. A sentence that the model worded keeps the quotes it rests on and is marked `smoothed`; each
    quote of the draft is still cited. Whatever the server does, a whole draft comes back. `progress` is called several times a
    second and may raise to stop. Raises InputError for a key that must not be sent.
    """
    started = time.monotonic()
    by_id = {paper.name: paper for paper in papers}
    groups = list(headed.find_siblings(draft.outline.sections))
    paragraphs = worded.find_paragraphs(draft)
    questions = [
        *(headed.build_question(group, draft.outline.topic, by_id) for group in groups),
        *(worded.build_question(paragraph, draft) for paragraph in paragraphs),
    ]

    def tick(done: int) -> None:
        if progress:
            progress("Asking the language model", done, len(questions))

    outcome = ask_all(questions, settings, load_key(settings), tick)
    tally, refused = worded.Tally(), Counter[str]()
    answers = outcome.answers[len(groups) :]
    sentences, extracted = _reword(draft, paragraphs, answers, by_id, tally)
    told = [(group, answer) for group, answer in zip(groups, outcome.answers, strict=False) if isinstance(answer, str)]
    taken, proposed = headed.choose_headings(told, by_id, refused)
    rewritten = headed.rename(draft.model_copy(update={"sentences": sentences}), taken)
    report = Report(
        model=settings.model,
        host=settings.host,
        sections=len(paragraphs),
        groups=len(groups),
        answered=sum(isinstance(answer, str) for answer in outcome.answers),
        from_before=outcome.kept_before,
        wrote=tally.wrote,
        kept=tally.kept,
        copied=tally.copied,
        extracted=extracted,
        refused=dict(sorted(tally.refused.items())),
        headings=proposed,
        headings_kept=len(taken),
        headings_refused=dict(sorted(refused.items())),
        failed=_failed(outcome),
        trouble=_trouble(outcome),
        remarks=tuple(outcome.remarks),
        seconds=round(time.monotonic() - started, 1),
        tokens_read=outcome.tokens_read,
        tokens_written=outcome.tokens_written,
    )
    return rewritten, report


def _reword(
    draft: Draft,
    paragraphs: Sequence[worded.Paragraph],
    answers: Sequence[str | Failure],
    papers: Mapping[str, Paper],
    tally: worded.Tally,
) -> tuple[tuple[object, ...], int]:
    """All sentences of the draft, and how many of the paragraphs' stand as they were."""
    written: list[object] = []
    end = extracted = 0
    for paragraph, answer in zip(paragraphs, answers, strict=True):
        written += draft.sentences[end : paragraph.start]
        made = (
            list(paragraph.sentences)
            if isinstance(answer, Failure)
            else worded.build_sentences(paragraph, answer, papers, tally)
        )
        extracted += sum(not sentence.smoothed for sentence in made)
        written += made
        end = paragraph.end
    return (*written, *draft.sentences[end:]), extracted


def _failed(outcome: Outcome) -> dict[str, int]:
    reasons = Counter(answer.reason for answer in outcome.answers if isinstance(answer, Failure))
    return dict(sorted(reasons.items()))


def _trouble(outcome: Outcome) -> str | None:
    """The last thing that went wrong before no more was asked; where all was asked, the first, if the server was at fault."""
    failures = [answer for answer in outcome.answers if isinstance(answer, Failure)]
    asked = [failure for failure in failures if failure.reason != NOT_ASKED]
    if not asked:
        return None
    final = [failure for failure in asked if failure.final]
    if final:
        return final[-1].told
    if len(asked) < len(failures):
        return asked[-1].told
    return None
