"""The idea graph as files that other programs read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import InputError
from corpus.files import write_whole
from survey.graph.table import IdeaTable

if TYPE_CHECKING:
    import networkx as nx


def _save_graphml(graph: nx.MultiDiGraph, path: Path) -> None:
    import networkx as nx

    nx.write_graphml(graph, path)


def _save_gexf(graph: nx.MultiDiGraph, path: Path) -> None:
    import networkx as nx

    nx.write_gexf(graph, path)


def _save_json(graph: nx.MultiDiGraph, path: Path) -> None:
    import networkx as nx

    path.write_text(json.dumps(nx.node_link_data(graph, edges="edges"), ensure_ascii=False), "utf-8")


# A new export format is a function and a line here.
EXPORTS: Mapping[str, Callable[[nx.MultiDiGraph, Path], None]] = {
    ".graphml": _save_graphml,
    ".gexf": _save_gexf,
    ".json": _save_json,
}


def check_export(path: Path) -> None:
    """Raises InputError unless the name ends in a known format."""
    if path.suffix.lower() not in EXPORTS:
        raise InputError(f"{path.name} is of no known graph format", f"End the name with one of {', '.join(EXPORTS)}")


def save_graph(graph: nx.MultiDiGraph | IdeaTable, path: Path) -> None:
    """Write the graph in the format of the suffix. An older file stays whole until the new one is. Raises InputError, HomeError."""
    check_export(path)
    save = EXPORTS[path.suffix.lower()]
    write_whole(path, lambda made: save(graph.network() if isinstance(graph, IdeaTable) else graph, made))
