"""Which sentences of abstracts a draft quotes: whole ones, that say what a paper is on, and first those of the papers it names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from importlib import resources

import numpy as np
import pytest

from corpus.models import Paper
from survey.draft import build_keys, write_draft
from survey.draft.material import build_material
from survey.draft.problems import close, state_problems
from survey.outline import Outline, Section
from survey.sentences import (
    after_connective,
    can_be_quoted,
    how_open,
    says_what_it_does,
    says_what_it_makes,
    split_sentences,
    tone,
)


def paper(number: int, title: str, abstract: str = "", *, year: int | None = None) -> Paper:
    return Paper(
        id=f"p{number}", title=title, abstract=abstract, year=year or 2000 + number, authors=(f"Bird {number}",)
    )


def quoted(papers: Sequence[Paper], citations: Sequence[tuple[int, int]] = (), topic: str = "fish") -> list[str]:
    """What the draft of one section quotes of `papers`, whose vectors are all alike."""
    outline = Outline(
        topic=topic, title="T", sections=(Section(title="All", papers=tuple(one.name for one in papers)),)
    )
    draft = write_draft(outline, papers, np.ones((len(papers), 2), dtype=np.float32) / 2**0.5, citations)
    return [one.text for one in draft.sentences if one.kind == "quote" and one.section]


# ---- what stands on its own ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        # Enumerations: the second of several, or the first without the second.
        "(2\\) The second nest is lined with moss and feathers of other birds.",
        "II) The second nest is lined with moss and feathers of other birds.",
        "Nests have three parts: 1) the floor is lined with moss and feathers of other birds.",
        # What the next sentence tells.
        "We ask two important questions about the nests of birds that live in the wild.",
        "The nest is built by a pair of birds and consists of three separate parts.",
        # A question inside, and lists of names without a verb.
        "How does a bird find its nest at night? -- is a question that few have asked.",
        "Robins, Wrens, Owls, House-Sparrows and Swallows of the Northern Isles.",
        # Things that only the sentence before tells.
        "Especially, its nest has not been seen by anybody who went to the island.",
        "In winter, its nest stands empty, and mice live in what the birds have left.",
        "Each nest is lined with moss and feathers that other birds have left behind.",
        "Crucially, nests that are lined with moss stay warm in the first days of spring.",
        "In this work we study giving access to this information to all who watch birds.",
        "We compare its nest with those that other birds of the same island have built.",
        "Based on it, a nest of moss and feathers is built by birds in the spring.",
        "In both cases, a nest of moss and feathers keeps the eggs warm through the night.",
        "Moss and feathers are used in the nests, and both materials keep the eggs warm.",
        "A warm nest of moss and feathers overcomes the two weaknesses that birds have.",
        "A nest of moss and feathers is thus lined by birds before they lay their eggs.",
        "The key idea is to line a nest with moss and feathers that other birds have left.",
        "The new nests are lined with moss and feathers that other birds have left behind.",
        "Some birds line such a nest with moss and feathers, and some of them do not.",
        "One major reason is the wren, which lines its nest with moss and with feathers.",
        "A key example is the wren, which lines its nest with moss and with feathers.",
        "How warm it is in such places tells whether birds will come back in the spring.",
        # What goes on with something: one hand without the other, all three of what was named, a story.
        "On the one hand, birds line their nests with moss and feathers of other birds.",
        "All three help birds that line their nests with moss and feathers of other birds.",
        "Even so, birds line their nests with the moss and feathers of other birds.",
        "By doing so, birds keep their nests of moss and feathers warm through the night.",
        "To go even further, birds line their nests with moss and feathers of other birds.",
        "In specific, birds line their nests with moss and feathers of other birds.",
        "Specially, birds line their nests with the moss and feathers of other birds.",
        "Particularly, birds line their nests with the moss and feathers of other birds.",
        "As for nests, birds line them with moss and with the feathers of other birds.",
        "Warmth thereby stays in the nest through the night, and all of the eggs hatch.",
        "A small bird then lines the nest with moss and with feathers of other birds.",
        "As nests are being built, the island grows loud and is full of small birds.",
        "Moss and feathers of other birds will be gathered to keep the nest warm at night.",
        "The trick takes a few twigs, does not depend on the weather and keeps the nest warm.",
        "Birds line their nests with the moss of the kind that was mentioned above.",
        # A pronoun of nothing that stands before it.
        "After a summer on the plains, or with enough moss, it comes near the best nests.",
        "On eleven islands it overtakes nests that are made by hand with very few eggs.",
        "Under heavy rain, they suffer from cold and leave their nests for the forest.",
        # That there is something, without what it is.
        "Two new materials for the nests of small birds of the islands are presented.",
        "Our treatment includes a novel account of the nests that small birds have built.",
        "We release our code, featuring a library of nests that small birds have built.",
        # Text that was read wrongly.
        "Birds line their nests with moss (and feathers).Wrens line them with straw.",
        "Birds line their nests with moss (and feathers) .Wrens line them with straw.",
        'Birds line their nests with ""moss"" and feathers that others have left behind.',
        "Birds line their nests with ``moss'' and feathers that others have left behind.",
        "Birds line their nests by gatheringfor moss the feathers that others have left.",
        "Birds build nests of moss.Wrens line them with feathers that others have left.",
        "Birds line their nests with moss and fea- thers that other birds have left behind.",
        "Birds line their nests with moss and feathers [16] that other birds have left behind.",
        "Birds line their nests with _moss_ and feathers that other birds have left behind.",
        "Birds line their nests with moss &amp; feathers that other birds have left behind.",
    ],
)
def test_what_is_torn_or_dangling_cannot_be_quoted(sentence: str) -> None:
    assert not can_be_quoted(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Nests have two parts: 1) a floor of moss and 2) a wall of feathers and of straw.",
        "Birds sing in the morning and in the evening, and these birds sing best of all.",
        "Nests and eggs differ in size, and both nests and eggs are found by those who look.",
        "Each of the nests is lined with moss and feathers that other birds have left behind.",
        "Pre- and post-war nests of birds were lined with moss and with scraps of paper.",
        "Birds build their nests in such a way that rain runs off the moss and feathers.",
        "Birds of the northern islands (wrens) build their nests of moss and of feathers.",
        "Owls hunt at night, and hawks hunt by day in the same woods and on the same fields.",
        "On the one hand, birds build nests of moss; on the other hand, they leave them early.",
        "The theory of nests is a part of the study of birds that live in the wild.",
        "In practice, it is hard to tell nests of moss from nests of straw and of feathers.",
        "In a nest, a bird keeps warm the eggs that it has laid in the first days of spring.",
        "With moss and straw, birds that it rains on line the floor of each of their nests.",
        "After the winter, birds line their nests with the moss that other birds have left.",
        "We release NestNet, a data set of one million nests with the birds that built them.",
        "在北方的岛屿上，鸟类用苔藓和羽毛建造巢穴，以保持温暖并保护鸟蛋。",
    ],
)
def test_whole_sentences_can_be_quoted(sentence: str) -> None:
    assert can_be_quoted(sentence)


def test_a_letter_is_an_initial_where_a_name_goes_on() -> None:
    for text in (
        "We count nests of the size of a small U. The others are wide.",
        "We train GPT-J. Others train birds.",
    ):
        assert len(split_sentences(text)) == 2
    for text in ("We follow J. Smith here.", "We follow Michael J. Smith here.", "Nests of the U.S. Army are green."):
        assert len(split_sentences(text)) == 1


def test_what_goes_on_with_a_story_is_quoted_of_papers_on_its_beginning_only() -> None:
    said = "After moulting, owls hide in the old trees until the feathers have grown."
    assert quoted([paper(1, "Moulting owls", said), paper(2, "Emus")]) == [said]
    assert quoted([paper(1, "Silent owls", said), paper(2, "Emus")]) == []


# ---- what is worth it ------------------------------------------------------------------------------------------------


def test_who_presents_experiments_says_nothing_of_what_a_paper_does() -> None:
    for sentence in (
        "We present experiments that validate the quality of the nests.",
        "We develop both northern and southern variants of our method.",
        "We provide extensive experimental results on two islands.",
    ):
        assert not says_what_it_does(sentence)
        assert tone(sentence) < 0.3
    assert says_what_it_does("We present the results of nests on the warmth of eggs.")
    assert says_what_it_does("We present an evaluation of nests on two islands.")


@pytest.mark.parametrize(
    "sentence",
    [
        "We, as the pioneer, build nests of moss.",
        "We hope to steer the study of nests towards moss.",
        "We believe that our findings steer the study of nests towards moss.",
        "A nest of moss offers a practical and warm solution for birds.",
        "Nests of moss guarantee excellent warmth for eggs.",
        "We build nests and showcase how they can advance the study of birds.",
        "To the best of our knowledge, no nest was built of moss before.",
        "Nests of moss hold 11x more eggs than nests of straw.",
        "Nests of moss achieve a mean warmth of 20.5 degrees.",
        "Nests have gained much attention in recent years.",
        "The accuracy is measured on six smaller islands.",
        "A nest is one of the most important components of the life of birds.",
        "Several nests and methods have been proposed for birds.",
        "Birds have been shown to be effective builders.",
    ],
)
def test_praise_and_truisms_are_worth_little(sentence: str) -> None:
    assert tone(sentence) < 0.3


def test_praise_at_the_end_of_what_was_made_takes_less_from_it() -> None:
    made = tone("We present nests of moss and of feathers for small birds, which outperform all others.")
    assert tone("We show that nests outperform all others.") < made < tone("We present nests of moss for small birds.")


def test_an_adjective_of_praise_takes_a_little() -> None:
    assert 0.7 < tone("We present a novel nest for small birds.") < tone("We present a nest for small birds.")


def test_a_sentence_goes_on_after_its_here() -> None:
    assert after_connective("Here, we build nests of moss.") == 6
    assert after_connective("Here and there, birds build nests.") == 0
    assert after_connective("Specifically, we propose nests of moss.") == 14
    assert after_connective("Specifically, nests are built of moss.") == 0


@pytest.mark.parametrize(
    ("sentence", "open_"),
    [
        # Future work counts where something is left to it.
        ("Whether wrens line their nests is left for future work.", 2),
        ("The nests open up exciting directions for future work on birds.", 0),
        ("We list nests, birds and future directions.", 0),
        # What no bird can do, or a bird that a clause is on.
        ("Large birds cannot hide in nests of moss.", 1),
        ("Birds that cannot fly build nests on the ground.", 0),
        ("A nest fails under heavy rain.", 1),
        # What works, unless it is granted before what does not.
        ("Moss restores much of the warmth that nests suffer from losing.", 0),
        ("Moss remains effective where straw fails to keep the eggs warm.", 0),
        ("Although moss gains ground, nests of it suffer from rain.", 1),
        ("Nests of moss are highly effective, but they suffer from rain.", 1),
        ("This survey names the limitations of all nests.", 0),
        ("The results show where nests of moss suffer from rain.", 0),
        ("Moss is a solution to the limitations of straw.", 0),
        ("Unlike other birds, wrens are not limited to nests of straw.", 0),
        ("Feathers compensate for the limitations of straw.", 0),
        # The paper's own.
        ("The model ignores nests where it cannot count the eggs.", 0),
        ("The lower half of the decoder ignores the nests.", 0),
        ("The model of nests suffers from rain.", 1),
        ("Models ignore nests where they cannot count the eggs.", 1),
        # To break a thing down is no failing.
        ("Counting eggs asks for the ability to break down nests.", 0),
        ("Nests of moss break down under heavy rain.", 1),
        ("NestBench has many nests and exposes the limitations of all birds.", 0),
        ("Counting goes on with nests that draw the eye on open questions of birds.", 0),
        ("How birds count their nests is an open question.", 2),
        ("Warmth rises with moss, while some nests remain hard.", 0),
    ],
)
def test_what_states_a_problem(sentence: str, open_: int) -> None:
    assert how_open(sentence) == open_


# ---- what is chosen --------------------------------------------------------------------------------------------------


def test_a_draft_quotes_rather_less_than_what_says_nothing() -> None:
    empty = "We present experiments that validate the quality of the nests of birds."
    assert quoted(
        [paper(1, "Owls", empty), paper(2, "Emus", "Emus run over the dry plains of the south and lay green eggs.")]
    ) == ["Emus run over the dry plains of the south and lay green eggs."]


@pytest.mark.parametrize(
    "titles", [("Warm nests of moss", "Hungry wolves in winter"), ("Hungry wolves", "Nests of moss")]
)
def test_of_a_paper_the_sentence_is_quoted_that_says_what_its_title_says(titles: tuple[str, str]) -> None:
    abstract = (
        "Small owls build warm nests of soft moss in spring. Grey wolves grow thin and hungry in the long winter."
    )
    nests, wolves = abstract.split(" Grey")[0], "Grey" + abstract.split(" Grey")[1]
    said = quoted([paper(number, title, abstract) for number, title in enumerate(titles)])
    assert said == ([nests, wolves] if "moss" in titles[0] else [wolves, nests])


def test_who_makes_something_says_more_than_who_does() -> None:
    assert says_what_it_makes("We build nests.") and not says_what_it_makes("We study nests.")


NAMED = (
    "Owls are birds of the night. We present fish that see well in the dark water of the northern lakes. "
    "Owls hear mice under the snow of the northern fields, and hunt them there."
)


def test_the_papers_that_an_opening_names_are_quoted_first() -> None:
    """Two papers are cited most; what they say is what all fish papers say, and so marks none of them."""
    others = [
        paper(n, f"Boats {n}", f"Wooden boats of the {place} harbour carry {load} over the lake.")
        for n, (place, load) in enumerate([("old", "stones"), ("new", "timber"), ("small", "sheep")], 3)
    ]
    papers = [
        paper(1, "Fish in the dark water", NAMED),
        paper(2, "Silent gulls", "Silent gulls follow no boats at all, day or night."),
        *others,
    ]
    said = quoted(papers, [(n, 0) for n in range(2, 5)] + [(3, 1), (4, 1)])
    assert said[:2] == [
        "We present fish that see well in the dark water of the northern lakes.",
        "Silent gulls follow no boats at all, day or night.",
    ]
    assert len(said) == 3


def test_of_a_named_paper_the_problem_is_left_to_the_problems() -> None:
    unknown = "How fish of the dark water find their way home in winter remains unclear."
    seen = "Fish of the northern lakes see well at night, and hide by day."
    papers = [paper(1, "Fish of the dark water", f"{seen} {unknown}"), paper(2, "Gulls"), paper(3, "Terns")]
    assert quoted(papers, [(1, 0), (2, 0)]) == [seen]


# ---- what introduces a section with parts ----------------------------------------------------------------------------


def introduced(heading: str, *abstracts: str, topic: str = "birds") -> list[str]:
    """What introduces a section of two parts, with a paper for each abstract in the first of these."""
    papers = [paper(n, "OWL: Birds at Night" if n == 0 else f"Bird {n}", text) for n, text in enumerate(abstracts)]
    parts = (Section(title="One", papers=tuple(one.name for one in papers[:-1])), Section(title="Two", papers=("p9",)))
    papers[-1] = papers[-1].model_copy(update={"id": "p9"})
    outline = Outline(topic=topic, title="T", sections=(Section(title=heading, sections=parts),))
    draft = write_draft(outline, papers, np.ones((len(papers), 2), dtype=np.float32), [])
    return [one.text for one in draft.sentences if one.kind == "quote" and one.section == (heading,)]


@pytest.mark.parametrize(
    ("heading", "sentence", "introduces"),
    [
        ("Warm nests (WNs)", "Warm nests are built by birds in the first days of spring.", True),
        ("Warm nests (WNs)", "Of all that birds build, WNs stand the longest in the wind.", True),
        ("Eggs and nests", "Nests are built by birds in the first days of spring.", True),
        ("巢穴的效率", "Efficiency is what birds look for in the first days of spring.", True),
        # One word of two, or only those of the topic, or late in the sentence.
        ("Warm nests (WNs)", "Warm days are loved by birds that build in the first days of spring.", False),
        ("Training strategies for birds", "Birds of the island are trained in the first days of spring.", False),
        ("Nests", "In the first days of spring birds of the island fly about and look for nests.", False),
        # Praise, and what the paper itself makes.
        ("Nests", "Nests of moss outperform all others in the first days of spring.", False),
        ("Nests", "We propose nests of moss for birds in the first days of spring.", False),
        ("Nests", "NestNet lines nests with moss in the first days of spring.", False),
        ("Nests", "In nests OWL lays many eggs in the first days of spring.", False),
    ],
)
def test_what_introduces_a_section_speaks_of_it(heading: str, sentence: str, introduces: bool) -> None:
    topic = "鸟类" if heading == "巢穴的效率" else "birds"
    others = "Fish swim about in the lake and sleep at night.", "Boats lie in the harbour and rot in the rain."
    assert introduced(heading, sentence, *others, topic=topic) == ([sentence] if introduces else [])


# ---- open problems ---------------------------------------------------------------------------------------------------


def problems_of(*papers: Paper, also: Sequence[Paper] = ()) -> list[str]:
    """What a section of these papers says is open, where nothing of them is quoted yet; the draft has `also` others."""
    all_papers = [*papers, *also]
    vectors = np.ones((len(all_papers), 2), dtype=np.float32)
    material = build_material(all_papers, build_keys(all_papers), vectors, [], {}, "birds")
    return [one.text for one in state_problems(material, ("All",), [one.name for one in papers], 5)]


def test_what_was_open_long_ago_is_told_where_no_paper_is_young() -> None:
    old, new = paper(1, "Gulls", LAKE, year=2001), paper(2, "Terns", ISLE, year=2020)
    speaks = paper(3, "Bird", "Small owls build warm nests of soft moss in spring.", year=2020)
    assert problems_of(old, new) == [ISLE]
    assert problems_of(old, also=[new]) == [LAKE]
    assert problems_of(old, speaks, also=[new]) == []
    # A failing of old methods is told nowhere.
    assert problems_of(paper(1, "Trees", TREE, year=2001), also=[new]) == []


def test_what_a_paper_says_of_its_own_method_is_no_problem_of_the_field() -> None:
    said = "OWL suffers from storms that carry it far off the lake."
    assert problems_of(paper(1, "OWL: Birds at Night", said)) == []
    assert problems_of(paper(1, "Birds at Night", said)) == [said]


# ---- the closing -----------------------------------------------------------------------------------------------------


def closing_of_parts(abstracts: dict[tuple[str, str], list[str]]) -> list[str]:
    """What closes a draft whose sections have parts, with a paper for each abstract."""
    papers: list[Paper] = []
    parts: dict[str, list[Section]] = {}
    for (section, part), texts in abstracts.items():
        held = [paper(len(papers) + n, f"Bird {len(papers) + n}", text, year=2020) for n, text in enumerate(texts)]
        papers += held
        parts.setdefault(section, []).append(Section(title=part, papers=tuple(one.name for one in held)))
    sections = [Section(title=title, sections=tuple(held)) for title, held in parts.items()]
    vectors = np.ones((len(papers), 2), dtype=np.float32)
    material = build_material(papers, build_keys(papers), vectors, [], {}, "birds")
    return [one.text for one in close(material, ("Open",), sections, [])]


LAKE = "How gulls find the lake in thick fog remains unknown."
ISLE = "Why terns leave the island before autumn remains unclear."
TREE = "Old trees suffer from beetles that eat their bark away."
ROCK = "Steep rocks suffer from frost that breaks them slowly."
SAND = "Warm sand suffers from storms that carry it far off."


def test_the_closing_goes_round_the_sections_the_largest_first_and_takes_one_problem_a_part() -> None:
    said = closing_of_parts(
        {
            ("Small", "Trees"): [TREE],
            ("Large", "Water"): [LAKE, ISLE],
            ("Large", "Stone"): [ROCK, SAND],
        }
    )
    assert said[0] in (LAKE, ISLE)  # the most open of the largest section
    assert said[1] == TREE
    assert len(said) == 3
    assert said[2] in (ROCK, SAND)  # the other part of the largest


def test_the_closing_makes_no_point_twice() -> None:
    again = "How gulls find the lake in thick fog is still unknown."
    assert closing_of_parts({("A", "B"): [LAKE], ("C", "D"): [again], ("E", "F"): [TREE]}) == [LAKE, TREE]


def test_the_wordings_are_in_small_letters_and_one_alternative_each() -> None:
    """Sentences are compared in small letters, and what begins an alternative is taken out of it."""
    for table in tomllib.loads(resources.files("survey").joinpath("sentences.toml").read_text("utf-8")).values():
        for part in (part for parts in table.values() for part in parts):
            plain = re.sub(r"\\.", "", part)
            assert plain == plain.lower(), part
            while (bare := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", plain)) != plain:
                plain = bare
            assert "|" not in plain, part
