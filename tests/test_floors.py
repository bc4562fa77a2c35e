"""The house's floors: imports go down or stay level, and what is heavy is imported where it is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Module, or package with all below it -> floor; the longest name that fits counts. A new module needs a line here.
FLOORS = {
    "corpus": 0,  # the package itself, which imports nothing
    "corpus.errors": 0,
    "corpus.files": 0,
    "corpus.home": 0,
    "corpus.identity": 0,
    "corpus.models": 0,
    "corpus.report": 0,
    "corpus.backends": 1,
    "corpus.bert": 1,
    "corpus.database": 1,
    "corpus.embed": 1,
    "corpus.glossary": 1,
    "corpus.gpu": 1,
    "corpus.index": 1,
    "corpus.intake": 1,
    "corpus.library": 1,
    "corpus.merges": 1,
    "corpus.minilm": 1,
    "corpus.net": 1,
    "corpus.concepts": 1,
    "corpus.corrections": 1,
    "corpus.remarks": 1,
    "corpus.ideas": 1,
    "corpus.logbook": 2,
    "corpus.wanted": 2,
    "corpus.sides": 1,
    "corpus.static": 1,
    "corpus.topics": 1,
    "corpus.windows": 1,
    "corpus.sources": 1,
    "corpus.rerank": 1,
    "corpus.retrieval": 2,
    "corpus.retrieval.analysis": 1,
    "corpus.search": 2,
    "corpus.searches": 2,
    "corpus.workspace": 2,
    "corpus.filing": 3,
    "corpus.noting": 3,
    "corpus.harvest": 3,
    "corpus.tuning": 3,
    "corpus.starter": 3,
    "survey": 0,  # likewise
    "survey.concepts": 2,
    "survey.graph": 2,
    "survey.places": 2,
    "survey.linkage": 2,
    "survey.phrases": 2,
    "survey.plotting": 0,
    "survey.probes": 1,
    "survey.bench": 2,
    "survey.sentences": 2,
    "survey.strategies": 2,
    "survey.terms": 2,
    "survey.wording": 2,
    "survey.asking": 3,
    "survey.browsing": 3,
    "survey.references": 3,
    "survey.hits": 3,
    "survey.ideas": 3,
    "survey.batch": 3,
    "survey.bibliography": 3,
    "survey.cards": 3,
    "survey.checking": 3,
    "survey.compose": 3,
    "survey.draft": 3,
    "survey.drafts": 3,
    "survey.drawing": 3,
    "survey.export": 3,
    "survey.figures": 3,
    "survey.grouping": 3,
    "survey.harvesting": 3,
    "survey.headings": 3,
    "survey.health": 3,
    "survey.holdings_report": 3,
    "survey.importing": 3,
    "survey.indexing": 3,
    "survey.jobs": 3,
    "survey.llm": 3,
    "survey.outline": 3,
    "survey.own_texts": 3,
    "survey.probing": 3,
    "survey.selection": 3,
    "survey.serving": 3,
    "survey.cli": 4,
    "survey.views": 4,
    "app": 4,
}
# The two packages themselves have no floor for what lies below them: each module there must be named.
TOP = {"corpus", "survey"}

HEAVY = {
    "chromadb",
    "docx",
    "graspologic_native",
    "matplotlib",
    "networkx",
    "onnxruntime",
    "openai",
    "scipy",
    "sentence_transformers",
    "sklearn",
    "streamlit",
    "torch",
    "transformers",
}
# They are loaded by Streamlit itself, or by `corpus.tuning` once it trains.
MAY_BE_HEAVY = (
    "app",
    "survey.views",
    "survey.bench",
    "survey.probes",
    "corpus.tuning.lora",
    "corpus.tuning.student",
    "corpus.tuning.training",
)


@dataclass(frozen=True)
class Import:
    """`module` imports `target`, on `line`; `at_start`: when `module` itself is imported."""

    module: str
    target: str
    line: int
    at_start: bool

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}: imports {self.target}"


def modules() -> dict[str, Path]:
    """Every module of ours by its name."""
    files = [path for package in sorted(TOP) for path in (ROOT / package).rglob("*.py")] + [ROOT / "app.py"]
    return {_name(path.relative_to(ROOT)): path for path in files if path.exists()}


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(module: str) -> int | None:
    """The floor a module stands on; None where the table does not know it."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in FLOORS:
            return None if name in TOP and name != module else FLOORS[name]
    return None


