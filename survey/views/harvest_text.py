"""What the harvest page reads from its form, and what it says: plain values in, Streamlit's Markdown or plain text out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from corpus.errors import FourwaysError, InputError, shorten
from corpus.harvest import Request
from corpus.logbook import Run
from corpus.merges import Merge
from corpus.report import HarvestReport, Report
from corpus.sources.arxiv import INTERVAL
from corpus.sources.arxiv_record import valid_id
from corpus.topics import Topic, check_query
from survey.jobs import Step, seconds_left
from survey.views.language import named, say, told
from survey.views.moments import duration, roughly, when
from survey.views.text import message, plain

SOURCE = "semantic-scholar"
# How many entries arXiv's client asks for at a time.
PAGE = 200

_HARVESTING = "Harvesting "
_CITATIONS = "Citations from "
_EMBEDDING = "Embedding papers"
LOADING = "Loading the embedding model"
NO_BREAK, NO_BREAK_HYPHEN = "\u00a0", "\u2011"


# ---- the form ----------------------------------------------------------------------------------------------------------


def read_request(
    topics: Sequence[Topic],
    *,
    query: str = "",
    ids: str = "",
    since: date | None = None,
    limit: int | None = None,
    wanted: bool = False,
    citations: bool = False,
) -> Request:
    """What to harvest, from the form's fields. Raises InputError for a query or an id that arXiv could not answer."""
    query = " ".join(query.split())
    if query and (why := check_query(query)):
        raise InputError(f"arXiv cannot answer the query {shorten(query)!r} ({why})", "Mend it, or use plain words")
    return Request(
        topics=tuple(topics),
        query=query or None,
        ids=tuple(dict.fromkeys(_read_id(text) for text in re.split(r"[\s,;，、；]+", ids) if text)),
        since=since,
        limit=limit,
        wanted=wanted,
        citations=(SOURCE,) if citations else (),
    )


def _read_id(text: str) -> str:
    if bare := valid_id(text):
        return bare
    raise InputError(f"{shorten(text)!r} is no arXiv id", "They look like 2106.09685 or quant-ph/0201082")


def is_empty(request: Request) -> bool:
    """Whether there is nothing to ask for."""
    return not (request.topics or request.query or request.ids or request.wanted)


