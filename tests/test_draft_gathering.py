"""What a draft takes from the library beside its papers: what these speak of, and what nobody has done."""

from __future__ import annotations

import pytest

from corpus.concepts import set_concepts
from corpus.ideas import Idea, add_idea, set_state
from corpus.library import Library
from corpus.models import Concept, ConceptKind, Mention, Paper
from survey.draft import gathering
from survey.draft.gathering import find_gaps, load_spoken

SONGS = [Paper(id=f"s{n}", title=f"Wavelets for songs {n}", year=2000 + n) for n in range(4)]
NESTS = [Paper(id=f"n{n}", title=f"Counting nests {n}", year=2010 + n) for n in range(4)]
WAVELETS, COUNTING = "method:wavelets", "task:counting"


def concept(key: str) -> Concept:
    kind, name = key.split(":")
    kinds: dict[str, ConceptKind] = {"method": "method", "task": "task", "dataset": "dataset"}
    return Concept(key=key, kind=kinds[kind], name=name)


def mention(pid: int, key: str, start: int, stop: int) -> Mention:
    return Mention(paper=pid, concept=key, edge="uses", weight=0.9, field="title", start=start, stop=stop)


@pytest.fixture
def keys(library: Library) -> list[int]:
    """A library in which four papers use wavelets, four count, and none does both."""
    library.add([*SONGS, *NESTS], "test")
    songs, nests = ([library.resolve(paper.name) for paper in papers] for papers in (SONGS, NESTS))
    said = [mention(pid, WAVELETS, 0, 8) for pid in songs] + [mention(pid, COUNTING, 0, 8) for pid in nests]
    set_concepts(library, [concept(WAVELETS), concept(COUNTING)], said)
    return [*songs, *nests]


def test_what_papers_speak_of_comes_by_paper_with_its_words(library: Library, keys: list[int]) -> None:
    spoken = load_spoken(library, keys)
    assert set(spoken) == {paper.name for paper in [*SONGS, *NESTS]}
    (one,) = spoken["s0"]
    assert (one.name, one.kind, SONGS[0].title[one.start : one.stop]) == ("wavelets", "method", "Wavelets")


def test_a_library_without_concepts_has_nothing_to_say(library: Library) -> None:
    library.add(SONGS, "test")
    keys = [library.resolve(paper.name) for paper in SONGS]
    assert load_spoken(library, keys) == {}
    assert find_gaps(library, keys, {}, "songs") == []


def test_a_method_and_a_task_that_no_paper_has_both_of_are_a_gap(library: Library, keys: list[int]) -> None:
    (gap,) = find_gaps(library, keys, load_spoken(library, keys), "birds")
    assert gap.text == "no paper in the library mentions both wavelets (in four papers) and counting (in four papers)"
    # Two papers for either side.
    assert [paper_id for paper_id, _ in gap.evidence] == ["s0", "s1", "n0", "n1"]


def test_a_gap_of_a_chinese_draft_has_chinese_names(library: Library, keys: list[int]) -> None:
    said = [mention(pid, "method:adapters", 0, 8) for pid in keys[:4]]
    said += [mention(pid, "task:object detection", 0, 8) for pid in keys[4:]]
    set_concepts(library, [concept("method:adapters"), concept("task:object detection")], said)
    (gap,) = find_gaps(library, keys, load_spoken(library, keys), "鸟类")
    assert gap.text == "文献库中没有论文同时提到适配器（4篇论文）和目标检测（4篇论文）"
    assert {one.name for _, one in gap.evidence} == {"adapters", "object detection"}


def test_what_the_topic_itself_says_is_no_gap(library: Library, keys: list[int]) -> None:
    spoken = load_spoken(library, keys)
    assert find_gaps(library, keys, spoken, "counting birds") == []
    # Also in Chinese: to count crowds.
    assert find_gaps(library, keys, spoken, "人群计数") == []


def test_what_one_paper_joins_is_no_gap(library: Library, keys: list[int]) -> None:
    both = Paper(id="both", title="Wavelets for counting", year=2020)
    library.add([both], "test")
    pid = library.resolve("both")
    said = [mention(key, WAVELETS, 0, 8) for key in [*keys[:4], pid]] + [
        mention(key, COUNTING, 0, 8) for key in [*keys[4:], pid]
    ]
    set_concepts(library, [concept(WAVELETS), concept(COUNTING)], said)
    # Also where that paper is not of the draft.
    assert find_gaps(library, keys, load_spoken(library, keys), "birds") == []


def test_what_a_text_joins_in_other_words_is_no_gap(library: Library, keys: list[int]) -> None:
    # The library knows only that it uses wavelets.
    library.add([Paper(id="both", title="Wavelets", abstract="The counting of birds.", year=2020)], "test")
    pid = library.resolve("both")
    said = [mention(key, WAVELETS, 0, 8) for key in [*keys[:4], pid]] + [
        mention(key, COUNTING, 0, 8) for key in keys[4:]
    ]
    set_concepts(library, [concept(WAVELETS), concept(COUNTING)], said)
    assert find_gaps(library, keys, load_spoken(library, keys), "birds") == []


def test_few_papers_of_either_side_tell_nothing(
    library: Library, keys: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "EXPECTED", 3.0)
    assert find_gaps(library, keys, load_spoken(library, keys), "birds") == []


def test_an_idea_that_somebody_keeps_comes_first(library: Library, keys: list[int]) -> None:
    found = Idea(key="own", statement="x", move="own", concepts=(WAVELETS, COUNTING), names=("wavelets", "counting"))
    kept = add_idea(library, "Count nests by wavelets.", extra=found)
    first = find_gaps(library, keys, load_spoken(library, keys), "birds")[0]
    assert first.text == "an idea that is kept in the library joins wavelets and counting: Count nests by wavelets"
    assert [paper_id for paper_id, _ in first.evidence] == ["s0", "n0"]
    set_state(library, kept.idea.key, "dropped")
    assert all("idea" not in gap.text for gap in find_gaps(library, keys, load_spoken(library, keys), "birds"))
