"""The idea graph as arrays: small, quick to open, and read as the networkx graph of the same nodes and edges is read."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import networkx as nx

STRATEGY, DIRECTION, PAPER, IDEA = "strategy", "direction", "paper", "idea"
METHOD, TASK, DATASET = "method", "task", "dataset"
CONCEPTS = (METHOD, TASK, DATASET)
# A node's and an edge's kind are numbers in these lists; edges stand in order of their names.
NODE_KINDS = (STRATEGY, DIRECTION, PAPER, METHOD, TASK, DATASET, IDEA)
EDGE_KINDS = (
    "addresses",
    "belongs_to",
    "cites",
    "combines",
    "evaluates_on",
    "improves",
    "introduces",
    "similar",
    "uses",
)
# What papers do with methods, tasks and data sets.
MENTIONS = ("addresses", "combines", "evaluates_on", "improves", "introduces", "uses")

Ints = NDArray[np.int64]


def distinct(values: Ints) -> Ints:
    """The different ones of `values` (m,), ascending; by sorting, which is five times as fast for a million as numpy's `unique`."""
    values = np.sort(values)
    return np.asarray(values[np.concatenate([np.ones(min(1, len(values)), dtype=bool), values[1:] != values[:-1]])])


class Strings:
    """Many strings in two arrays: their UTF-8 bytes one after the other, and where each starts (n + 1)."""

    def __init__(self, data: NDArray[np.uint8], starts: Ints) -> None:
        self.data, self.starts = data, starts

    @classmethod
    def of(cls, texts: Sequence[str]) -> Strings:
        encoded = [text.encode() for text in texts]
        lengths = np.fromiter((len(one) for one in encoded), dtype=np.int64, count=len(encoded))
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), np.concatenate([[0], np.cumsum(lengths)]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> str:
        return self.data[self.starts[row] : self.starts[row + 1]].tobytes().decode()

    def all(self) -> list[str]:
        data, starts = self.data.tobytes(), self.starts.tolist()
        return [data[start:stop].decode() for start, stop in pairwise(starts)]


@dataclass(frozen=True)
class Nodes:
    """A row a node: `names` (ids), `titles`, `zh` and `venues` (empty: none); `kinds`, numbers in NODE_KINDS; `keys`, the
    library's key of a paper or concept (0: neither); `years` (0: unknown) and `days` as yyyymmdd (0: unknown; month and day 0:
    only the year is).
    """

    names: Strings
    titles: Strings
    zh: Strings
    venues: Strings
    kinds: NDArray[np.uint8]
    keys: Ints
    years: NDArray[np.int16]
    days: NDArray[np.int32]


@dataclass(frozen=True)
class Edges:
    """A row an edge, by tail, head and kind: `tails` and `heads`, rows of nodes; `kinds`, numbers in EDGE_KINDS; `weights`; and
    where each was read, as a row of `texts`.
    """

    tails: NDArray[np.int32]
    heads: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    weights: NDArray[np.float32]
    sources: NDArray[np.int32]
    texts: Strings

    def __len__(self) -> int:
        return len(self.tails)


@dataclass(frozen=True)
class IdeaTable:
    """The idea graph. `facts` counts what is no edge of it: `self_citations`, and `waiting`, citations of papers not here. `known`
    keeps what was worked out once: nothing of a table ever changes.

    `name in table`, `len`, `nodes[name]`, `out_edges` and `in_edges` are those of `networkx.MultiDiGraph`; `network` makes one.
    """

    node: Nodes
    edge: Edges
    facts: dict[str, int] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict, compare=False)

    # ---- as networkx has it --------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.node.kinds)

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    @property
    def nodes(self) -> _NodeView:
        return _NodeView(self)

    def out_edges(self, name: str, data: bool = False) -> Iterator[tuple[Any, ...]]:
        return self._edges(self.out_of(self.row(name)), data)

    def in_edges(self, name: str, data: bool = False) -> Iterator[tuple[Any, ...]]:
        return self._edges(self.into(self.row(name)), data)

    def number_of_nodes(self) -> int:
        return len(self)

    def number_of_edges(self) -> int:
        return len(self.edge)

    def subgraph(self, names: Iterable[str]) -> nx.MultiDiGraph:
        """These nodes and the edges between them, as a networkx graph of their own."""
        kept = np.zeros(len(self), dtype=bool)
        kept[[self._rows[name] for name in names if name in self._rows]] = True
        out = [self.out_of(row) for row in np.flatnonzero(kept).tolist()]
        edges = np.concatenate(out) if out else np.zeros(0, dtype=np.int64)
        return self._network(np.flatnonzero(kept), edges[kept[self.edge.heads[edges]]])

    def network(self) -> nx.MultiDiGraph:
        """The whole as a networkx graph: half a kilobyte an edge."""
        return self._network(np.arange(len(self)), np.arange(len(self.edge)))

    # ---- by row --------------------------------------------------------------------------------------------------

    def row(self, name: str) -> int:
        """The row of the node of this name. Raises KeyError."""
        return self._rows[name]

    def rows_of(self, pids: Iterable[int]) -> Ints:
        """The rows, ascending, of the papers with these keys in the library, those that are here."""
        papers = self.papers
        wanted = np.fromiter(pids, dtype=np.int64)
        return np.asarray(papers[np.isin(self.node.keys[papers], wanted)])

    def kind(self, row: int) -> str:
        return NODE_KINDS[self.node.kinds[row]]

    def attributes(self, row: int) -> dict[str, Any]:
        """What is told of a node: kind and title; where it has one zh, year, venue."""
        told: dict[str, Any] = {"kind": self.kind(row), "title": self.node.titles[row]}
        if zh := self.node.zh[row]:
            told["zh"] = zh
        if year := int(self.node.years[row]):
            told["year"] = year
        if venue := self.node.venues[row]:
            told["venue"] = venue
        return told

    def edge_data(self, edge: int) -> dict[str, Any]:
        return {
            "kind": EDGE_KINDS[self.edge.kinds[edge]],
            "weight": round(float(self.edge.weights[edge]), 4),
            "source": self.edge.texts[int(self.edge.sources[edge])],
        }

    def out_of(self, row: int) -> Ints:
        """The edges that start at a node."""
        return np.arange(self._out[row], self._out[row + 1])

    def into(self, row: int) -> Ints:
        """The edges that end at a node."""
        return self._by_head[self._in[row] : self._in[row + 1]]

    def of_kind(self, *kinds: str) -> Ints:
        """The edges of these kinds."""
        wanted = np.isin(np.arange(len(EDGE_KINDS)), [EDGE_KINDS.index(kind) for kind in kinds])
        return np.flatnonzero(wanted[self.edge.kinds])

    @cached_property
    def papers(self) -> Ints:
        """The rows of the papers."""
        return np.flatnonzero(self.node.kinds == NODE_KINDS.index(PAPER))

    @cached_property
    def citations(self) -> tuple[Ints, Ints]:
        """Rows of the citing and of the cited papers; none cites itself."""
        edges = self.of_kind("cites")
        edges = edges[self.edge.tails[edges] != self.edge.heads[edges]]
        return self.edge.tails[edges].astype(np.int64), self.edge.heads[edges].astype(np.int64)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.node.names.all())}

    @cached_property
    def _out(self) -> Ints:
        return np.concatenate([[0], np.cumsum(np.bincount(self.edge.tails, minlength=len(self)))])

    @cached_property
    def _in(self) -> Ints:
        return np.concatenate([[0], np.cumsum(np.bincount(self.edge.heads, minlength=len(self)))])

    @cached_property
    def _by_head(self) -> Ints:
        return np.argsort(self.edge.heads, kind="stable")

    def _edges(self, edges: Ints, data: bool) -> Iterator[tuple[Any, ...]]:
        names = self.node.names
        for edge in edges.tolist():
            ends = names[int(self.edge.tails[edge])], names[int(self.edge.heads[edge])]
            yield (*ends, self.edge_data(edge)) if data else ends

    def _network(self, rows: Ints, edges: Ints) -> nx.MultiDiGraph:
        import networkx as nx

        graph = nx.MultiDiGraph()
        names = dict(zip(rows.tolist(), map(self.node.names.__getitem__, rows), strict=True))
        texts = {source: self.edge.texts[source] for source in np.unique(self.edge.sources[edges]).tolist()}
        columns = (
            self.edge.tails[edges].tolist(),
            self.edge.heads[edges].tolist(),
            self.edge.kinds[edges].tolist(),
            np.round(self.edge.weights[edges].astype(np.float64), 4).tolist(),
            self.edge.sources[edges].tolist(),
        )
        with _without_collecting():
            graph.add_nodes_from((names[row], self.attributes(row)) for row in rows.tolist())
            graph.add_edges_from(
                (
                    names[tail],
                    names[head],
                    EDGE_KINDS[kind],
                    {"kind": EDGE_KINDS[kind], "weight": weight, "source": texts[source]},
                )
                for tail, head, kind, weight, source in zip(*columns, strict=True)
            )
        return graph


class _NodeView:
    """`table.nodes[name]`, as networkx has it."""

    def __init__(self, table: IdeaTable) -> None:
        self._table = table

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self._table.attributes(self._table.row(name))

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Millions of dicts are made and none is garbage: looking for it again and again takes longer than making them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
