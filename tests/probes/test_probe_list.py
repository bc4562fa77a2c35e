"""The list of methods: each says what it is and where it is from, as a table and as JSON."""

from __future__ import annotations

import json
import re

import pytest
import typer
from typer.testing import CliRunner

from corpus.errors import InputError
from survey.bench.task import load_tasks
from survey.cli.probe import add_to
from survey.probes import load_methods
from survey.probes.registry import KINDS, register

APP = typer.Typer()
add_to(APP)


def test_every_method_says_what_it_is() -> None:
    for name, method in load_methods().items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name), name
        assert method.kind in KINDS
        assert method.title and method.formula and method.section
        assert re.search(r"(19|20)\d\d", method.paper), f"{name}: no year in {method.paper!r}"
        assert method.__dataclass_params__.frozen


def test_the_list_as_json_and_as_a_table() -> None:
    listed = json.loads(CliRunner().invoke(APP, ["probe", "list", "--json"]).stdout)
    assert [entry["name"] for entry in listed] == sorted(load_methods())
    lora = next(entry for entry in listed if entry["name"] == "lora")
    assert lora["kind"] == "adapter"
    assert "2106.09685" in lora["paper"]
    assert lora["parameter_formula"].startswith("r (in + out)")
    assert "text" in lora["tasks"]
    table = CliRunner().invoke(APP, ["probe", "list", "--kind", "adapter"], env={"COLUMNS": "250"}).stdout
    assert "lora" in table
    assert "focal" not in table


def test_an_unknown_kind_is_said() -> None:
    failed = CliRunner().invoke(APP, ["probe", "list", "--kind", "magic"])
    assert isinstance(failed.exception, InputError)


def test_a_name_belongs_to_one_method() -> None:
    class Other:
        name = "lora"
        kind = "adapter"

    with pytest.raises(ValueError, match="two methods"):
        register(Other)
    Other.name, Other.kind = "other", "magic"
    with pytest.raises(ValueError, match="no kind"):
        register(Other)


def test_a_method_names_the_tasks_of_the_bench_that_it_can_be_tried_on() -> None:
    tasks = load_tasks()
    for name, method in load_methods().items():
        assert set(method.tasks) == {task.name for task in tasks.values() if name in task.methods()}, name
