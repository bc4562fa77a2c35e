"""What is said of a run: verdicts worked by hand, tables, the picture, and runs that are kept and compared."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import pytest

from corpus.errors import InputError
from corpus.home import Home
from survey.bench.counts import build_counts
from survey.bench.document import render_document, render_overview
from survey.bench.picture import Box, render_picture
from survey.bench.record import Outcome, Row, Run, Try
from survey.bench.report import (
    build_comparison,
    build_notes,
    build_table,
    build_verdicts,
    render_differences,
    render_markdown,
    render_value,
    render_verdict,
)
from survey.bench.results import load_run, load_runs, runs_of_idea, save_run
from survey.bench.task import Measure
from survey.probes import load_methods

ACCURACY = Measure("accuracy")


def row(method: str, scores: Sequence[float], trained: int = 0, **more: object) -> Row:
    outcomes = tuple(
        Outcome(seed, 80, score, {"accuracy": score}, wall=2.0, cpu=1.5, memory=600.0)
        for seed, score in enumerate(scores)
    )
    count = {"method": trained - 10, "norm": 0, "head": 10, "total": trained, "stored": trained} if trained else {}
    made = Row(
        method, method in ("majority", "linear"), rate=0.01, tries=(Try(0.01, 0.5),), outcomes=outcomes, count=count
    )
    return dataclasses.replace(made, **more)


def run(*rows: Row, **more: object) -> Run:
    made = Run(
        id="20260102-030405-toy",
        made="2026-01-02T03:04:05+00:00",
        task="toy",
        title="A toy",
        measures=(ACCURACY,),
        reference="linear",
        rates=(0.01, 0.1),
        steps=80,
        seeds=3,
        budget=None,
        device="cpu",
        device_name="a processor",
        threads=1,
        versions={"torch": "2.0"},
        rows=rows,
    )
    return dataclasses.replace(made, **more)


LINEAR = row("linear", [0.60, 0.62, 0.61], 10)


def test_a_difference_that_all_seeds_share_is_one() -> None:
    # .25, .24 and .25: mean .247, standard deviation .006.
    lora = row("lora", [0.85, 0.86, 0.86], 100)
    assert render_verdict(lora, LINEAR, ACCURACY) == "lora is .247 over linear in accuracy, 3 of 3 seeds."


def test_a_difference_within_two_standard_deviations_is_none() -> None:
    # .01, .05 and .00: mean .02, standard deviation .026.
    near = row("ia3", [0.61, 0.67, 0.61], 50)
    said = render_verdict(near, LINEAR, ACCURACY)
    assert said == ("ia3 and linear: no difference at this scale (.020 over, standard deviation .026, 2 of 3 seeds).")


def test_one_seed_is_a_look() -> None:
    assert "with one seed: that is a look, no result" in render_verdict(row("lora", [0.9], 100), LINEAR, ACCURACY)


def test_lower_is_better_for_some_measures() -> None:
    error = Measure("error", "lower", "number")

    def of(method: str, value: float) -> Row:
        return Row(method, outcomes=tuple(Outcome(seed, 1, 0.0, {"error": value}, 1, 1) for seed in range(2)))

    made = run(of("linear", 3.0), of("lora", 1.5), measures=(error,))
    assert [one.method for one in made.ranked()] == ["lora", "linear"]
    assert build_verdicts(made) == ["lora is 1.5 under linear in error, 2 of 2 seeds."]


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [(0.5, "share", ".500"), (1.0, "share", "1.000"), (-0.25, "share", "-.250"), (4096.0, "number", "4,096"),
     (0.0123, "number", "0.0123"), (0.5, "seconds", "0.5"), (12.34, "MB", "12.3")],
)  # fmt: skip
def test_values_are_written_as_their_unit_is_read(value: float, unit: Literal["share", "number"], shown: str) -> None:
    assert render_value(value, Measure("m", unit=unit)) == shown


def test_the_table_has_the_best_first_and_those_without_scores_last() -> None:
    failed = Row("houlsby", failed="a bottleneck of 99 is larger than the layer allows. Take at most 8.")
    cut = row("lora", [0.85, 0.86], 1_234, short="2 of 3 seeds: the time is too short")
    table = build_table(run(LINEAR, failed, row("majority", [0.5, 0.5, 0.5], rate=None), cut))
    assert table.headings == ("method", "accuracy", "trained", "stored", "rate", "wall s", "CPU s", "peak MB")
    assert table.rows == (
        ("lora *", ".855 ± .007", "1,234", "1,234", "0.01", "2.0", "1.5", "600"),
        ("linear", ".610 ± .010", "10", "10", "0.01", "2.0", "1.5", "600"),
        ("majority", ".500 ± .000", "", "", "", "2.0", "1.5", "600"),
        ("houlsby *", "", "", "", "", "", "", ""),
    )
    assert build_notes(run(failed, cut)) == [f"houlsby: {failed.failed}", f"lora *: {cut.short}"]


def test_a_note_names_its_methods_unless_it_is_about_all() -> None:
    first, second = (
        row("lora", [0.8], notes=("read at 16 pixels", "two stages")),
        row("ia3", [0.7], notes=("read at 16 pixels",)),
    )
    made = run(first, second, notes=("2 rows were skipped",))
    assert build_notes(made) == ["2 rows were skipped", "read at 16 pixels", "lora: two stages"]


def test_markdown_keeps_its_columns_whatever_a_method_is_called() -> None:
    text = render_markdown(run(LINEAR, row('lora{"targets": "a|b"}', [0.8, 0.8, 0.8], 100)))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {9}
    assert "3 seeds; 80 steps; rates 0.01, 0.1, chosen by the validation split; 1 thread of a processor (cpu)" in text


def test_the_document_has_every_method_with_its_paper_and_a_number() -> None:
    text = render_document([run(LINEAR)], {"20260102-030405-toy": "toy.svg"})
    for name in load_methods():
        assert f"| `{name}` |" in text
    assert "![accuracy against trained parameters](toy.svg)" in text


def test_the_overview_says_on_which_side_each_method_is() -> None:
    above, below = row("lora", [0.85, 0.86, 0.86]), row("bitfit", [0.50, 0.53, 0.51])
    unsure = row("houlsby", [0.70, 0.55, 0.62])
    toy = run(LINEAR, above, below, unsure)
    error = Measure("accuracy", "lower")
    text = render_overview([toy, run(LINEAR, above, below, task="error", measures=(error,)), run(LINEAR, task="alone")])
    assert "| toy | accuracy | linear, .610 ± .010 | lora | houlsby | bitfit |" in text
    assert "| error | accuracy | linear, .610 ± .010 | bitfit |  | lora |" in text
    assert "alone" not in text


def test_numbers_on_known_backbones() -> None:
    counts = build_counts()
    wanted = {
        "lora": 73_728,
        "houlsby": 226_080,
        "ia3": 13_824,
        "aim": 10_651_392,
        "cocoop": 35_360,
        "vpt-deep": 460_800,
        "mam": 4_898_720,
    }
    assert {name: counts[name][1] for name in wanted} == wanted
    assert counts.keys() == load_methods().keys()


# ---- the picture -----------------------------------------------------------------------------------------------------


def crowd() -> Run:
    """Many methods with nearly the same score and size: where labels would lie on each other."""
    names = ("lora", "houlsby", "pfeiffer", "parallel-adapter", "prefix-tuning", "bitfit", "ia3", "mam")
    rows = [row(name, [0.8 + n / 500, 0.81, 0.82], 10_000 + 500 * n) for n, name in enumerate(names)]
    return run(LINEAR, row("majority", [0.5, 0.5, 0.5]), *rows)


def test_the_picture_is_the_same_each_time_and_valid() -> None:
    picture = render_picture(crowd())
    assert picture == render_picture(crowd())
    assert ElementTree.fromstring(picture).tag.endswith("svg")


def test_labels_do_not_lie_on_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from survey.bench import picture

    found: list[Box] = []
    write = picture._write

    def keep(*given: object, **more: object) -> Box:
        found.append(write(*given, **more))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr(picture, "_write", keep)
    render_picture(crowd())
    assert len(found) == 10
    assert all(one.overlap(other) == 0 for n, one in enumerate(found) for other in found[:n])


def test_a_run_without_trained_methods_has_a_picture_too() -> None:
    assert "svg" in render_picture(run(row("majority", [0.5])))


# ---- runs that are kept ----------------------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    home = Home(tmp_path)
    config: Mapping[str, object] = {"lora": {"rank": 4, "targets": "a|b"}}
    kept = save_run(home, run(LINEAR, row("lora", [0.8], 100, config=config), idea="own-1"))
    assert load_run(home, "20260102") == kept
    assert runs_of_idea(home, "own-1") == [kept]
    assert (
        json.loads((tmp_path / "runs" / "probes" / f"{kept.id}.json").read_text("utf-8"))["rows"][0]["method"]
        == "linear"
    )


def test_two_runs_of_one_second_are_two(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, second = save_run(home, run(LINEAR)), save_run(home, run(LINEAR))
    assert second.id == f"{first.id}-2"
    assert len(load_runs(home)) == 2
    assert load_runs(home, "another") == []


def test_a_file_that_is_no_run_is_passed_over_and_named_where_it_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "probes"
    folder.mkdir(parents=True)
    (folder / "broken.json").write_text("{", "utf-8")
    assert load_runs(Home(tmp_path)) == []
    with pytest.raises(InputError, match="cannot be read"):
        load_run(Home(tmp_path), "broken")
    with pytest.raises(InputError, match="no run 'x'"):
        load_run(Home(tmp_path), "x")


def test_runs_side_by_side_say_what_they_do_not_share() -> None:
    first = run(LINEAR, row("lora", [0.8, 0.8, 0.8], 100))
    second = run(LINEAR, row("ia3", [0.7], 50), id="other", seeds=1)
    table = build_comparison([first, second])
    assert table.headings == ("method", first.id, "other")
    assert table.rows == (
        ("lora", ".800 ± .000", ""),
        ("linear", ".610 ± .010", ".610 ± .010"),
        ("ia3", "", ".700"),
    )
    assert render_differences([first, second]) == ["They differ in seeds: 3 / 1"]
    assert render_differences([first, first]) == ["They were made under the same settings"]