def cost(request: Request, wanted: int, index: bool) -> str:
    """How long a harvest takes about, of which `wanted` is how many papers the notes wait for."""
    pages = -(-request.limit // PAGE) if request.limit else 1
    asked = len(request.questions()) * pages + -(-len(request.ids) // PAGE) + (wanted if request.wanted else 0)
    cost = say("harvest.cost", n=asked, interval=f"{INTERVAL:.0f}", time=duration(asked * INTERVAL))
    later = [
        *([say("harvest.the_citations")] if request.citations else []),
        *([say("harvest.the_indexing")] if index else []),
    ]
    return f"{cost}{say('harvest.then', what=_and(later)) if later else ''}{say('text.stop')}"


def plan_of(request: Request, index: bool) -> list[str]:
    """The steps that a harvest's progress will name, in their order."""
    topics = [*(["ids"] if request.ids else []), *(question.topic for question in request.questions())]
    topics += ["notes"] if request.wanted else []
    return [
        *([LOADING] if index else []),
        *(_HARVESTING + topic for topic in topics),
        *(_CITATIONS + source for source in request.citations),
        *([_EMBEDDING] if index else []),
    ]


# ---- topics ------------------------------------------------------------------------------------------------------------


def topic_label(topic: Topic, found: int, last: str, zone: tzinfo | None = None) -> str:
    """A topic for its checkbox: its names, how many papers it has found, and the day of its last harvest (ISO, UTC)."""
    names = plain(named(topic))
    if not last:
        return names
    about = f"· {say('text.papers', n=found)}, {when(last, zone)[:10]}"
    # Without a break inside: it goes to the next line whole.
    return f"{names} :small[:gray[{about.replace(' ', NO_BREAK).replace('-', NO_BREAK_HYPHEN)}]]"


def topic_name(key: str, topics: Mapping[str, Topic]) -> str:
    """What a topic of the logbook is called, as plain text; a topic that is gone goes by its key."""
    if key in topics:
        return named(topics[key])
    return say(f"harvest.topic_{key}") if key in ("ids", "notes") else key[:1].upper() + key[1:]


def side_by_side(groups: Mapping[str, Sequence[Topic]], columns: int) -> list[list[str]]:
    """The groups' keys in so many columns of about the same height."""
    packed: list[list[str]] = [[] for _ in range(columns)]
    heights = [0] * columns
    for key, topics in groups.items():
        lowest = heights.index(min(heights))
        packed[lowest].append(key)
        heights[lowest] += len(topics) + 2  # the heading, and the space below
    return packed


def last_asked(runs: Iterable[Run], found: Mapping[str, tuple[int, str]]) -> dict[str, str]:
    """Topic -> when it was last harvested (ISO, UTC): also those harvests that found nothing new for it."""
    last = {topic: day for topic, (_, day) in found.items()}
    for run in runs:
        for topic in run.report.topics if run.report else ():
            last[topic] = max(last.get(topic, ""), run.ended or "")
    return last


# ---- a harvest under way -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """What is shown of a running job: how full the bar is (0 to 1), what is being done, and how far all is."""

    part: float
    doing: str
    so_far: str


def describe(steps: Sequence[Step], plan: Sequence[str], topics: Mapping[str, Topic], new: int, moment: float) -> View:
    """How a job stands at a `moment` (monotonic seconds); `new` counts the papers that it has brought."""
    if not steps:
        return View(0.0, say("work.starting"), "")
    step = steps[-1]
    asked = [what for what in plan if what.startswith(_HARVESTING)]
    read = sum(one.done for one in steps if one.what.startswith(_HARVESTING))
    so_far = [say("harvest.read", n=read, new=new)] if read else []
    if step.what in asked:
        part = (asked.index(step.what) + step.part) / len(asked)
        began = next(one.began for one in steps if one.what in asked)
        doing = _doing(step, asked, topics)
    else:
        part, began = step.part, step.began
        doing = f"**{plain(_step_name(step.what))}** {_counts(step)}"
    left = seconds_left(part, step.heard - began)
    if left is not None and part < 1:
        so_far.append(say("work.left", time=roughly(left - (moment - step.heard))) + _after(step.what, plan))
    return View(part, doing.rstrip(), " · ".join(so_far))


def _doing(step: Step, asked: Sequence[str], topics: Mapping[str, Topic]) -> str:
    """Which topic is under way: where one is done and others follow, arXiv is being asked for the next."""
    place, counts = asked.index(step.what), _counts(step)
    if step.part == 1 and place + 1 < len(asked):
        place, counts = place + 1, ""
    name = plain(topic_name(asked[place].removeprefix(_HARVESTING), topics))
    return say("harvest.of_topics", place=place + 1, n=len(asked), name=f"**{name}** {counts}")


def _counts(step: Step) -> str:
    return f"· {say('work.of', done=step.done, total=step.total)}" if step.total > 1 else ""


def _after(what: str, plan: Sequence[str]) -> str:
    """What comes after this part of the plan."""
    place = plan.index(what) if what in plan else len(plan)
    later = plan[place + 1 :]
    parts = {"the_citations": _CITATIONS, "the_indexing": _EMBEDDING}
    names = [say(f"harvest.{name}") for name, start in parts.items() if any(one.startswith(start) for one in later)]
    return say("harvest.then_also", what=_and(names)) if names else ""


def _step_name(what: str) -> str:
    return (
        say("harvest.citations_from", source=what.removeprefix(_CITATIONS))
        if what.startswith(_CITATIONS)
        else told(what)
    )


def _and(names: Sequence[str]) -> str:
    return say("text.and").join(names)


def wait_told(why: str, seconds: float) -> str:
    """Why nothing happens, and for how long; empty where there is nothing to say."""
    if not why:
        return ""
    left = say("harvest.wait_left", time=duration(seconds)) if seconds >= 1 else ""
    return f":material/hourglass_top: {say('harvest.waiting', why=plain(told(why)))}{left}"


# ---- its end -----------------------------------------------------------------------------------------------------------


def verdict(
    *, stopped: bool, error: FourwaysError | OSError | None, report: HarvestReport | None, whole: bool
) -> tuple[str, str]:
    """How a job ended: the kind of message (success, info, warning, error) and its text.

    `report`: of the harvest, if it began. `whole`: the work came to its end.
    """
    kept = f" {say('harvest.kept')}" if report else ""
    if stopped:
        return "info", f"{say('harvest.stopped')}{kept}"
    if isinstance(error, FourwaysError):
        sentences = (say("text.sentence", text=message(_capital(told(part)))) for part in (error.what, error.remedy))
        return "error", f"{' '.join(sentences)}{kept}"
    if error:
        return "error", f"{say('text.sentence', text=say('page.disk', why=plain(str(error))))}{kept}"
    if not whole:
        return "error", f"{say('harvest.broke_off')} {say('harvest.kept')}"
    if report and report.gave_up:
        return "warning", f"{say('harvest.not_all', why=_gave_up(report))}{kept}"
    return "success", say("harvest.done")


def _gave_up(report: HarvestReport) -> str:
    return " ".join(say("text.sentence", text=message(told(why.rstrip(".")))) for why in report.gave_up)


def told_counts(report: HarvestReport, embedded: int | None) -> list[str]:
    """What a harvest did, in plain words, a line each."""
    lines = [told_papers(report)]
    if report.citations:
        lines.append(told_citations(report))
    arrived, left = report.waiting.get("arrived", 0), report.waiting.get("left", 0)
    if arrived:
        lines.append(say("harvest.arrived", n=arrived, left=left))
    elif left:
        lines.append(say("harvest.still_wait", n=left))
    if embedded is not None:
        lines.append(say("library.indexed", n=embedded))
    waited = say("harvest.waited", time=duration(report.waited_s)) if report.waited_s >= 1 else ""
    lines.append(f"{say('harvest.requests', n=report.requests)}{waited}{say('text.stop')}")
    return lines


def told_papers(report: Report) -> str:
    """How many papers are new, and what became of the others."""
    counts = {what: getattr(report, what) for what in ("updated", "merged", "unchanged")}
    return f"**{say('import.new', n=report.new)}**{say('import.rest', **counts)}"


def told_citations(report: Report) -> str:
    """How many citations are new, and how many link two papers."""
    return say("import.new_citations", n=report.citations.get("new", 0), linked=report.citations.get("linked", 0))


def topic_rows(report: HarvestReport, topics: Mapping[str, Topic]) -> list[dict[str, Any]]:
    """A table: what came of each topic."""
    return [
        {
            say("harvest.topic"): topic_name(key, topics),
            **{say(f"harvest.count_{what}"): count for what, count in counts.items()},
        }
        for key, counts in report.topics.items()
    ]


def by_topic(found: Sequence[int], of_topics: Mapping[str, Iterable[int]]) -> dict[str, list[int]]:
    """Of the papers that were `found`, in their order, those of each topic; topics without any are left out."""
    groups = {topic: [pid for pid in found if pid in known] for topic, known in _sets(of_topics).items()}
    return {topic: pids for topic, pids in groups.items() if pids}


def _sets(of_topics: Mapping[str, Iterable[int]]) -> dict[str, set[int]]:
    return {topic: set(pids) for topic, pids in of_topics.items()}


def told_merge(merge: Merge) -> str:
    """Why records were joined, and what the other one was called."""
    other = say("harvest.merged_with", title=plain(merge.other_title)) if merge.other_title != merge.title else ""
    return other + say("harvest.merged_why", labels=plain(", ".join(merge.labels)), why=plain(told(merge.why)))


# ---- earlier harvests --------------------------------------------------------------------------------------------------


def run_rows(runs: Iterable[Run], topics: Mapping[str, Topic], zone: tzinfo | None = None) -> list[dict[str, Any]]:
    """A table of harvests."""
    return [
        {
            say("harvest.when"): when(run.started, zone),
            say("harvest.asked"): asked_for(run.request, topics),
            say("harvest.count_new"): run.report.new if run.report else None,
            say("harvest.count_updated"): run.report.updated if run.report else None,
            say("harvest.end"): how_ended(run),
        }
        for run in runs
    ]


def how_ended(run: Run) -> str:
    if run.report is None:
        return say("harvest.cut_off")
    return "; ".join(told(why) for why in run.report.gave_up).rstrip(".") or say("harvest.complete")


def asked_for(request: Mapping[str, Any], topics: Mapping[str, Topic], most: int = 3) -> str:
    """A harvest's request, as the logbook keeps it, in a few words of plain text."""
    names = [topic_name(str(key), topics) for key in request.get("topics") or ()]
    if len(names) > most + 1:
        names = [*names[:most], say("harvest.more_topics", n=len(names) - most)]
    if request.get("query"):
        names.append(f"“{request['query']}”")
    if ids := request.get("ids"):
        names.append(say("harvest.some_ids", n=len(ids)))
    if (categories := request.get("categories")) and not names:
        names.append(", ".join(categories))
    if request.get("wanted"):
        names.append(say("harvest.of_notes"))
    since = say("harvest.asked_since", day=request["since"]) if request.get("since") else ""
    return f"{', '.join(names) or say('harvest.everything')}{since}"


# ---- words -------------------------------------------------------------------------------------------------------------


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
