"""The bundled catalogue: whole, well-formed, and holding every system that the reading notes name."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from corpus.identity import canonical_id, title_key
from corpus.library import Library
from corpus.models import Paper
from corpus.starter import load_starter, wants_starter
from survey.strategies import STRATEGIES, directions

FOLDER = resources.files("corpus.starter")
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in FOLDER.joinpath("papers.jsonl").read_text("utf-8").splitlines()
]
EDGES = [line.split("\t") for line in FOLDER.joinpath("citations.tsv").read_text("utf-8").splitlines()]

# System -> how its paper's title begins, or words that it holds.
NAMED = {
    "Adapter": "Parameter-Efficient Transfer Learning for NLP",
    "LoRA": "LoRA: Low-Rank Adaptation",
    "LoCon": "From LyCORIS Fine-Tuning",
    "CoOp": "Learning to Prompt for Vision-Language Models",
    "CoCoOp": "Conditional Prompt Learning for Vision-Language Models",
    "VPT": "Visual Prompt Tuning",
    "prefix tuning": "Prefix-Tuning",
    "FlashAttention": "FlashAttention: Fast",
    "unified view": "Towards a Unified View of Parameter-Efficient Transfer Learning",
    "AIM": "AIM: Adapting Image Models",
    "TSN": "Temporal Segment Networks",
    "TSM": "TSM: Temporal Shift Module",
    "TimeSformer": "Is Space-Time Attention All You Need",
    "I3D": "Quo Vadis, Action Recognition",
    "Video Swin": "Video Swin Transformer",
    "ViT": "An Image is Worth 16x16 Words",
    "ViT-22B": "Scaling Vision Transformers to 22 Billion Parameters",
    "LLaMA": "LLaMA: Open and Efficient",
    "CLIP": "Learning Transferable Visual Models From Natural Language Supervision",
    "DINO": "Emerging Properties in Self-Supervised Vision Transformers",
    "DeepUSPS": "DeepUSPS",
    "BASNet": "BASNet",
    "unsupervised segmentation": "Unsupervised Semantic Segmentation with Self-supervised Object-centric Representations",
    "Non-local": "Non-local Neural Networks",
    "Focal Loss": "Focal Loss for Dense Object Detection",
    "mixup": "mixup: Beyond Empirical Risk Minimization",
    "MixGen": "MixGen",
    "ALBEF": "Align before Fuse",
    "BLIP": "BLIP: Bootstrapping",
    "VLMo": "VLMo",
    "AutoAugment": "AutoAugment",
    "BigDetection": "BigDetection",
    "LVIS": "LVIS",
    "OpenImages": "The Open Images Dataset",
    "Objects365": "Objects365",
    "action recognition study": "A Comprehensive Study of Deep Video Action Recognition",
    "OSCAR": "Oscar: Object-Semantics Aligned",
    "Video Imprint": "Video Imprint",
    "Swin": "Swin Transformer: Hierarchical",
    "Dynamic Head": "Dynamic Head: Unifying",
    "MetaAvatar": "MetaAvatar",
    "HRNet": "Deep High-Resolution Representation Learning",
    "multi-teacher selection": "Reinforced Multi-Teacher Selection",
    "R-Drop": "R-Drop",
    "top-k ranking": "Top-k Learning to Rank",
    "SENet": "Squeeze-and-Excitation Networks",
    "in-context learning": "Language Models are Few-Shot Learners",
    "chain of thought": "Chain-of-Thought Prompting",
    "neural-symbolic": "Neuro-Symbolic Concept Learner",
    "instruction tuning": "Finetuned Language Models",
    "RLHF": "Training language models to follow instructions with human feedback",
    "DeepLab v3": "Rethinking Atrous Convolution",
}


def test_there_are_at_least_200_papers_each_once() -> None:
    assert len(ROWS) >= 200
    ids = [canonical_id(row["id"]) for row in ROWS]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    titles = [title_key(row["title"]) for row in ROWS]
    assert [title for title, count in Counter(titles).items() if count > 1] == []


@pytest.mark.parametrize("system", NAMED)
def test_every_system_of_the_notes_is_there(system: str) -> None:
    assert [row["id"] for row in ROWS if title_key(NAMED[system]) in title_key(row["title"])], system


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_line_has_facts_a_summary_of_our_own_and_its_places(row: dict[str, Any]) -> None:
    paper = Paper.model_validate(row)
    assert set(row) <= set(Paper.model_fields), "a field that nobody reads"
    assert paper.summary_by == "fourways"
    assert 40 <= len((paper.abstract or "").split()) <= 90
    assert paper.authors
    assert paper.directions and set(paper.directions) <= set(directions())
    assert set(paper.strategies) == {directions()[key].strategy for key in paper.directions} <= set(STRATEGIES)
    assert paper.id == canonical_id(paper.id or "")
    if paper.arxiv_id:
        assert canonical_id(paper.arxiv_id) == f"arxiv:{paper.arxiv_id}"


def test_every_direction_has_two_papers_or_more() -> None:
    counts = Counter(key for row in ROWS for key in row["directions"])
    assert [key for key in directions() if counts[key] < 2] == []


def test_citations_join_papers_of_the_catalogue() -> None:
    ids = {row["id"] for row in ROWS}
    assert len(EDGES) > 200
    assert [edge for edge in EDGES if len(edge) != 2 or edge[0] == edge[1] or not set(edge) <= ids] == []


def test_loading_twice_adds_nothing(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    assert load_starter(library).new == len(ROWS)
    again = load_starter(library)
    assert (again.new, again.unchanged, again.citations["new"]) == (0, len(ROWS), 0)


def test_a_real_abstract_takes_the_place_of_a_summary(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    load_starter(library)
    row = next(row for row in ROWS if row.get("arxiv_id"))
    library.add([Paper(title=row["title"], arxiv_id=row["arxiv_id"], abstract="What the authors wrote.")], "arxiv")
    paper = library.paper(row["id"])
    assert (paper.abstract, paper.summary_by) == ("What the authors wrote.", None)
    assert list(paper.directions) == row["directions"]


def test_the_catalogue_goes_only_where_it_is_wanted(tmp_path: Path) -> None:
    empty, own = Library(tmp_path / "empty.db"), Library(tmp_path / "own.db")
    own.add([Paper(title="Mine")], "mine.jsonl")
    assert wants_starter(empty) and not wants_starter(own)
    load_starter(empty)
    assert wants_starter(empty)
