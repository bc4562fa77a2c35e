"""The probes' page as a script's output: what can be tried, what comes of it, and what a hand can get wrong."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pages import Show, await_work, click, links, words

import survey.probing
from corpus.errors import HomeError, InputError
from corpus.home import Home
from corpus.ideas import Idea, add_idea, set_proposals
from corpus.library import Library
from survey.bench.catalogue import load_catalogue
from survey.bench.order import Order, check_methods, read_settings
from survey.bench.record import Outcome, Row, Run
from survey.bench.results import delete_run, load_runs, save_run
from survey.bench.task import Measure
from survey.ideas.trying import Trial, suggest_trial
from survey.jobs import JOBS, Stopped
from survey.own_texts import (
    MOST_MB,
    MOST_TABLES,
    data_folder,
    delete_table,
    keep_table,
    list_tables,
    task_name,
    task_of,
)

HOSTILE = "<script>alert(1)</script> $x$ **low-rank adaptation** [a](javascript:alert(1)) :smile: `c`"
ACCURACY = Measure("accuracy")


def row(method: str, scores: Sequence[float], trained: int = 0, **more: Any) -> Row:
    outcomes = tuple(
        Outcome(seed, 64, score, {"accuracy": score}, wall=2.0, cpu=1.5, memory=600.0)
        for seed, score in enumerate(scores)
    )
    count = {"total": trained, "stored": trained} if trained else {}
    return Row(method, method in ("majority", "linear"), rate=0.01, outcomes=outcomes, count=count, **more)


# LoRA .30, .31 and .29 above the linear row; houlsby .01, .05 and -.03.
ROWS = (
    row("lora", [0.90, 0.92, 0.91], 75_000),
    row("houlsby", [0.61, 0.66, 0.59], 230_000),
    row("linear", [0.60, 0.61, 0.62], 770),
    row("majority", [0.5, 0.5, 0.5]),
)


def build_run(key: str, *rows: Row, **more: Any) -> Run:
    made = Run(
        id=key, made="2026-01-02T03:04:05+00:00", task="text", title="Are the words of a sentence in their order?",
        measures=(ACCURACY,), reference="linear", rates=(0.01, 0.1), steps=64, seeds=3, budget=60.0, device="cpu",
        device_name="a processor", threads=1, versions={"torch": "2.0"}, rows=rows or ROWS, prepared=3.0,
    )  # fmt: skip
    return dataclasses.replace(made, **more)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("FOURWAYS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FOURWAYS_CHROMA", raising=False)
    monkeypatch.setattr("corpus.workspace.DEFAULT_MODEL", "hash:64")
    # matplotlib takes a second to load; tests of the bench draw, and the browser shows what is drawn.
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    monkeypatch.setattr("survey.bench.picture.render_picture", lambda run: drawn)
    return Home(tmp_path / "home")


@pytest.fixture
def bench(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Run]], list[Order]]:
    """Puts something in the place of the bench; gives the orders that it gets."""

    def put(work: Callable[..., Run]) -> list[Order]:
        orders: list[Order] = []

        def run(home: Home, order: Order, progress: Any) -> Run:
            orders.append(order)
            return work(order, progress)

        monkeypatch.setattr(survey.probing, "run_probe", run)
        return orders

    return put


# ---- the page ----------------------------------------------------------------------------------------------------------


def test_a_task_says_what_it_measures_and_which_rows_are_always_there(home: Home, show: Show) -> None:
    app = show("probes", task="video")
    page = words(app)
    assert "Measured: accuracy (higher is better), direction (higher is better)" in page
    assert "majority, **linear**, aim\\-spatial, full" in page
    assert "tsm" in app.multiselect[0].options[2] and "houlsby (Adapter (Houlsby))" in app.multiselect[0].options
    assert "None yet" in page


def test_a_probe_is_run_and_told(home: Home, show: Show, bench: Any) -> None:
    def work(order: Order, progress: Any) -> Run:
        progress(survey.probing.TRYING, 1, 2)
        return save_run(home, build_run("20260102-030405-text", idea=order.idea))

    orders = bench(work)
    app = show("probes", task="text")
    app.multiselect[0].set_value(["lora", "houlsby+ia3"])
    app.text_input(key="probe-settings").set_value("rank=4, houlsby.bottleneck=8")
    app.number_input(key="probe-budget").set_value(0.5)
    app = await_work(click(app, "Run the probe"))
    assert orders == [
        Order(task="text", methods=("lora", "houlsby+ia3"), settings=("rank=4", "houlsby.bottleneck=8"), budget=0.5)
    ]
    page = words(app)
    assert "The probe is done" in page
    assert "**lora** is \\.300 over linear in accuracy, in 3 of 3 seeds." in page
    assert "**houlsby** and linear: no difference at this scale (mean \\.010, standard deviation \\.040" in page
    table = app.table[0].value
    assert list(table.columns) == [
        "method", "accuracy", "trained", "stored", "rate", "time, s", "CPU, s", "memory, MB",
    ]  # fmt: skip
    assert list(table.iloc[0])[:3] == ["[**lora**](https://arxiv.org/abs/2106.09685)", "\\.910 ± \\.010", "75\\,000"]
    assert any("lora\\, houlsby" in label for label in links(app))  # among the earlier ones


def test_a_stopped_run_says_so_and_a_broken_one_why(home: Home, show: Show, bench: Any) -> None:
    def stopped(order: Order, progress: Any) -> Run:
        return save_run(home, build_run("20260102-030405-text", ROWS[0], interrupted=True))

    bench(stopped)
    app = show("probes", task="text")
    app.multiselect[0].set_value(["lora"])
    app = await_work(click(app, "Run the probe"))
    assert "Stopped. The rows that were finished are kept" in words(app)
    assert "stopped early" in words(app)

    def broken(order: Order, progress: Any) -> Run:
        raise InputError("the time is too short for one step", "Give more with --budget, or leave it out")

    bench(broken)
    app = await_work(click(app, "Run the probe"))
    assert [one.value for one in app.error] == [
        "the time is too short for one step.\n\nGive more with \\-\u2060\\-budget\\, or leave it out."
    ]

    def nothing(order: Order, progress: Any) -> Run:
        raise Stopped

    bench(nothing)
    assert "Stopped." in words(await_work(click(app, "Run the probe")))


@pytest.mark.parametrize(
    ("methods", "settings", "said"),
    [
        ([], "", "no method is chosen"),
        (["lora"], "ranks=4", "no method here has a setting"),
        (["lora"], "rank", "sets nothing"),
        (["mixup"], "", "cannot be tried on the task text"),
        (["../x"], "", "cannot be tried on the task text"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(
    home: Home, show: Show, bench: Any, methods: list[str], settings: str, said: str
) -> None:
    orders = bench(lambda order, progress: build_run("none"))
    app = show("probes", task="text")
    app.multiselect[0].set_value(methods)
    app.text_input(key="probe-settings").set_value(settings)
    app = click(app, "Run the probe")
    assert [said in one.value for one in app.error] == [True]
    assert orders == []


def test_a_run_has_an_address_is_compared_and_deleted(home: Home, show: Show) -> None:
    save_run(home, build_run("20260102-030405-text"))
    save_run(home, build_run("20260103-030405-text", row("lora", [0.8, 0.8, 0.8], 9), budget=None))
    app = show("probes", run="20260102-030405-text", **{"with": "20260103-030405-text"})
    page = words(app)
    assert "2026\\-01\\-02" in page and "at most 60 s a method" in page
    compared = app.table[1].value
    assert list(compared.iloc[0]) == ["lora", "\\.910 ± \\.010", "\\.800 ± \\.000"]
    assert "They differ in budget" in page
    click(app, "Delete it")
    assert [run.id for run in load_runs(home)] == ["20260103-030405-text"]


def test_runs_that_are_not_there_or_of_another_task_are_told(home: Home, show: Show) -> None:
    save_run(home, build_run("20260102-030405-text"))
    save_run(home, build_run("20260103-030405-image", task="image"))
    assert "there is no run" in show("probes", run="../../etc/passwd").error[0].value
    app = show("probes", run="20260102-030405-text", **{"with": "20260103-030405-image"})
    assert "several tasks" in app.error[0].value


def test_an_idea_proposes_what_comes_near_to_it_and_shows_its_runs(home: Home, show: Show) -> None:
    library = Library(home.make().library)
    key = add_idea(library, HOSTILE).idea.key
    save_run(home, build_run("20260102-030405-text", idea=key))
    library.close()
    app = show("probes", idea=key)
    assert app.multiselect[0].value == ["lora"]
    assert "those that the idea names" in words(app)
    assert "no idea" in show("probes", idea="<b>none</b>").warning[0].value
    page = show("ideas", idea=key)
    assert "Try it on the bench" in links(page)
    assert any("lora\\, houlsby" in label for label in links(page))
    assert any("For the idea" in label for label in links(show("probes", run="20260102-030405-text")))


def test_the_page_speaks_chinese(home: Home, show: Show) -> None:
    save_run(home, build_run("20260102-030405-text"))
    app = show("probes", lang="zh", run="20260102-030405-text")
    assert "**lora** 的准确率比 linear 高 \\.300（3 个种子中有 3 个如此）。" in words(app)
    assert "句子的词序是否正确？" in words(app).replace("\\", "")
    assert list(app.table[0].value.columns)[:3] == ["方法", "准确率", "训练参数"]


def test_two_tabs_do_not_start_two(home: Home, show: Show, bench: Any) -> None:
    import threading

    gate = threading.Event()

    def work(order: Order, progress: Any) -> Run:
        gate.wait(30)
        return build_run("20260102-030405-text")

    orders = bench(work)
    one, two = show("probes", task="text"), show("probes", task="text")
    for app in (one, two):
        app.multiselect[0].set_value(["lora"]).run()
    click(one, "Run the probe")
    two = click(two, "Run the probe")
    try:
        assert "somebody, or another tab, was quicker" in words(two)
        assert len(orders) == 1
    finally:
        gate.set()
        JOBS.find(f"probe {home.root}").join(30)  # type: ignore[union-attr]


# ---- what an order may say ---------------------------------------------------------------------------------------------


def test_settings_are_parted_where_the_next_begins() -> None:
    methods = load_catalogue().methods
    read = read_settings(" rank=4,lora.fused=[true, false]; dropout = 0.1  alpha=2 ", ["lora"], methods)
    assert read == ("rank=4", "lora.fused=[true, false]", "dropout = 0.1", "alpha=2")
    with pytest.raises(InputError, match="lora has rank"):
        read_settings("houlsby.bottleneck=3", ["lora"], methods)
    with pytest.raises(InputError, match="no method here has a setting 'adapters'"):
        read_settings('adapters=["/etc/passwd"]', ["adapter-fusion"], methods)
    with pytest.raises(InputError, match="no method here has a setting 'config'"):
        read_settings("config={}", ["peft"], methods)


def test_methods_are_those_of_the_task_alone_or_together() -> None:
    task = load_catalogue().tasks["text"]
    assert check_methods(["lora", "ia3 + lora", "lora"], task) == ("lora", "ia3+lora")
    with pytest.raises(InputError, match=r"'loraa' cannot be tried on the task text. It takes lora"):
        check_methods(["loraa"], task)
    with pytest.raises(InputError, match="too many at once"):
        check_methods(["lora"] * 31, task)


@pytest.mark.parametrize(
    ("statement", "move", "trial"),
    [
        ("Try LoRA on question answering", "own", Trial("text", ("lora",), named=True)),
        ("Train action recognition with temporal shift modules", "own", Trial("video", ("tsm",), named=True)),
        ("Let people help where models fail", "human-ai", None),
        (
            "Learn tracking from all of them",
            "several-teachers",
            Trial("distillation", ("teacher-selection",), named=False),
        ),
        ("Handle colorations", "own", None),  # no word of its own is "lora"
    ],
)
def test_an_idea_is_tried_by_what_its_words_name(statement: str, move: str, trial: Trial | None) -> None:
    assert suggest_trial(Idea(key="k", statement=statement, move=move)) == trial


# ---- texts of one's own ------------------------------------------------------------------------------------------------


class File(io.BytesIO):
    def __init__(self, name: str, content: bytes = b"text,label\na,b\n", size: int | None = None) -> None:
        super().__init__(content)
        self.name, self.size = name, len(content) if size is None else size


def test_tables_are_kept_in_the_home_under_safe_names(home: Home, show: Show) -> None:
    name = keep_table(home, File("../../<img src=x onerror=alert(1)>$x$.csv"))
    assert list_tables(home) == [name] == ["<img src=x onerror=alert(1)>$x$.csv"]
    assert (data_folder(home) / name).is_file()
    task = task_of(home, name)
    assert task == f"folder:{home.root}/runs/probes/data/{name}"
    assert task_name(task) == name
    app = show("probes", task=f"own:{name}")
    assert app.selectbox(key="probe-task").value == f"own:{name}"
    assert "balanced accuracy" in words(app)
    app.button(key="delete-own-0").click()
    app.run()
    assert list_tables(home) == []


def test_a_table_of_the_page_is_tried_from_where_it_is_kept(home: Home, show: Show, bench: Any) -> None:
    orders = bench(lambda order, progress: build_run("20260102-030405-films", task=order.task))
    keep_table(home, File("films.csv"))
    app = show("probes", task="own:films.csv")
    app.multiselect[0].set_value(["lora"])
    app = await_work(click(app, "Run the probe"))
    assert orders[0].task == task_of(home, "films.csv")
    assert "films\\.csv" in words(app) and str(home.root) not in words(app)


def test_addresses_name_no_other_file(home: Home, show: Show) -> None:
    home.make()
    (home.root / "secret.csv").write_text("a,b\n", "utf-8")
    for asked in ("own:../../../secret.csv", "folder:/etc/passwd", "own:/etc/passwd"):
        assert show("probes", task=asked).selectbox(key="probe-task").value == "text"
        with pytest.raises(InputError):
            task_of(home, asked.partition(":")[2])
    with pytest.raises(InputError):
        delete_table(home, "../../../secret.csv")
    with pytest.raises(InputError):
        delete_run(home, "../../secret")
    assert (home.root / "secret.csv").exists()


def test_tables_are_bounded_in_kind_size_and_number(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no table of texts"):
        keep_table(home, File("run.sh"))
    with pytest.raises(InputError, match=f"larger than {MOST_MB} MB"):
        keep_table(home, File("films.csv", size=(MOST_MB << 20) + 1))
    monkeypatch.setattr("survey.own_texts.MOST_TABLES", 1)
    keep_table(home, File("films.csv"))
    keep_table(home, File("films.csv", b"text,label\nnew,b\n"))  # in its own place
    with pytest.raises(InputError, match="1 tables are kept already"):
        keep_table(home, File("books.csv"))
    assert MOST_TABLES > 1
    (home.root / "runs" / "probes" / "data").rename(home.root / "away")
    (home.root / "runs" / "probes" / "data").write_text("", "utf-8")
    with pytest.raises(HomeError):
        keep_table(home, File("films.csv"))


def test_proposals_of_any_wording_do_not_break_the_page(home: Home, show: Show) -> None:
    library = Library(home.make().library)
    set_proposals(library, [Idea(key="transfer-1", statement=HOSTILE * 3, move="transfer", names=("$", "**"))])
    library.close()
    app = show("probes", idea="transfer-1")
    assert app.selectbox(key="probe-idea").value == "transfer-1"