def imports_of(module: str, source: str, known: set[str]) -> list[Import]:
    """What a module imports, at its start and inside functions. `from package import module` names the module."""

    def walk(node: ast.AST, at_start: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno, at_start)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}, line {node.lineno}: write the import in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield Import(module, whole if whole in known else str(node.module), node.lineno, at_start)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            for statement in node.body:
                yield from walk(statement, False)
            for statement in node.orelse:
                yield from walk(statement, at_start)
        else:
            inside = at_start and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                yield from walk(child, inside)

    return list(walk(ast.parse(source), True))


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def climbs(one: Import) -> bool:
    """Whether an import goes up, or out of `corpus` into `survey`."""
    if one.target.split(".")[0] not in TOP | {"app"}:
        return False
    if one.module.split(".")[0] == "corpus" and one.target.split(".")[0] != "corpus":
        return True
    here, there = floor_of(one.module), floor_of(one.target)
    return here is None or there is None or there > here


def is_heavy(one: Import) -> bool:
    """Whether the import makes its module slow to import."""
    light = not any(one.module == name or one.module.startswith(name + ".") for name in MAY_BE_HEAVY)
    return one.at_start and light and one.target.split(".")[0] in HEAVY


@pytest.fixture(scope="module")
def all_imports() -> list[Import]:
    found = modules()
    known = set(found)
    return [one for module, path in found.items() for one in imports_of(module, path.read_text("utf-8"), known)]


def test_every_module_has_a_floor() -> None:
    assert [module for module in modules() if floor_of(module) is None] == []


def test_no_import_goes_up(all_imports: list[Import]) -> None:
    assert [str(one) for one in all_imports if climbs(one)] == []


def test_heavy_libraries_are_imported_where_they_are_used(all_imports: list[Import]) -> None:
    assert [str(one) for one in all_imports if is_heavy(one)] == []


def test_the_walk_sees_the_house(all_imports: list[Import]) -> None:
    # If the walk found nothing, the tests above would pass on an empty house.
    seen = {(one.module, one.target) for one in all_imports}
    assert ("corpus.library", "corpus.intake") in seen  # from corpus import intake
    assert ("survey.cli.papers", "corpus.filing") in seen  # inside a function


# ---- the rules themselves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source", "goes_up"),
    [
        ("corpus.library", "from corpus.models import Paper", False),
        ("corpus.library", "from corpus import intake", False),
        ("corpus.models", "from corpus.library import Library", True),
        ("corpus.models", "import corpus.library", True),
        ("corpus.models", "def f():\n    from corpus import library", True),
        ("corpus.harvest", "from survey.graph import stats", True),
        ("corpus.harvest", "import survey", True),
        ("survey.graph", "from survey.cli.console import say", True),
        ("survey.graph", "from corpus.search import Searcher", False),
        ("survey.cli.find", "from survey.unheard import of", True),
        ("corpus.library", "import json, sqlite3", False),
    ],
)
def test_what_goes_up(module: str, source: str, goes_up: bool) -> None:
    found = imports_of(module, source, {"corpus.library", "corpus.intake"})
    assert any(climbs(one) for one in found) is goes_up


@pytest.mark.parametrize(
    ("module", "source", "heavy"),
    [
        ("survey.graph", "import networkx as nx", True),
        ("survey.graph", "try:\n    from torch.nn import Linear\nexcept ImportError:\n    pass", True),
        ("survey.graph", "class A:\n    import torch", True),
        ("survey.graph", "def f():\n    import torch", False),
        ("survey.graph", "if TYPE_CHECKING:\n    import networkx as nx", False),
        ("survey.graph", "if TYPE_CHECKING:\n    import numpy\nelse:\n    import networkx", True),
        ("survey.graph", "import numpy", False),
        ("survey.views.graph", "import streamlit", False),
        ("app", "import streamlit", False),
    ],
)
def test_what_is_heavy(module: str, source: str, heavy: bool) -> None:
    assert any(is_heavy(one) for one in imports_of(module, source, set())) is heavy


@pytest.mark.parametrize(
    ("module", "floor"),
    [("corpus.sources.jsonl", 1), ("survey.cli", 4), ("corpus.unheard", None), ("survey.views.unheard", 4), ("app", 4)],
)
def test_a_module_stands_on_the_floor_of_its_package(module: str, floor: int | None) -> None:
    assert floor_of(module) == floor
