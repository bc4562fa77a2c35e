"""Sentences of abstracts: where they begin and end, and which of them can stand alone in somebody else's text."""

from __future__ import annotations

import re

# Characters of a sentence that can be quoted: a shorter one says nothing, a longer one is read by nobody.
LENGTH = (50, 320)

# Praise that comes so many characters after `we propose` stands at the end of what is told.
_TAIL = 30

# A full stop and white space before a capital, digit, quote or bracket; Chinese marks need no space.
_END = re.compile(r"[.!?][\"”’)\]]*(?=\s+[\"“‘(\[A-Z0-9$\\]|\s*$)|[。！？]+[”’」』）]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|cf|vs|resp|approx|Fig|Figs|Eq|Eqs|Sec|Tab|Ref|Refs|No|Dr|Mr|Mrs|Prof|St|Jr|a\.k\.a"
    r"|w\.r\.t|viz|ca)|\b[A-Z])\.$"
)
# What a paper calls itself.
_WORK = r"(?:paper|work|article|study|survey|letter|report|thesis)"
# What only makes sense after the sentence before, or beside the paper itself.
_LEANS = re.compile(
    r"^(?:however|moreover|furthermore|additionally|besides|also|then|thus|hence|therefore|consequently|accordingly"
    r"|instead|indeed|"
    r"specifically|concretely|namely|finally|lastly|subsequently|first|firstly|second|secondly|third|similarly"
    r"|conversely|nevertheless|"
    rf"nonetheless|meanwhile|interestingly|surprisingly|notably|yet|but|and|or|so|this(?! {_WORK}\b)|these|those|that"
    rf"|it|its|they|"
    r"their|such|he|"
    r"she|here|there|both|another|e\.g\.|i\.e\.|as a result|for (?:example|instance)|(?:in|by) contrast|further|"
    r"differently|remarkably|among them|(?:more )?(?:interestingly|importantly|surprisingly|specifically|precisely"
    r"|formally)|in every case|most of (?:these|those|them)|each(?! of\b)|last,|an? (?:\w+ )?(?:example|instance"
    r"|reason) is|especially|particularly,|more impressively|crucially|critically|importantly|ultimately|admittedly|"
    r"as a consequence|overall|lately|through the|to our knowledge|while this|on the (?:other hand|contrary)|"
    rf"in (?:addition|particular|this(?! {_WORK}\b)|summary|short|conclusion|other words|essence|"
    r"the (?:first|second|third|final|last|inverse|training|inference|other)\b[^,]*)|"
    r"the (?:former|latter|resulting|proposed|above|first|second|third|last|trend|new|other|optimi[sz]ed|learned)"
    r"|at the same time|"
    r"the (?:key|core|main|basic)? ?(?:key|idea|insight|intuition|goal|aim|reason) (?:is|here|behind)|alternatively|"
    r"in doing so|as such|"
    r"to (?:(?:this|that) end|do so|(?:address|tackle|solve|overcome|bridge|fill|mitigate|alleviate) (?:this|these"
    r"|the|it)))\b",
    re.IGNORECASE,
)
# What points back to a sentence before: "Although these methods ...", "Recent evidence suggests that this limitation ..."
_POINTS_BACK = re.compile(
    rf"^(?:\S+\s+){{0,6}}?(?:(?:this(?! {_WORK}\b)|these)\s+\w+|those\s+(?!of\b|in\b|that\b|who\b|with\b)\w+)"
    r"|^(?:\S+\s+){0,7}?such (?!as\b)(?:\w+[- ]){0,2}?(?:limitations?|issues?|problems?|challenges?|gaps?|methods?"
    r"|approach(?:es)?|algorithms|models|techniques|settings|contexts|scenarios|cases)\b"
    r"|^(?:\S+\s+){0,6}?(?:this|these|that),"
    r"|^(?:motivated|inspired|encouraged|guided|prompted) by the (?:above|observations?|findings?|insights?|results?),"
    r"|^(?:from|based on|building (?:up)?on|in light of|following|given) (?:it|them|that"
    r"|the (?:\w+ )?(?:analys[ie]s|observations?|findings?|insights?|results?))\b(?! (?:of|that|from|in|by)\b)"
    r"|^(?:in|for|on|under|across|at) (?:both|either|all|each) (?:\w+ )?(?:case|setting|scenario|stage|step|task)s?,"
    r"|^we (?:\w+ ){1,2}(?:it|its|them|their)\b|^(?:\w+|in \w+), (?:it|its|they|their|such|that)\b"
    r"|\b(?:is|are|was|were|be|we) (?:thus|therefore|hence|accordingly)\b"
    r"|^(?:\S+\s+){1,3}?also\b|^[^,]{1,60}, (?:however|on the (?:other hand|contrary)),|\b(?:is|are|can|could"
    r"|may) then\b|^we (?:\w+ )?(?:show|find|prove|argue|demonstrate|observe) that (?:it|they)\b"
    r"|\b(?:address|tackle|solve|overcome|mitigate|alleviate|resolve|handle) (?:this|these|such"
    r"|the above)\b[^,]{0,30}\.$"
    r"|^(?:although|though|despite|while|whereas|unlike|albeit)\b[^,]*,? (?:it|they|its|their)\b"
    r"|^(?:although|though|while|despite) (?:being )?\w+, "
    r"|\bwe (?:further|also|then|next|finally|additionally|subsequently|moreover)\b|^(?:an? |the )?(?:similar|same)\b"
    r"|^(?:\S+\s+){0,4}?(?:thus|therefore|hence)\b|^(?:everything|all|nothing) else\b|^the (?:authors|others?)\b"
    r"|^(?:recent|prior|previous|existing|current|most|many) (?:work|works|research|studies) (?:\w+ ){0,2}(?:its"
    r"|their)\b|\b(?:as|the) (?:above|aforementioned|former|latter)\b",
    re.IGNORECASE,
)
# "... these layers": which ones, unless the sentence has named them before.
_THESE = re.compile(
    rf"\b(?:this(?! {_WORK}\b)|these|such(?! (?:as|that|an? (?:way|manner|fashion))\b)|the (?:two|three|four)"
    rf"|both(?= [\w-]+s(?![\w-]| and\b)))"
    r" ((?:[\w-]+ ?){1,3})",
    re.IGNORECASE,
)
_LEANS_CJK = re.compile(r"^(?:然而|但是?|因此|此外|同时|另外|为此|其中|所以|而且|该|这|其)")
# What only the next sentence tells: "We address two questions."
_POINTS_ON = re.compile(
    r"\b(?:two|three|four|five|several) (?:\w+ ){0,2}(?:questions|issues|aspects|challenges|observations|insights"
    r"|findings"
    r"|contributions)\b[^:;,]*\.$|\b(?:two|three|four|five|several) (?:\w+ ){0,2}(?:components|parts|stages|modules"
    r"|steps|ways)\.$|\bas follows\b|\bthe following\b[^:]*\.$",
    re.IGNORECASE,
)
# (2) ..., ii) ...: one of several, which stand before and behind it.
_ENUMERATOR = re.compile(r"^\W*(?:\d{1,2}|[ivx]{1,4}|[a-e])\s?\\?[)）]", re.IGNORECASE)
# An enumeration that was cut behind its first.
_FIRST, _SECOND = re.compile(r"(?<![\w.])(?:1|i|a)\)"), re.compile(r"(?<![\w.])(?:2|ii|b)\)")
# What was read wrongly: two sentences without a space between them, a word broken at the end of a line, numbers of references.
_BROKEN = re.compile(r"[a-z]{3}\.[A-Z][A-Za-z]+ |[a-z]- (?!(?:and|or|to|as|but)\b)[a-z]|\[\d+(?:[,–-] ?\d+)*\]")
# What a clause cannot do without: a verb that is bent as verbs are, or one behind its subject. Plural nouns are taken for verbs
# too, so that only lists of names and torn ends have none.
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|did|can|could|may|might|must|will|would|should|[Ww]e|[Tt]hey"
    r"|[a-z]{2,}(?:ed|[^sui\W]s))\b"
    r"|s\)? (?!(?:and|or|of|in|for|on|to|with|from|by|at|as|the|a|an)\b)[a-z]{2,}|[\u3400-\u9fff]"
)
_OWN_VOICE = re.compile(
    r"\b(?:we|our|ours|us|i|my|this (?:paper|work|article|study|letter|report|survey)|here)\b|本文|我们", re.IGNORECASE
)
# Marks of LaTeX or Markdown around words, which stand in some abstracts.
_MARKUP = re.compile(r"\\[A-Za-z]+\s*\{|(?<!\S)\*{1,2}\w[^*]*\*|(?<!\w)_\w[^_]*_(?!\w)|&#?\w+;|(?<!\d)\s%\s")
_NO_CLAIM = re.compile(
    r"https?://|www\.|\bgithub\b|\bavailable (?:at|on|online)\b|©|\bcopyright\b|\ball rights reserved\b|"
    r"\breview(?:er)?s?\b[^.]{0,40}\b(?:concerns?|comments?|scores?|rebuttal)\b|"
    r"\b(?:code|data|models?|datasets?|implementation)\b[^.]*\b(?:available|released?|open-sourced?|(?:are|is) open)\b",
    re.IGNORECASE,
)

