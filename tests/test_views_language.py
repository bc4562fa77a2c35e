"""The app's two languages: one table each, nothing said outside of them, and how the language is chosen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import Show, words

from corpus.home import Home
from corpus.library import Library
from corpus.models import Paper
from survey.strategies import STRATEGIES
from survey.views import FOLDER, language
from survey.views.language import LANGUAGES, load_strings, load_told, say, told

CHINESE = re.compile("[\u4e00-\u9fff]")
GAP = re.compile(r"\{+(\w+)[^}]*\}+")
# Words of one meaning in both languages, and names.
SAME = {"BibTeX", "GraphML", "PNG", "CSV", "JSON", "Markdown", "adapters tracking", "parameter-efficient fine-tuning"}
# What these fields of a call hold is never read by people.
SILENT = {
    "key",
    "icon",
    "type",
    "width",
    "height",
    "gap",
    "vertical_alignment",
    "horizontal_alignment",
    "label_visibility",
}
SILENT |= {"layout", "position", "on_click", "on_select", "selection_mode", "display", "file_name", "mime", "size"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("FOURWAYS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FOURWAYS_CHROMA", raising=False)
    monkeypatch.setattr("corpus.workspace.DEFAULT_MODEL", "hash:64")
    library = Library(Home(tmp_path / "home").make().library)
    library.add([Paper(id="a", title="Thin adapters", abstract="They are trained.", year=2020)], "test")
    library.close()
    return Home(tmp_path / "home")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "language", lambda: "zh")


def forms(name: str) -> dict[str, str]:
    """Every string of a table: `page.name`, and `page.name.one` where there are forms."""
    found = {}
    for key, entry in load_strings(name).items():
        found |= {key: entry} if isinstance(entry, str) else {f"{key}.{form}": text for form, text in entry.items()}
    return found


# ---- the tables --------------------------------------------------------------------------------------------------------


def test_both_tables_have_the_same_keys() -> None:
    assert list(load_strings("en")) == list(load_strings("zh"))


def test_what_is_counted_has_a_form_for_others_in_both() -> None:
    english, chinese = load_strings("en"), load_strings("zh")
    for key, entry in english.items():
        assert isinstance(entry, str) == isinstance(chinese[key], str), key
        for one in (entry, chinese[key]):
            assert isinstance(one, str) or {"other"} <= set(one) <= {"one", "other"}, key


def test_both_tables_have_the_same_gaps() -> None:
    def gaps(name: str) -> dict[str, set[str]]:
        return {
            key: set(GAP.findall(entry if isinstance(entry, str) else entry["other"]))
            for key, entry in load_strings(name).items()
        }

    assert gaps("en") == gaps("zh")


def test_the_tables_are_in_their_languages() -> None:
    assert not [key for key, text in forms("en").items() if CHINESE.search(text)]
    bare = (GAP.sub("", text) for text in forms("zh").values())
    assert {text for text in bare if re.search("[A-Za-z]{2}", text) and not CHINESE.search(text)} == SAME


def test_nothing_stands_in_the_tables_that_no_page_says() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (*FOLDER.glob("*.py"), FOLDER.parent.parent / "app.py"))
    whole = re.findall(r"[\"']([a-z]+\.\w+)[\"']", source)
    made = re.findall(r"f[\"']([a-z]+\.\w*)\{", source)
    patterns = [*map(re.compile, whole), *(re.compile(rf"{start}\w+") for start in (*made, "graph.edge_"))]
    assert [key for key in load_strings("en") if not any(one.fullmatch(key) for one in patterns)] == []


def test_what_is_translated_from_below_is_still_said_there() -> None:
    root = FOLDER.parent.parent
    files = [*(root / "corpus").rglob("*.py"), *(root / "survey").rglob("*.py")]
    # A message may be parted over lines, and its gaps are expressions.
    source = re.sub(r'"\s*f?"', "", "\n".join(path.read_text("utf-8") for path in files))
    source += re.sub(r"\{'s' if [^}]*\}", "s", source) + re.sub(r"\{'s' if [^}]*\}", "", source)
    for english in load_told():
        for part in re.split(r"\{\w+\}", english):
            assert part.strip(" '()%") in source, english


def test_translations_from_below_have_the_gaps_of_their_english() -> None:
    for english, chinese in load_told().items():
        assert sorted(GAP.findall(english)) == sorted(GAP.findall(chinese)), english


# ---- nothing said outside of them --------------------------------------------------------------------------------------


def spoken(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of the constants that people might read: some words, or one with a capital letter."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))  # a docstring
        if isinstance(node, ast.keyword) and node.arg in SILENT:
            silent |= {id(one) for one in ast.walk(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            text = re.sub(r":[\w/-]+(\[|:)?|\\n", " ", node.value)  # icons and colours
            if re.search(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}|\s[^\W\d_]{3,}|^[A-Z][a-z]{2,}$|[\u4e00-\u9fff]", text):
                yield node.lineno, node.value


def test_the_search_for_spoken_words_finds_them() -> None:
    code = """
