"""Word lists by which a model's sentence is held against the quotes it cites: English, and the few Chinese signs that matter."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that join what the quotes say and say nothing themselves: no quote need bear them, and they count for nothing.
JOINING = _words(
    """
    a about across additional additionally alongside also although an and another apply approach approaches are as at
    author authors be been being between both but by can case cases consider contrast describe discuss do does during
    each either examine example face for former from further furthermore had has have having here how however if in into
    is it its itself latter like line lines meanwhile method methods moreover of on one ones or other others paper
    papers particular percent percentage report respectively second section set similarly specifically state studies
    study such survey than that the their them then there these they third this those though through to together toward
    towards turn two-fold under use used uses using via was way ways were what when where whereas whether which while
    who whose with within work works
    """
)

# A sentence that begins so speaks of the one before, which may be about another paper.
LEANING = _words("he her his it its latter former she such their them these they this those")

# In a survey, who says so speaks for authors who are not the survey's.
OWN_VOICE = re.compile(
    r"\b(?:[Ww]e|[Oo]urs?|us|I|[Mm]y|[Tt]his (?:paper|work|article|study|letter|report|survey))\b|本文|我们"
)

# What joins the words of a noun phrase.
NOUN_JOINS = _words("a across an and as beyond between by for from in of on the through to under via with without")

# Words that turn, widen, narrow or grade a claim, in any inflection. One of a line stands for all of it: what a sentence claims
# with a word of a line, a quote it cites must claim with a word of the same line; from a line with > also of the same thing, which
# stands after the word.
CLAIM_LINES = """
    > increase raise rise grow grown growth more higher larger bigger greater
    > decrease reduce reduction lower less fewer smaller shrink cut drop dropped dropping save
    > improve improvement better enhance boost benefit gain
    > outperform surpass exceed beat beaten superior
    best highest optimal state-of-the-art sota
    > worse degrade degradation hurt hurting harm inferior deteriorate suffer underperform
    worst lowest
    > match comparable competitive on-par par equal equivalent
    > fast faster fastest quick accelerate speedup
    slow slower slowest
    cheap cheaper inexpensive lightweight efficient efficiency
    expensive costly heavy
    > large big huge massive
    > small tiny little few
    easy easily simple simply
    hard difficult challenging complex
    effective effectiveness success successful succeed
    limit limitation
    robust robustness stable stability reliable
    accurate precise
    novel novelty new newly first original
    all every always any entire full complete whole
    only sole solely merely just exclusive
    most majority
    many numerous
    same identical
    different distinct various diverse
    never
    main key important essential crucial critical central
    significant substantial considerable considerably dramatic dramatically greatly strong much far
    consistent
    > prove proven guarantee ensure must necessarily
    show shown demonstrate find found reveal observe confirm
    propose introduce present develop design devise
    because therefore thus hence consequently so since due cause result lead thereby
    > enable allow permit permitted permitting let letting
    > require need
    build extend follow inspire based basing
    unlike instead rather
    recent
    previous previously prior earlier past existing
    common popular widely standard typical typically usual often generally
    rare seldom
    still remain yet open unsolved
    half double twice triple
"""

# What denies or limits what stands after it: it must neither be left out nor be put in. One of a line stands for all of it.
DENIALS = """
    no not none neither nor without never cannot nothing
    hardly barely rarely seldom scarcely
    fail failure struggle unable short lack insufficient inability
    prevent avoid eliminate remove mitigate alleviate overcome
    ignore overlook neglect disregard skip
    only solely merely just exclusively
    among few most several some little
    almost nearly virtually practically
    mainly mostly largely partly often frequently sometimes usually typically generally commonly
"""
# Chinese signs of negation, where they are no part of a word that isn't one.
HAN_NEGATION = re.compile("不(?!同|仅|断|但)|没有?|无(?!线)|未(?!来)|非(?!常)|勿")

# A claim with one of these is made with reserve, or is an aim and not yet an outcome.
HEDGES = _words(
    """
    aim aimed aims appear appears assume assumed assumes attempt attempts believe believed believes claim claimed
    claims conjecture conjectures could expect expected hope hopes hypothesize hypothesizes intend intended intends
    likely may might partially partly perhaps possibly potentially promise promises promising seek seeks seem seems
    should sometimes suggest suggests tend tends tries try would
    """
)
HAN_HEDGE = re.compile("可能|或许|也许|似乎|大概|有望")

# "one" is left out, as it is mostly no number: one work, one of them.
_COUNTS = """
    zero=0 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14 fifteen=15
    sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 fifty=50 sixty=60 seventy=70 eighty=80 ninety=90
    dozen=dozen dozens=dozen hundred=hundred hundreds=hundred thousand=thousand thousands=thousand million=million
    millions=million billion=billion billions=billion trillion=trillion trillions=trillion
"""
NUMBERS = dict(pair.split("=") for pair in _COUNTS.split())

# What stands after one of these takes back some of what stood before.
TURN = re.compile(r"\b(?:but|however|yet|except|unless)\b|但是?|然而|不过", re.IGNORECASE)
# So begins what the main clause, after the comma, takes back.
CONCESSION = re.compile(
    r"^(?:although|though|despite|in spite of|while|even though)\b[^,]*,|^(?:虽然|尽管)[^，]*，", re.IGNORECASE
)
# What holds only under what stands after one of these.
CONDITION = re.compile(r"\b(?:if|when|unless|provided|as long as)\b([^,;.]*)|(?:如果|只要|当)([^，。]*)", re.IGNORECASE)
