"""How well the check of a language model's sentences tells right rewordings from wrong ones, on rewordings written by hand.

    python benchmarks/rewordings.py            prints what was taken, and every wrong one that was
    python benchmarks/rewordings.py --all      prints why each right one was not, too

`rewordings.tsv` has lines `VERDICT PAPERS QUOTES REWORDING`: right or wrong, names for the quotes, the quotes with || between
them, sentences of the starter catalogue, and a sentence that cites them all. The right ones keep to the rules that a model is told;
the wrong ones say something else with nearly the same words. The control takes any sentence with four fifths of its words from
the quotes and no number that is not theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bench import HERE, parser, report

from survey.llm.reading import Cited, Reading
from survey.llm.support import find_fault

LINES = HERE / "rewordings.tsv"

Judge = Callable[[str, Cited], bool]


def main() -> None:
    asks = parser(__doc__ or "")
    asks.add_argument("--all", action="store_true", help="print why each right one was not taken, too")
    shown = asks.parse_args().all
    rows = [line.split("\t") for line in LINES.read_text("utf-8").splitlines()[1:]]
    figures: dict[str, str] = {}
    judges: dict[str, Judge] = {
        "the check": lambda text, cited: find_fault(text, cited) is None,
        "words alone": by_words,
    }
    for name, judge in judges.items():
        for verdict in ("right", "wrong"):
            texts = [(cited(quotes), text) for was, _, quotes, text in rows if was == verdict]
            taken = [text for evidence, text in texts if judge(text, evidence)]
            figures[f"{name}: {verdict} ones taken"] = f"{len(taken)} of {len(texts)}"
    for verdict, _, quotes, text in rows:
        fault = find_fault(text, cited(quotes))
        if (verdict == "wrong" and fault is None) or (shown and verdict == "right" and fault):
            print(f"{verdict}, {fault or 'taken'}: {text}")
    report("rewordings", figures)


def cited(quotes: str) -> Cited:
    """The evidence: the quotes alone, without the rest of their abstracts."""
    readings = tuple(Reading(quote) for quote in quotes.split(" || "))
    return Cited(readings, frozenset().union(*(reading.stems for reading in readings)))


def by_words(text: str, evidence: Cited) -> bool:
    """The control."""
    said = Reading(text)
    numbers = {number for quote in evidence.quotes for number in re.findall(r"\d+", quote.text)}
    held = sum(stem in evidence.stems for stem in said.content)
    return set(re.findall(r"\d+", text)) <= numbers and held >= 0.8 * len(said.content)


if __name__ == "__main__":
    main()