def show():
    'Not said to anybody.'
    st.button("Press me", key="press me", icon=":material/add box:")
    st.caption(f"{n} papers :red[x]")
    say("page.name")
"""
    assert [text for _, text in spoken(ast.parse(code))] == ["Press me", " papers :red[x]"]


# What is said to the machine, or in both languages.
ALLOWED = {
    "harvest_text.py": {"Harvesting ", "Citations from ", "Embedding papers", "Loading the embedding model"},
    "page.py": {"Opening the graph", "Loading the starter catalogue", "Loading the embedding model"},
    "library.py": {"Checking this machine"},
    "ideas.py": {"SELECT count(*) FROM concepts"},
    "work.py": {"Result"},
    "language.py": {"中文", "Language · 语言", "English"},
    "search.py": {
        *("adapters for video action recognition", "low-rank adaptation", "data augmentation by mixing images"),
        "2019-2022, 2019-, 2021",
    },
}
# Said by the floors below, in `read_request`, and translated by `told`.
BELOW = re.compile(r"arXiv cannot answer the query |is no arXiv id|Mend it, or use|They look like 2106")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_a_page_says_nothing_outside_the_tables(path: Path) -> None:
    found = [
        (line, text)
        for line, text in spoken(ast.parse(path.read_text("utf-8")))
        if text not in ALLOWED.get(path.name, ()) and not BELOW.search(text)
    ]
    assert found == []


# ---- saying ------------------------------------------------------------------------------------------------------------


def test_numbers_are_grouped_and_pick_the_form() -> None:
    assert [say("text.papers", n=n) for n in (0, 1, 1200)] == ["0 papers", "1 paper", "1,200 papers"]


def test_chinese_has_one_form(chinese: None) -> None:
    assert [say("text.papers", n=n) for n in (1, 1200)] == ["1 篇论文", "1,200 篇论文"]


def test_what_comes_from_below_is_translated_where_it_is_known(chinese: None) -> None:
    assert told("no paper in the library is known as 'x'") == "库中没有编号为 'x' 的论文"
    assert told("Embedding papers") == "正在为论文计算向量"
    assert told("91% sure: cue: adapter") == "把握 91%：cue: adapter"
    assert told("Something that nobody translated") == "Something that nobody translated"


def test_braces_in_what_is_filled_in_are_text() -> None:
    assert say("saved.broken", name="{n} {x!r}") == "{n} {x!r} cannot be read."


# ---- choosing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["search", "paper", "graph", "ideas", "probes", "harvest", "library"])
def test_every_page_has_its_title_in_chinese(home: Home, show: Show, page: str) -> None:
    app = show(page, lang="zh")
    assert CHINESE.search(app.title[0].value)
    assert app.title[0].value == load_strings("zh")[f"{page}.title"]


def test_the_switch_counts_more_than_the_address_and_holds_on_other_pages(home: Home, show: Show) -> None:
    app = show("paper", lang="zh")
    assert app.title[0].value == "论文"
    app.segmented_control(key="language").set_value("en").run()
    assert not app.exception
    assert app.title[0].value == "A paper"
    assert "lang" not in app.query_params
    app.switch_page("survey/views/library.py").run()
    assert app.title[0].value == "Library"


def test_an_address_with_an_unknown_language_is_english(home: Home, show: Show) -> None:
    assert show("search", lang="xx").title[0].value == "Find papers"


def test_a_known_error_is_told_in_chinese(home: Home, show: Show) -> None:
    error = show("paper", id="nobody", lang="zh").error[0].value
    assert "库中没有编号为" in error and "fourways search" in error


def test_strategies_go_by_the_name_of_the_language(home: Home, show: Show) -> None:
    for name, page in ((code, words(show("search", lang=code))) for code in LANGUAGES):
        assert all(f"**{getattr(one, name)}**" in page for one in STRATEGIES.values())