# "The model ...": which one, only the abstract around it tells.
_OWN_THING = re.compile(
    r"\bthe (?:(?:proposed|resulting|overall|whole|final|learned|trained|same) )?(?:method|approach|algorithm|framework"
    r"|system|network|scheme|model|architecture|pipeline|module|data ?set|challenge|results?)(?:'s)?"
    r"\b(?! (?:of|for|that|in|to|from|which|on|with)\b)"
    r"|^(?:evaluation|performance|inference|training|experiments?|results?|code|comparisons?)\b",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(
    r"to (?:(?:this|that) end|do so|(?:address|tackle|solve|overcome|bridge|fill|mitigate|alleviate|remedy|achieve)"
    r" (?:this|these|the above)[^,]{0,60}),\s+(?=we\b)|"
    r"here,?\s+(?=we\b)|(?:specifically|concretely|therefore|thus|hence|accordingly|consequently|in particular"
    r"|instead|in response),\s+"
    r"(?=we (?:propose|present|introduce|develop|design|build)\b)|(?:however|yet|nevertheless|nonetheless"
    r"|unfortunately|still|that said|in (?:practice|reality)),\s+|(?:然而|但是)[，,]?",
    re.IGNORECASE,
)
# What every paper brings besides its matter, as the object of a verb.
_PROOF = (
    r"(?:\s+(?!(?:of|for|on|to|that|by|in|with|from|how|which)\b)[\w-]+){0,5}?"
    r"\s+(?:experiments?|experimentation|variants?(?= of (?:our|the proposed|it)\b|\.)|ablations?|simulations?"
    r"|advantages|(?<!theoretical )(?<!mathematical )(?<!main )results?(?! using| of)|(?:evaluations?|evidence"
    r"|performance)(?! of| method))\b"
)
_SUBJECT = (
    rf"\b(?:we|this {_WORK})"
    r"(?: (?:\w+ly|first|then|also|therefore|thus|hence|here|instead|will|aims? to|seeks? to|attempts? to))*"
)
_MAKES = re.compile(
    rf"{_SUBJECT} (?:propos|present|introduc|develop|design|describ|devis|buil|creat|collect|construct"
    rf"|formulat)\w*\b(?!{_PROOF})",
    re.IGNORECASE,
)
_DOES = re.compile(
    rf"{_SUBJECT}"
    r" (?:propos|present|introduc|develop|design|describ|stud|investigat|explor|show|analy[sz]|examin|argu|demonstrat"
    r"|find|found"
    r"|buil|review|survey|provid|devis|formulat|revisit|addres|tackl|creat|collect|construct|deriv|prov|identif"
    r"|extend|appl|adapt|adopt"
    r"|use\b|combin|report|compar|evaluat|offer|suggest|consider|focus|discuss|summari[sz]|establish|propound"
    r"|make\b|exploit|leverag|advocat|reformulat|unif|generali[sz]|cast\b|treat\b|view\b)\w*"
    rf"\b(?!{_PROOF})|本文|我们(?:提出|设计|研究|介绍)",
    re.IGNORECASE,
)
# Adjectives of praise, which are said of what is new as of what is old.
_BOASTS = re.compile(
    r"\b(?:novel|simple (?:and|yet|but) \w+|effective(?:ly)?|the first|powerful|strong(?:ly)?|significant(?:ly)?"
    r"|principled|elegant|versatile|flexible|innovative|cutting-edge)\b",
    re.IGNORECASE,
)
# What may be said of any matter that papers are written on.
_TRUISM = (
    r"\b(?:attract|gain|receiv|draw|garner|witness|enjoy|achiev)\w* (?:\w+ ){0,4}"
    r"(?:attention|interest|popularity|prominence|success|traction)|\b(?:popular|effective) and (?:\w+ )?(?:popular"
    r"|effective|widely)"
    r"|\b(?:proven|proved|shown|known)(?: to be)? (?:\w+ )?(?:effective|successful|powerful|useful)\b"
    r"|\b(?:several|many|various|numerous|some) (?:\w+ ){0,3}(?:methods?|approaches|works?|techniques|studies)"
    r" have (?:\w+ )?(?:been|explored|proposed|tried)\b"
    r"|^(?:with )?the (?:rapid|recent|growing|increasing|wide\w*)\b|\b(?:is|are|been) (?:widely|commonly"
    r"|increasingly) (?:used|adopted|applied)\b"
    r"|\bit is (?:\w+ )?(?:important|crucial|essential|necessary|critical|vital)\b"
    r"|\bis (?:an?|one of the) (?:most )?(?:key|crucial|essential|important|fundamental|critical|vital|hot)"
    r"(?: and \w+)? (?:\w+ )?(?:problem|task|topic|step|area|technique|tool|component)s?\b"
)
# Results and their praise: true of nearly every paper, and so telling of none.
_PRAISES = re.compile(
    r"\b(?:extensive|comprehensive|thorough|numerous) (?:\w+ )?(?:experiments?|evaluations?|results)\b"
    r"|\bexperiment(?:s|al)?\b[^.]*"
    r"\b(?:show|demonstrate|confirm|validate|verify|reveal|indicate)|\bstate[- ]of[- ]the[- ]art\b|\bSOTA\b"
    r"|\boutperform|\bsuperior|\bsurpass|\bexceeds\b|\bcompetitive (?:with|performance|results)\b"
    r"|\bresults?\b[^.]*\b(?:show|demonstrate|confirm|indicate|underscore|highlight|reveal|suggest|validate)"
    r"|\bsignificant(?:ly)? (?:advantage|improvement|gain|boost)"
    r"|\bperformances?\b[^.]*\bon par\b|\bachiev\w+ (?:\w+ ){0,4}(?:results|performance|highest|best)\b"
    r"|\bresults? (?:are|is|on|in|improve)\b|\bimproved on\b|\bbenchmarks? show\b"
    r"|^we (?:validate|evaluate|verify|demonstrate|conduct|test)\b"
    r"|\bsignificant(?:ly)? improve|\bimproves? (?:\w+ )?(?:by|over)\b"
    r"|\b(?:impressive|remarkable|promising|excellent|outstanding|exceptional|appealing)(?:ly)?\b|\d\s?\\?%"
    r"|\bgreat (?:success|potential)\b|\beffectiveness\b|\befficacy\b|\b(?:shed|provid"
    r"|offer)\w* (?:\w+ ){0,3}(?:light|insights?)\b|\b(?:particularly|highly|very) effective\b"
    r"|\bperforms? (?:\w+ )?well\b|\b(?:several|many) advantages\b|\bevaluations? (?:show|demonstrate|confirm|reveal)"
    r"|\b\d[\d.,]*\s?(?:x|×|fps|points?|times (?:faster|fewer|less|more|smaller))(?!\w)"
    r"|\bimproves (?:\w+ ){0,2}(?:accuracy|performance|efficiency)\b"
    r"|\b(?:was|were|is|are) (?:compared|evaluated|tested|benchmarked)\b"
    r"|\bpioneer|\bachiev\w+ (?:an? )?(?:\w+ ){0,3}\d|\bhopes? (?:to|that|this|our)\b|\bshowcas"
    r"|\bto (?:the best of )?our knowledge\b|\b(?:we are|is"
    r"|are) the first to\b|\boffers? an? (?:\w+(?:,| and)? ){0,3}(?:solution|alternative|path|way|framework|tool)\b"
    rf"|^(?:[^,]{{1,60}}, )?we (?:\w+ly )?(?:present|provide|perform|conduct|report|run|develop|include|carry out"
    rf"|evaluate){_PROOF}|{_TRUISM}|实验(?:结果)?表明|优于|首次",
    re.IGNORECASE,
)
_OPEN_WORDS = (
    r"open|unclear|unknown|unsolved|unresolved|unexplored|under-?explored|under-?studied|elusive|challenging"
    r"|difficult|limited|hard"
    r"|poorly understood|underdeveloped|an? (?:\w+ )?(?:challenge|problem|question|bottleneck|obstacle)"
)
# What is open: unsolved, unknown, or said to be left to others.
_OPEN = re.compile(
    rf"\b(?:remain(?:s|ed)?|(?:is|are) still) (?:\w+ )?(?:{_OPEN_WORDS})\b"
    r"|\bopen (?:problem|question|challenge)s?\b|\blittle is known\b"
    r"|\b(?:leav\w*|left|remain\w*|defer\w*|reserv\w*|call\w* for|warrant\w*|need\w*)\b[^.;:]{0,60}?\bfuture (?:work"
    r"|research|stud)"
    r"|\b(?:not|never) (?:\w+ )?(?:been )?(?:\w+ )?(?:understood|explored|studied|investigated)\b|尚未|仍然?(?:是|面临)|有待",
    re.IGNORECASE,
)
# Where methods fail.
_FAILS = re.compile(
    r"\b(?:fails? (?:to|in|on|under|when)|struggles?|suffers? from|falls? short|breaks? down|unable to|incapable of"
    r"|neglects?|overlooks?|ignores?"
    r"|hinders?|hampers?|limitations?|shortcomings?|drawbacks?|(?:is|are) limited|limited (?:by|to)|prohibitive(?:ly)?"
    r"|degrades?|vulnerable to|sensitive to|prone to|at the (?:cost|expense) of|lacks?|difficult to)\b"
    r"|^(?:(?!\b(?:that|which|who|where|when|whose|because|since|if|what)\b).)*\bcannot\b|局限|不足|难以",
    re.IGNORECASE,
)
# No problem of the field: this paper has solved it, or its own method is praised.
_SOLVED = re.compile(
    r"\b(?:our|we|this (?:paper|work)|the proposed|overcom\w+|address\w*|solv\w+|alleviat\w+|mitigat\w+|eliminat\w+"
    r"|without|avoid\w*|outperform\w*|state-of-the-art results?|not only|no longer|reduc\w+|resolv\w+|tackl\w+|novel"
    r"|ha(?:s|ve) emerged|solutions? (?:to|for)|(?:is|are) not limited)\b|^where\b|本文"
    r"|^unlike (?:existing|previous|prior|traditional|conventional|other|most|current|recent)\b|我们",
    re.IGNORECASE,
)

_UNFIT = (_ENUMERATOR, _LEANS, _LEANS_CJK, _POINTS_BACK, _POINTS_ON, _NO_CLAIM, _MARKUP, _BROKEN)
# What is granted before what is deplored: "Although nests are warm, ..." or "Nests are warm, but ..."
_GRANTED = re.compile(
    r"^(?:although|though|despite|while|whereas|whilst)\b[^,]*,|^.*?\b(?:but|yet|however)\b", re.IGNORECASE
)
# No problem either: what works, or what this paper found or surveys.
_WORKS = re.compile(
    r"\b(?:gains?|restor\w+|promising|exciting|this survey|(?:is|are|be|remains?|proves?|highly|very"
    r"|particularly) effective)\b|^(?:the|our|these) results\b",
    re.IGNORECASE,
)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of a text as (start, end), end exclusive, without the white space between them.

    >>> [text[a:b] for text in ["Adapters, e.g. LoRA, help. Why?"] for a, b in split_sentences(text)]
    ['Adapters, e.g. LoRA, help.', 'Why?']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match[0] == "." and match.end() < len(text.rstrip()) and _ABBREVIATION.search(text[start : match.end()]):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    return [_stripped(text, a, b) for a, b in spans if text[a:b].strip()]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def can_be_quoted(sentence: str) -> bool:
    """Whether a sentence stands on its own: whole, of a readable length, leaning on no other, and more than a link."""
    # A Chinese character says about as much as three letters.
    length = len(sentence) + 2 * sum("\u3400" <= c <= "\u9fff" for c in sentence)
    if not LENGTH[0] <= length <= LENGTH[1] or not re.search(r"[.!?。！？][\"”’)\]」』）]*$", sentence):
        return False
    if sentence[0].islower() or "?" in sentence or "？" in sentence or not _VERB.search(sentence):
        return False
    if any(pattern.search(sentence) for pattern in _UNFIT):
        return False
    if _FIRST.search(sentence) and not _SECOND.search(sentence):
        return False
    return all(_is_named_before(sentence, match) for match in _THESE.finditer(sentence))


def _is_named_before(sentence: str, match: re.Match[str]) -> bool:
    """Whether one of the words after a `these` stands in the sentence before it, in the singular or plural."""
    before = {word.rstrip("s") for word in re.findall(r"\w+", sentence[: match.start()].lower())}
    return any(word.rstrip("s") in before for word in re.findall(r"\w{4,}", match[1].lower()))


def after_connective(sentence: str) -> int:
    """Where a sentence goes on after its However, Yet or To this end: what follows may stand on its own. 0 where there is none.

    >>> "However, prompts are slow."[after_connective("However, prompts are slow."):]
    'prompts are slow.'
    """
    match = _CONNECTIVE.match(sentence)
    return match.end() if match else 0


def speaks_of_itself(sentence: str) -> bool:
    """Whether a sentence says `we`, `this paper` or `the method`, which reads oddly beside the sentences of others."""
    return bool(_OWN_VOICE.search(sentence) or _OWN_THING.search(sentence))


def says_what_it_does(sentence: str) -> bool:
    """Whether a paper says in a sentence what it does: proposes, shows or studies.

    >>> says_what_it_does("In this paper, we propose low-rank layers."), says_what_it_does("Layers have ranks.")
    (True, False)
    """
    return bool(_DOES.search(sentence))


def says_what_it_makes(sentence: str) -> bool:
    """Whether a paper says in a sentence what it brings: proposes, presents or builds.

    >>> says_what_it_makes("We propose low-rank layers."), says_what_it_makes("We study low-rank layers.")
    (True, False)
    """
    return bool(_MAKES.search(sentence))


def tone(sentence: str) -> float:
    """What a sentence is worth in somebody else's text, in 0..1, by how it speaks: what is said of a thing is worth more than what
    is said of the paper itself, and both more than praise of results, which every abstract has.
    """
    worth = 0.6 if speaks_of_itself(sentence) else 1.0
    # What a paper says that it does is what a survey tells of it, beside its name.
    worth = 0.8 if says_what_it_does(sentence) else worth
    # Formulas cannot be read without the symbols that the sentences before them name.
    worth *= 0.5 if "$" in sentence or "\\" in sentence else 1.0
    worth *= 0.9 if _BOASTS.search(sentence) else 1.0
    praise = _PRAISES.search(sentence)
    if not praise:
        return worth
    # Praise at the end of what says what was made takes less from it.
    made = _MAKES.search(sentence)
    return worth * (0.5 if made and praise.start() - made.end() > _TAIL else 0.25)


def how_open(sentence: str) -> int:
    """How clearly a sentence says that something is open: 2 as an open problem, 1 as a failing of methods, 0 not at all.

    >>> how_open("How prompts work remains unclear."), how_open("Our method overcomes this limitation.")
    (2, 0)
    """
    if _SOLVED.search(sentence) or _WORKS.search(_GRANTED.sub("", sentence, count=1)):
        return 0
    return 2 if _OPEN.search(sentence) else int(bool(_FAILS.search(sentence)))
