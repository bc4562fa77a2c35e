"""fourways probe: run, report and tasks, and what a user is told when something cannot be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_task import ToyTask

from survey.bench import task as tasks
from survey.bench.tasks.folder import FolderTexts

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 2 layers with random weights on disk, and a tokenizer of letters."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "bert"
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "films.csv"
    path.write_text("text,label\n" + "".join(f"good {n},yes\nbad {n},no\n" for n in range(12)), "utf-8")
    return path


def test_a_table_of_methods_and_the_rows_beside_them(cli: Run, toy: ToyTask, tmp_path: Path) -> None:
    picture = tmp_path / "toy.svg"
    status, out, err = cli("probe", "run", "lora", "--task", "toy", "--seeds", "2", "--picture", str(picture))
    assert status == 0, err
    assert toy.title in out
    for method in ("lora", "majority", "linear"):
        assert f"\n {method} " in out
    assert " over linear in accuracy, " in out or "no difference at this scale" in out or " under linear " in out
    assert "2 seeds; 12 steps" in out
    assert picture.read_text("utf-8").startswith("<?xml")


def test_the_run_as_json_with_the_exact_configuration(cli: Run, toy: ToyTask) -> None:
    status, out, _ = cli("probe", "run", "lora", "--task", "toy", "--seeds", "1", "--set", "alpha=4", "--json")
    assert status == 0
    run = json.loads(out)
    assert (run["task"], run["seeds"], run["threads"], run["device"]) == ("toy", 1, 1, "cpu")
    assert [row["method"] for row in run["rows"]] == ['lora{"alpha": 4}', "majority", "linear"]
    assert run["rows"][0]["config"]["lora"]["alpha"] == 4
    assert run["versions"].keys() >= {"python", "torch", "fourways"}
    assert run["rates"] == list(ToyTask.rates)


def test_earlier_runs_are_listed_shown_and_compared(cli: Run, toy: ToyTask, tmp_path: Path) -> None:
    ids = []
    for rank in (1, 2):
        _, out, _ = cli("probe", "run", "lora", "--task", "toy", "--seeds", "1", "--set", f"rank={rank}", "--json")
        ids.append(json.loads(out)["id"])
    listed = cli("probe", "report")[1]
    assert all(one in listed for one in ids)
    assert toy.title in cli("probe", "report", ids[0])[1]
    compared = cli("probe", "report", *ids)[1]
    assert 'lora{"rank": 1}' in compared and 'lora{"rank": 2}' in compared
    assert "They were made under the same settings" in compared
    assert len(json.loads(cli("probe", "report", "--task", "toy", "--json")[1])) == 2
    assert json.loads(cli("probe", "report", "--task", "other", "--json")[1]) == []
    document = tmp_path / "probes.md"
    assert cli("probe", "report", "--markdown", str(document))[0] == 0
    assert "## toy: " in document.read_text("utf-8")
    assert (tmp_path / "probes-toy.svg").exists()


def test_a_run_for_an_idea_is_shown_with_it(cli: Run, toy: ToyTask) -> None:
    key = json.loads(cli("ideas", "add", "Try low ranks on products", "--json")[1])["idea"]["key"]
    status, out, _ = cli("probe", "run", "lora", "--task", "toy", "--seeds", "1", "--idea", key[:6], "--json")
    assert status == 0
    assert json.loads(out)["idea"] == key
    shown = cli("ideas", "show", key)[1]
    assert f"Probe {json.loads(out)['id']} on toy" in shown
    assert json.loads(cli("ideas", "show", key, "--json")[1])["probes"] == [json.loads(out)["id"]]
    status, _, err = cli("probe", "run", "lora", "--task", "toy", "--idea", "none-such")
    assert (status, err.count("\n")) == (1, 1)


def test_all_methods_of_a_task(cli: Run, toy: ToyTask) -> None:
    status, out, _ = cli("probe", "run", "--all", "--task", "toy", "--seeds", "1", "--json")
    assert status == 0
    (run,) = json.loads(out)
    assert [row["method"] for row in run["rows"]] == ["lora", "bitfit", "houlsby", "majority", "linear"]


def test_every_task_says_what_it_is(cli: Run) -> None:
    listed = json.loads(cli("probe", "tasks", "--json")[1])
    assert {"text", "text-strategy"} <= {one["name"] for one in listed}
    for one in listed:
        assert one["title"] and one["measures"] and one["steps"] > 0
        assert set(one["rows"]) <= set(one["methods"]), one["name"]
        assert one["reference"] in one["rows"], one["name"]
    assert "word" in cli("probe", "tasks")[1]


def test_every_method_has_a_number_on_a_known_backbone(cli: Run) -> None:
    listed = {one["name"]: one["example"] for one in json.loads(cli("probe", "list", "--json")[1])}
    assert listed["lora"] == {"on": "MiniLM, r = 8, query and value", "parameters": 73_728}
    assert [name for name, one in listed.items() if one["parameters"] is None] == ["peft"]
    assert "73,728: MiniLM" in cli("probe", "list", "--kind", "adapter")[1]


def test_a_backbone_on_disk_reads_texts_of_ones_own(
    cli: Run, texts: Path, backbone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FolderTexts, "steps", 2)
    status, out, err = cli(
        "probe", "run", "lora", "lora+ia3", "prompt-tuning", "--task", f"folder:{texts}", "--backbone", str(backbone),
        "--set", "rank=2", "--seeds", "1", "--json",
    )  # fmt: skip
    assert status == 0, err
    run = json.loads(out)
    rows = {row["method"]: row for row in run["rows"]}
    assert run["backbone"] == str(backbone)
    # Two layers of query and value, 16 wide: 2 x 2 x 2 (16 + 16); IA3 2 (2 x 16 + 32); a head of 2 x 16 + 2.
    assert rows['lora{"rank": 2}']["count"] == {"method": 256, "norm": 0, "head": 34, "total": 290, "stored": 290}
    assert rows['lora{"rank": 2}+ia3']["count"]["method"] == 256 + 128
    assert rows["majority"]["outcomes"][0]["scores"]["balanced accuracy"] == 0.5
    assert rows["full"]["count"]["total"] > 5000


def test_ctrl_c_keeps_the_rows_that_are_done(
    cli: Run, toy: ToyTask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(method: str, seed: int) -> None:
        if method == "bitfit":
            raise KeyboardInterrupt

    monkeypatch.setitem(tasks._TASKS, "toy", toy.when(interrupt))
    with pytest.raises(SystemExit) as ended:
        cli("probe", "run", "lora", "bitfit", "--task", "toy", "--seeds", "1")
    out, err = capsys.readouterr()
    assert ended.value.code == 130
    assert "The rows that were done are kept" in err
    assert " lora " in out and "interrupted: the rows that were finished are kept" in out
    (kept,) = json.loads(cli("probe", "report", "--json")[1])
    assert kept["interrupted"] and [row["method"] for row in kept["rows"]] == ["lora"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["lora", "--task", "toy", "--set", "rank=0"], 1, "a rank of 0 trains nothing. Take 1 or more"),
        (["lora", "--task", "toy", "--set", "rank=99"], 1, "larger than the layer"),
        (["lora", "--task", "toy", "--set", "targets=query"], 1, "Match the whole path, such as"),
        (["lora", "--task", "toy", "--set", "size=3"], 1, "lora has rank"),
        (["lroa", "--task", "toy"], 1, "It takes lora"),
        (["lora", "--task", "tyo"], 1, "Take one of toy"),
        (["full+lora", "--task", "toy"], 1, "cannot be tried on the task toy"),
        (["lora", "--task", "toy", "--seeds", "0"], 2, "seeds"),
        (["lora", "--task", "toy", "--budget", "-1"], 2, "budget"),
        (["lora", "--task", "toy", "--budget", "0"], 1, "too short for one step. Give more with --budget"),
        (["lora", "--task", "toy", "--device", "tpu"], 1, "no device called"),
        (["lora", "--task", "toy", "--backbone", "/no/such/folder", "--task", "text"], 1, "is no folder of a model"),
        (["lora", "--task", "folder:/no/such/data"], 1, "there is nothing at"),
        (["lora"], 2, "say what to try them on"),
        (["--task", "toy"], 2, "name methods, or give --all"),
        (["lora", "--all"], 2, "name methods, or give --all"),
        (["lora", "--task", "toy", "--picture", "toy.png"], 1, "End the name with .svg"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_a_remedy(
    cli: Run, toy: ToyTask, arguments: list[str], status: int, said: str
) -> None:
    got, _, err = cli("probe", "run", *arguments)
    assert got == status
    line = err.strip().splitlines()[-1]
    assert line.startswith("error: ") and said in line
    assert "Traceback" not in err


def test_too_little_memory_is_one_line(cli: Run, toy: ToyTask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(method: str, seed: int) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setitem(tasks._TASKS, "toy", toy.when(full))
    status, _, err = cli("probe", "run", "lora", "--task", "toy")
    assert status == 1
    assert "too little memory" in err and "--device cpu" in err


def test_one_method_that_fails_is_named_after_the_table(cli: Run, toy: ToyTask) -> None:
    status, out, err = cli("probe", "run", "bitfit", 'lora{"rank": 99}', "--task", "toy", "--seeds", "1")
    assert status == 1
    assert "bitfit" in out
    assert err.strip().splitlines()[-1].startswith('error: lora{"rank": 99}: a rank of 99 is larger')


def test_a_folder_that_is_no_model_is_told(cli: Run, texts: Path, tmp_path: Path) -> None:
    status, _, err = cli("probe", "run", "lora", "--task", f"folder:{texts}", "--backbone", str(tmp_path))
    assert status == 1
    assert "holds no model: it has no config.json" in err
    (tmp_path / "config.json").write_text("{}", "utf-8")
    status, _, err = cli("probe", "run", "lora", "--task", f"folder:{texts}", "--backbone", str(tmp_path))
    assert status == 1
    assert "cannot be loaded" in err
