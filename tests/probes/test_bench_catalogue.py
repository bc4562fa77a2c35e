"""The bench's tasks and methods as data: as the code has them, and readable without torch."""

from __future__ import annotations

import subprocess
import sys

from survey.bench.catalogue import FILE, build_catalogue, load_catalogue, render_catalogue
from survey.bench.order import read_settings
from survey.ideas.trying import _load


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text("utf-8") == render_catalogue(build_catalogue()), "run python -m survey.bench.catalogue"


def test_what_a_page_reads_of_the_bench_does_not_load_torch() -> None:
    read = "import survey.probing, survey.own_texts, survey.ideas.trying, survey.bench.report, survey.bench.picture"
    code = f"import sys; {read}; survey.ideas.trying.load_catalogue(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_settings_that_name_files_or_packages_are_not_open() -> None:
    methods = load_catalogue().methods
    assert [one.name for one in methods["lora"].settings][:2] == ["rank", "alpha"]
    assert methods["adapter-fusion"].settings == ()  # files of adapters
    assert methods["peft"].settings == ()  # another package's configuration
    assert read_settings("rank=4", ["lora", "ia3"], methods) == ("rank=4",)


def test_every_paper_on_arxiv_has_its_id() -> None:
    methods = load_catalogue().methods
    assert methods["lora"].arxiv_id == "2106.09685"
    assert {name for name, one in methods.items() if one.arxiv_id is None} == {"peft", "top-k-list-mle"}


def test_words_of_ideas_stand_for_methods_and_tasks_that_there_are() -> None:
    table, catalogue = _load(), load_catalogue()
    assert {*table["methods"], *(name for names in table["moves"].values() for name in names)} <= set(catalogue.methods)
    assert set(table["tasks"]) <= set(catalogue.tasks)
