"""What a draft is: an outline, sentences and tables that each say where they come from, and the papers they cite."""

from __future__ import annotations

from typing import Any, Literal

from corpus.models import Frozen
from survey.outline import Outline, Section
from survey.outline.chinese import is_chinese_topic, title_for
from survey.outline.facets import OPEN

Kind = Literal["counted", "quote", "relation", "problem", "gap"]


class Quote(Frozen):
    """The evidence of a sentence: `quote` is the paper's title or abstract (`source`) from `start` to `end`, word for word."""

    key: str
    id: str
    quote: str
    start: int
    end: int
    source: Literal["title", "abstract"]


class Sentence(Frozen):
    """One sentence of the section at `section`, the titles from the first level down; of the summary, where it is (). Those that
    close a draft may have no section in the outline.

    `kind`: counted facts, a quote word for word, how papers relate, a problem that a paper states word for word, or a gap of the
    idea graph. `smoothed`: a language model worded it anew, from the quotes it cites. `marks`: for each citation the characters of
    `text` before it; none, where all are cited at the end.
    """

    section: tuple[str, ...]
    text: str
    citations: tuple[Quote, ...]
    kind: Kind = "quote"
    smoothed: bool = False
    marks: tuple[int, ...] = ()


class Cell(Frozen):
    """One cell of a table. `evidence` where its text was read in the paper; None for what its record says, or an empty cell."""

    text: str
    evidence: Quote | None = None


class Row(Frozen):
    """One paper of a table, by its key; a cell for each column."""

    key: str
    cells: tuple[Cell, ...]


class Table(Frozen):
    """The papers of the section at `section` side by side. `columns` are the headings, without the one of the keys."""

    section: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


class Reference(Frozen):
    """One paper of the draft. `key` is unique in the draft and of the form hu2022lora."""

    id: str
    key: str
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    arxiv_id: str | None = None
    doi: str | None = None
    url: str | None = None
    code_url: str | None = None
    summary_by: str | None = None  # whose words the quotes are, where they are not the authors'
    digest: str | None = None  # of the title and abstract that the draft read: see `text_digest`


class Draft(Frozen):
    """An outline, the papers in it by key, and the sentences and tables in reading order, those of the summary first.

    `links` are sorted pairs (citing key, cited key) of papers of the draft.
    """

    outline: Outline
    references: tuple[Reference, ...]
    sentences: tuple[Sentence, ...]
    tables: tuple[Table, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def is_chinese(self) -> bool:
        """Whether it is written in Chinese."""
        return is_chinese_topic(self.outline.topic)

    @property
    def closing(self) -> str | None:
        """The title of a last section that the outline lacks, of sentences alone; None where there is none."""
        titles = {section.title for section in self.outline.sections}
        paths = (one.section for one in self.sentences)
        return next((path[0] for path in paths if len(path) == 1 and path[0] not in titles), None)

    def to_contract(self) -> dict[str, Any]:
        """The draft as the JSON that other tools rely on: topic, title, sections, references, sentences, tables and links.

        A section that holds sentences alone is the last of the sections there, without papers.
        """
        last = (Section(title=self.closing),) if self.closing else ()
        outline = self.outline.model_copy(update={"sections": (*self.outline.sections, *last)})
        return {
            **outline.model_dump(mode="json"),
            "references": [reference.to_json() for reference in self.references],
            "sentences": [sentence.model_dump(mode="json") for sentence in self.sentences],
            "tables": [table.model_dump(mode="json") for table in self.tables],
            "links": [list(link) for link in self.links],
        }


def closing_of(topic: str) -> tuple[str, ...]:
    """Where the sentences stand that close a draft on `topic`. Papers on what is open make a section of that name."""
    return (title_for(OPEN, topic),)


def papers_of(section: Section) -> list[str]:
    """The ids of a section and its subsections, in reading order."""
    return [*section.papers, *(paper_id for part in section.sections for paper_id in papers_of(part))]
