"""Which of the tasks and data sets that papers speak of stand in a table: those that are some, in words that mean them."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.models import ConceptKind, Paper
from survey.draft import write_draft
from survey.draft.material import Spoken
from survey.outline import Outline, Section


def cell_of(
    kind: ConceptKind, *names: tuple[str, str], abstract: str = "", title: str = "OWL: Birds", also: int = 0
) -> str:
    """The cell of a paper that speaks of things in these words: (words, name). `also` others have the first name in their title."""
    one = Paper(id="p1", title=title, abstract=abstract, year=2001)
    plain = Paper(id="p2", title="EMU: Object Detection on MNIST", year=2002)
    others = [Paper(id=f"p{3 + n}", title=f"A Study of {names[0][1]}", year=2003) for n in range(also)]

    def said(paper: Paper, words: str, name: str, kind: ConceptKind) -> Spoken:
        text = paper.title if words in paper.title else paper.abstract or ""
        at, source = text.index(words), "title" if words in paper.title else "abstract"
        place = {"source": source, "start": at, "stop": at + len(words)}
        return Spoken.model_validate(
            {"concept": f"{kind}:{name}", "name": name, "kind": kind, "edge": "uses", "weight": 0.8, **place}
        )

    spoken = {
        "p1": [said(one, words, name, kind) for words, name in names],
        "p2": [said(plain, "Object Detection", "object detection", "task"), said(plain, "MNIST", "MNIST", "dataset")],
        **{paper.name: [said(paper, names[0][1], names[0][1], kind)] for paper in others},
    }
    papers = [one, plain, *others]
    parts = (Section(title="All", papers=("p1", "p2")), Section(title="More", papers=tuple(p.name for p in others)))
    outline = Outline(topic="birds", title="T", sections=parts if others else parts[:1])
    table = write_draft(outline, papers, np.ones((len(papers), 2), dtype=np.float32), [], spoken=spoken).tables[0]
    column = "Task" if kind == "task" else "Data"
    return table.rows[0].cells[table.columns.index(column)].text if column in table.columns else ""


def test_what_the_table_of_terms_lacks_is_a_task_where_two_papers_say_so() -> None:
    said = ("nest analysis", "nest analysis")
    abstract = "We test OWL on nest analysis."
    assert cell_of("task", said, abstract=abstract) == ""
    assert cell_of("task", said, abstract=abstract, also=1) == ""
    assert cell_of("task", said, abstract=abstract, also=2) == "nest analysis"
    # Or the paper itself, which calls it a task, and one other.
    assert cell_of("task", said, abstract="We test OWL on the task of nest analysis.", also=1) == "nest analysis"
    assert cell_of("task", said, abstract="We test OWL on the nest analysis task.", also=1) == "nest analysis"
    # One in a title that is made as tasks are named.
    assert (
        cell_of("task", ("Nest Recognition", "nest recognition"), title="OWL: Nest Recognition") == "nest recognition"
    )
    assert cell_of("task", ("Nest Analysis", "nest analysis"), title="OWL: Nest Analysis") == ""
    assert cell_of("task", ("object detection", "object detection"), abstract="We test object detection.") != ""
    # A kind of one that the table has.
    assert (
        cell_of("task", ("nest object detection", "nest object detection"), abstract="We test nest object detection.")
        != ""
    )


def test_many_of_them_are_things_and_no_task() -> None:
    said = ("future generations", "future generation")
    assert cell_of("task", said, abstract="We test OWL on future generations.", also=2) == ""


def test_what_does_tasks_is_none() -> None:
    name = "text-to-image diffusion models"
    assert cell_of("task", (name, name), abstract=f"We test OWL on {name}.", also=2) == ""


def test_a_verb_is_no_task() -> None:
    abstract = "We test OWL on {}."
    for words, told in (("ranking", "ranking"), ("ranking 1st", "")):
        assert cell_of("task", ("ranking", "ranking"), abstract=abstract.format(words), also=2) == told


def test_an_acronym_is_the_task_that_the_paper_or_the_field_means() -> None:
    name = "information retrieval"
    assert cell_of("task", ("IR", name), abstract="We test OWL at an imbalance ratio (IR 100).") == ""
    assert cell_of("task", ("IR", name), abstract="We test OWL on IR, which is the retrieval of information.") == name
    visual = "visual question answering"
    assert cell_of("task", ("VQA", visual), abstract="We test OWL on VQA in experiments.", also=2) == visual


@pytest.mark.parametrize(
    ("words", "name", "abstract", "told"),
    [
        ("natural question", "Natural Questions", "A natural question is what birds eat.", False),
        ("Natural questions", "Natural Questions", "Natural questions ask what birds eat.", False),
        ("Natural Questions", "Natural Questions", "We test OWL on Natural Questions.", True),
        ("SNIP", "Snips", "We test OWL on SNIP.", False),
        ("SNIPS", "Snips", "We test OWL on SNIPS.", True),
        ("Mind", "MIND", "Mind the nests.", False),
        ("cifar-10", "CIFAR-10", "We test OWL on cifar-10.", True),
        ("ImageNet", "ImageNet", "ImageNet has birds.", True),
        ("GLUE benchmark", "GLUE", "We test OWL on the GLUE benchmark.", True),
    ],
)
def test_a_data_set_is_written_as_a_name(words: str, name: str, abstract: str, told: bool) -> None:
    assert cell_of("dataset", (words, name), abstract=abstract) == (name if told else "")


def test_a_data_set_of_two_names_stands_once() -> None:
    names = (("ILSVRC 2012", "ILSVRC 2012"), ("ImageNet 2012", "ImageNet 2012"), ("MNIST", "MNIST"))
    assert (
        cell_of("dataset", *names, abstract="We test on ILSVRC 2012, ImageNet 2012 and MNIST.") == "ILSVRC 2012, MNIST"
    )
