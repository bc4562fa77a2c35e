"""Nodes and edges, gathered one by one, become the arrays of an IdeaTable."""

from __future__ import annotations

from array import array

import numpy as np

from survey.graph.table import EDGE_KINDS, NODE_KINDS, Edges, Nodes, Strings


class NodeList:
    """Nodes as they come; `rows` tells the row of a name."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._kinds: list[int] = []
        self._texts: tuple[list[str], list[str], list[str]] = ([], [], [])
        self._numbers: list[tuple[int, int, int]] = []

    def add(
        self,
        name: str,
        kind: str,
        title: str,
        zh: str | None = None,
        key: int = 0,
        year: int | None = None,
        published: str | None = None,
        venue: str | None = None,
    ) -> int:
        """Add a node, once; returns its row."""
        if name in self.rows:
            return self.rows[name]
        row = self.rows[name] = len(self._kinds)
        self._kinds.append(NODE_KINDS.index(kind))
        for texts, text in zip(self._texts, (title, zh, venue), strict=True):
            texts.append(text or "")
        # A preprint's day may be of another year than the paper that it became: the day is that of the year, or none.
        day = int(published.replace("-", "")) if published else 0
        if year is not None and day // 10_000 != year:
            day = 10_000 * year
        self._numbers.append((key, year or day // 10_000, day))
        return row

    def arrays(self) -> Nodes:
        numbers = np.array(self._numbers, dtype=np.int64).reshape(-1, 3)
        titles, zh, venues = map(Strings.of, self._texts)
        return Nodes(
            Strings.of(list(self.rows)),
            titles,
            zh,
            venues,
            np.array(self._kinds, dtype=np.uint8),
            numbers[:, 0].copy(),
            numbers[:, 1].astype(np.int16),
            numbers[:, 2].astype(np.int32),
        )


class EdgeList:
    """Edges as they come."""

    def __init__(self) -> None:
        # Arrays, as lists of numbers take five times their room.
        self._ends, self._kinds, self._weights, self._sources = array("i"), array("B"), array("f"), array("i")
        self._texts: dict[str, int] = {}
        self._number = {kind: number for number, kind in enumerate(EDGE_KINDS)}

    def add(self, tail: int | None, head: int | None, kind: str, weight: float, source: str) -> None:
        """One edge; without an end it is passed over: another process may have written between two of our readings."""
        if tail is None or head is None:
            return
        self._ends.append(tail)
        self._ends.append(head)
        self._kinds.append(self._number[kind])
        self._weights.append(weight)
        self._sources.append(self._texts.setdefault(source, len(self._texts)))

    def arrays(self) -> Edges:
        ends = np.array(self._ends, dtype=np.int32).reshape(-1, 2)
        kinds, weights = np.array(self._kinds, dtype=np.uint8), np.array(self._weights, dtype=np.float32)
        sources = np.array(self._sources, dtype=np.int32)
        order = np.lexsort((kinds, ends[:, 1], ends[:, 0]))
        return Edges(
            ends[order, 0], ends[order, 1], kinds[order], weights[order], sources[order], Strings.of(list(self._texts))
        )
