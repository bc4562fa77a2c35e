"""What is kept of a survey: the shapes, and how one state comes from another; pure."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.errors import InputError
from corpus.models import Frozen
from survey.draft.models import Draft
from survey.outline import Outline
from survey.outline.editing import ids_of

# Earlier states of an outline that can be gone back to; of a large one fewer, for all are written at each change.
_UNDO, _UNDO_PAPERS = 20, 20_000


class Found(Frozen):
    """A paper that was found for a survey: its `relevance` from 0 to 1, where a search gave one, and how many of the other papers
    cite it (`cited`). `pinned`: somebody wants it.
    """

    id: str
    relevance: float | None = None
    cited: int = 0
    pinned: bool = False


class Survey(Frozen):
    """What is kept of a survey beside its draft.

    `most` papers are looked for. `version` counts changes of the outline, `drafted` is the version that the draft was written
    from; `earlier` are outlines before, the last one first. `edited`: somebody changed the outline. `touched`: somebody works on
    it in the app, so that nothing else may write over it. `doing`: the step that runs, or ran when the app was killed, on the way
    to the step `until`.
    """

    topic: str
    most: int = 150
    llm: str = ""
    llm_model: str = ""
    papers: tuple[Found, ...] = ()
    searched: bool = False  # whether papers have been looked for; until then there are pins only
    left_out: tuple[str, ...] = ()
    outline: Outline | None = None
    version: int = 0
    drafted: int | None = None
    earlier: tuple[Outline, ...] = ()
    edited: bool = False
    touched: bool = False
    doing: str = ""
    until: str = ""
    note: str = ""  # what came of the language model
    changed: str = ""  # when, as an ISO stamp

    @property
    def chosen(self) -> list[str]:
        """The papers that the survey is about: those found, without those left out."""
        left = set(self.left_out)
        return [one.id for one in self.papers if one.id not in left]

    @property
    def pins(self) -> list[str]:
        return [one.id for one in self.papers if one.pinned]

    @property
    def fits(self) -> bool:
        """Whether the outline is one of the chosen papers."""
        return self.outline is not None and set(ids_of(self.outline)) == set(self.chosen)

    @property
    def is_drafted(self) -> bool:
        """Whether the draft is one of the outline as it stands."""
        return self.drafted == self.version and self.fits


class Entry(Frozen):
    """A kept survey in a list: `key` is its folder's name, `papers` and `sections` count those of its outline, or those found."""

    key: str
    topic: str
    changed: str
    papers: int
    sections: int
    drafted: bool
    edited: bool


class KeptFigure(Frozen):
    """A figure of a draft as SVG."""

    name: str
    caption: str
    svg: str


def survey_of(draft: Draft, *, most: int, pins: Sequence[str] = (), left_out: Sequence[str] = ()) -> Survey:
    """What there is to keep of a draft that was made in one go. `pins` and `left_out` are ids."""
    ids = ids_of(draft.outline)
    left = [one for one in left_out if one not in ids]
    papers = tuple(Found(id=one, pinned=one in pins) for one in [*ids, *left])
    return Survey(
        topic=draft.outline.topic,
        most=most,
        papers=papers,
        searched=True,
        left_out=tuple(left),
        outline=draft.outline,
        drafted=0,
    )


def with_outline(survey: Survey, outline: Outline, *, edited: bool) -> Survey:
    """The survey with another outline; the one before can be gone back to."""
    if outline == survey.outline:
        return survey
    most = max(1, min(_UNDO, _UNDO_PAPERS // max(1, len(survey.papers))))
    earlier = (survey.outline, *survey.earlier)[:most] if survey.outline else survey.earlier
    changes = {"outline": outline, "earlier": earlier, "edited": edited, "version": survey.version + 1}
    return survey.model_copy(update=changes)


def undone(survey: Survey) -> Survey:
    """The survey with the outline from before the last change. Raises InputError where there is none."""
    if not survey.earlier:
        raise InputError("nothing is left to undo", "Go on from here")
    changes = {"outline": survey.earlier[0], "earlier": survey.earlier[1:], "version": survey.version + 1}
    return survey.model_copy(update=changes)
