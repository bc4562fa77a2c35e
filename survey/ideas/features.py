"""What is known of two concepts that have not met: numbers for `forecast.py`, and the baselines that it is measured against."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey.ideas.past import Pairs, Past, paired, values

Numbers = NDArray[np.float64]
# Numbers that a concept's company is brought to.
_AXES = 48
_RECENT = (2, 5)
_TINY = 1e-9


def build_baselines(together: Any, pairs: Pairs) -> dict[str, Numbers]:
    """Three scores that need no learning, over the graph of concepts that have met, as networkx' `link_prediction` has them.

    Preferential attachment: the product of the degrees (Barabasi & Albert 1999). Common neighbours (Newman 2001). Adamic-Adar:
    the common neighbours, each by 1 / log of its degree (Adamic & Adar 2003).
    """
    graph, degree = _graph(together)
    return {
        "preferential_attachment": degree[pairs[0]] * degree[pairs[1]],
        "common_neighbours": paired(graph, graph, pairs),
        "adamic_adar": paired(_weighted(graph, _rarity(degree)), graph, pairs),
    }


def build_features(past: Past, pairs: Pairs) -> Numbers:
    """What `past` knows of each pair, (n, features), the same whichever of the two comes first."""
    i, j = pairs
    columns = [
        *_company(past, "together", past.papers, pairs),
        *_company(past, "joined", past.titles, pairs),
        *_likeness(past, pairs),
        *_citations(past, pairs),
    ]
    for span in _RECENT:
        recent = _once(past, f"last {span} years", partial(past.after, past.last - span))
        columns += both(np.log1p(recent.papers), pairs)
        columns += both(recent.papers / np.maximum(past.papers, 1), pairs)
        columns.append(_walk(recent, "together", pairs))
    kinds = np.asarray(past.kinds)
    for kind in ("method", "task", "dataset"):
        columns.append((kinds[i] == kind).astype(np.float64) + (kinds[j] == kind))
    return np.nan_to_num(np.stack(columns, axis=1))


def both(of: Numbers, pairs: Pairs) -> list[Numbers]:
    """The lesser and the greater of a number of the two."""
    return [np.minimum(of[pairs[0]], of[pairs[1]]), np.maximum(of[pairs[0]], of[pairs[1]])]


def _once(past: Past, name: str, make: Callable[[], Any]) -> Any:
    """What does not depend on the pairs is worked out once a past."""
    if name not in past.memo:
        past.memo[name] = make()
    return past.memo[name]


def _company(past: Past, links: str, papers: Numbers, pairs: Pairs) -> list[Numbers]:
    """How much both are spoken of, with how many others, and whom they share; `links`: together or joined."""
    graph, degree, rare, scarce = weighings(past, links)
    common = paired(graph, graph, pairs)
    return [
        *both(np.log1p(papers), pairs),
        *both(np.log1p(degree), pairs),
        *both(degree / np.maximum(papers, 1), pairs),
        np.log1p(common),
        common / np.maximum(degree[pairs[0]] + degree[pairs[1]] - common, 1),
        np.log1p(paired(rare, graph, pairs)),
        np.log1p(paired(scarce, graph, pairs)),
        _walk(past, links, pairs),
    ]


def weighings(past: Past, links: str) -> tuple[Any, Numbers, Any, Any]:
    """The graph of together or joined, its degrees, and it with each neighbour by 1 / log of its degree, and by 1 / degree."""
    weighed: tuple[Any, Numbers, Any, Any] = _once(past, f"graph of {links}", lambda: _weighed(getattr(past, links)))
    return weighed


def _weighed(together: Any) -> tuple[Any, Numbers, Any, Any]:
    graph, degree = _graph(together)
    return graph, degree, _weighted(graph, _rarity(degree)), _weighted(graph, 1 / np.maximum(degree, 1))


def _walk(past: Past, links: str, pairs: Pairs) -> Numbers:
    """The logarithm of the chance to get from one to the other in two steps, the greater of both ways."""
    walk, back = _once(past, f"walk of {links}", lambda: _steps(getattr(past, links)))
    there = np.maximum(paired(walk, back, pairs), paired(walk, back, (pairs[1], pairs[0])))
    return np.asarray(np.log(there + _TINY))


def _steps(together: Any) -> tuple[Any, Any]:
    """The chances of a step from a row to a column, and the other way round."""
    walk = _weighted(together.T, 1 / np.maximum(_sums(together), 1)).T.tocsr()
    return walk, walk.T.tocsr()


def _likeness(past: Past, pairs: Pairs) -> list[Numbers]:
    """How alike their company is: the cosine of their rows of positive pointwise mutual information, whole, and in a few
    dimensions, in which the product of both also tells whether they should meet (Levy & Goldberg, NIPS 2014).
    """
    unit, near, other = _once(past, "likeness", lambda: _axes(past.together, past.papers, past.holds.shape[0]))
    found = [paired(unit, unit, pairs), np.einsum("ij,ij->i", near[pairs[0]], other[pairs[1]])]
    near = near / np.maximum(np.linalg.norm(near, axis=1, keepdims=True), _TINY)
    return [*found, np.einsum("ij,ij->i", near[pairs[0]], near[pairs[1]])]


def _axes(together: Any, papers: Numbers, size: int) -> tuple[Any, Numbers, Numbers]:
    """Rows of information of length 1 (concepts, concepts), and both sides of its few dimensions (concepts, axes)."""
    from scipy import sparse
    from scipy.sparse.linalg import svds

    entries = together.tocoo()
    expected = papers[entries.row] * papers[entries.col] / max(size, 1)
    information = np.maximum(np.log(entries.data / np.maximum(expected, _TINY)), 0)
    table = sparse.csr_array((information, (entries.row, entries.col)), shape=together.shape)
    unit = _weighted(table.T, 1 / np.maximum(np.sqrt(_sums(table.multiply(table))), _TINY)).T.tocsr()
    axes = min(_AXES, table.shape[0] - 1)
    if axes < 1 or table.nnz == 0:
        return unit, np.zeros((table.shape[0], 1)), np.zeros((table.shape[0], 1))
    left, weights, right = svds(table, k=axes, v0=np.ones(table.shape[0]))
    return unit, left * weights, right.T


def _citations(past: Past, pairs: Pairs) -> list[Numbers]:
    """How often papers of the one cite papers of the other, and papers of those that the other has met."""
    crossing = _once(past, "citations", lambda: _crossing(past))
    found = values(crossing, pairs)
    met = weighings(past, "together")[0]
    size = np.sqrt(np.maximum(past.papers[pairs[0]] * past.papers[pairs[1]], 1))
    through = paired(crossing, met, pairs) + paired(met, crossing, pairs)
    return [np.log1p(found), found / size, np.log1p(through)]


def _crossing(past: Past) -> Any:
    """How many citations run between papers of one concept and of another, either way."""
    crossing = (past.holds.T @ past.cites @ past.holds).tocsr()
    return (crossing + crossing.T).tocsr()


def _graph(together: Any) -> tuple[Any, Numbers]:
    """1 where two have met, and the degree of each."""
    graph = together.astype(np.float64).tocsr()
    graph.data = np.ones_like(graph.data)
    return graph, _sums(graph)


def _rarity(degree: Numbers) -> Numbers:
    return np.asarray(1 / np.log(np.maximum(degree, 2)))


def _sums(matrix: Any) -> Numbers:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()


def _weighted(matrix: Any, weights: Numbers) -> Any:
    """Each column by its weight."""
    from scipy import sparse

    return (matrix @ sparse.diags_array(weights)).tocsr()
