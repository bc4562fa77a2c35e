"""TF-IDF over the words of a few hundred texts: sentences of a draft, papers of an outline; English and Chinese.

scikit-learn's takes three seconds to import, a third of the time in which a draft is made, and reads a Chinese clause as one word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log, sqrt
from typing import Any

import numpy as np

from survey.phrases import singular
from survey.wording import GLUE


def weigh(bags: Sequence[Mapping[str, int]], most: int) -> Any:
    """(1 + log tf) * log((1 + n) / df) of the words of n texts, given with their counts: a sparse array, a row a text.

    Each row is of length 1 over all of its words; the columns are the words that two texts share, the `most` frequent ones.
    """
    from scipy.sparse import csr_array

    frequency = Counter(word for bag in bags for word in bag)
    common = sorted((word for word, n in frequency.items() if n > 1), key=lambda word: (-frequency[word], word))
    column = {word: number for number, word in enumerate(common[:most])}
    idf = {word: log((1 + len(bags)) / n) for word, n in frequency.items()}
    rows, columns, values = [], [], []
    for row, bag in enumerate(bags):
        weights = {word: (1 + log(n)) * idf[word] for word, n in bag.items()}
        length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        kept = [word for word in weights if word in column]
        rows += [row] * len(kept)
        columns += [column[word] for word in kept]
        values += [weights[word] / length for word in kept]
    shape = (len(bags), max(1, len(column)))
    places = (np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64))
    return csr_array((np.array(values, dtype=np.float64), places), shape=shape)


def terms(text: str) -> list[str]:
    """Words in the singular and small letters, without glue; of Chinese, each two neighbouring characters."""
    found = []
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        if word[0] >= "\u3400":
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        elif (one := _one(word)) not in GLUE:
            found.append(one)
    return found


def words_of(text: str) -> frozenset[str]:
    """The words of a name or heading, in the singular and small letters."""
    return frozenset(map(_one, re.findall(r"[^\W_]+", text.lower())))


# The same words come again and again.
_one = lru_cache(maxsize=50_000)(singular)
