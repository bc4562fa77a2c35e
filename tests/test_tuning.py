"""Fitting the model that reads questions: LoRA, pairs, what is held out, what is kept, and what happens when it cannot be."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from corpus import minilm
from corpus.embed import DEFAULT_MODEL, HashEmbedder
from corpus.errors import HomeError, ModelError
from corpus.home import Home
from corpus.index import sync
from corpus.models import Citation, Paper
from corpus.tuning import Plan, tune, use_version
from corpus.tuning.asking import question_of_sentence, question_of_title, sentences, statement, subject
from corpus.tuning.judging import Judged, is_better, judge
from corpus.tuning.lora import LoRALinear, adapter_state, add_lora, merge_lora
from corpus.tuning.pairs import CITES, OWN, Example, Material, Question, Sampler, hold_out
from corpus.tuning.student import Student
from corpus.tuning.training import Limit, fit, loss_of, pace_of, rate
from corpus.tuning.versions import list_versions
from corpus.workspace import Workspace

# ---- LoRA ------------------------------------------------------------------------------------------------------------


def test_an_update_starts_at_nothing_and_is_the_formula() -> None:
    base = torch.nn.Linear(5, 3)
    layer = LoRALinear(base, rank=2, alpha=4)
    x = torch.randn(7, 5)
    torch.testing.assert_close(layer(x), base(x))
    layer.b.data = torch.randn(3, 2)
    by_hand = x @ (base.weight + (4 / 2) * layer.b @ layer.a).T + base.bias
    torch.testing.assert_close(layer(x), by_hand)
    torch.testing.assert_close(layer.merged()(x), by_hand)


def test_only_the_updates_of_the_named_layers_are_trained() -> None:
    model = torch.nn.ModuleDict({"query": torch.nn.Linear(4, 4), "pooler": torch.nn.Linear(4, 4)})
    assert add_lora(model, "query", rank=2, alpha=2) == ["query"]
    assert {name for name, one in model.named_parameters() if one.requires_grad} == {"query.a", "query.b"}
    assert set(adapter_state(model)) == {"query.a", "query.b"}
    merge_lora(model)
    assert type(model["query"]) is torch.nn.Linear


@pytest.mark.parametrize(("targets", "rank"), [("unheard", 2), ("query", 0)])
def test_no_layer_and_no_rank_are_refused(targets: str, rank: int) -> None:
    model = torch.nn.ModuleDict({"query": torch.nn.Linear(4, 4)})
    with pytest.raises(ValueError):
        add_lora(model, targets, rank=rank, alpha=1)


# ---- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("LoRA: Low-Rank Adaptation of Large Language Models", "Low-Rank Adaptation of Large Language Models"),
        ("Attention Is All You Need", "Attention Is All You Need"),
        ("Scaling: why", "Scaling: why"),  # one word behind the colon is no subject
    ],
)
def test_the_subject_of_a_title_leaves_the_name_of_the_method_out(title: str, expected: str) -> None:
    assert subject(title) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("In this paper, we propose a layer.", ("propose", "a layer")),
        ("However, we further show that layers help.", ("show", "that layers help")),
        ("Layers help.", (None, "Layers help")),
    ],
)
def test_what_a_sentence_states(sentence: str, expected: tuple[str | None, str]) -> None:
    assert statement(sentence) == expected


def test_short_and_endless_sentences_are_left_out() -> None:
    endless = " ".join(["word"] * 80) + "."
    assert sentences(f"We did this in two ways. Really. {endless}") == ("We did this in two ways.",)
    assert sentences("") == ()


@given(st.text(max_size=200), st.integers(0, 9))
def test_any_text_makes_a_question(text: str, seed: int) -> None:
    assert isinstance(question_of_title(text, random.Random(seed)), str)
    assert isinstance(question_of_sentence(text, random.Random(seed)), str)


# ---- pairs -----------------------------------------------------------------------------------------------------------


def material(papers: int, cited: dict[int, set[int]]) -> Material:
    titles = [f"A study of number {row}" for row in range(papers)]
    told = [(f"We count up to the number {row} here.",) for row in range(papers)]
    return Material(list(range(papers)), titles, told, {one: frozenset(others) for one, others in cited.items()})


def test_held_out_questions_are_to_find_what_their_paper_cites() -> None:
    linked = material(800, {row: {row + 1, row + 2} for row in range(700)})
    held = hold_out(linked, seed=0)
    assert len(held) == 35  # 5% of 700
    assert all(one.right == {one.source + 1, one.source + 2} for one in held)
    assert hold_out(linked, seed=0) == held != hold_out(linked, seed=1)


def test_without_citations_a_held_out_sentence_is_to_find_its_own_paper() -> None:
    held = hold_out(material(1000, {}), seed=0)
    assert len(held) == 50
    assert all(one.right == {one.source} and str(one.source) in one.text for one in held)


def test_a_few_papers_are_never_held_out_all() -> None:
    few = material(20, {row: set(range(20)) - {row} for row in range(20)})
    held = hold_out(few, seed=0)
    assert len(held) == 10
    assert len(Sampler(few, frozenset(one.source for one in held), seed=0).draw(50)) == 50


def test_no_example_is_made_of_a_paper_that_was_held_out() -> None:
    linked = material(40, {row: {row + 1} for row in range(30)})
    held = frozenset(range(0, 30, 2))
    sampler = Sampler(linked, held, seed=0)
    assert sampler.pairs == {CITES: 15, OWN: 25}
    for example in sampler.draw(500):
        numbers = {int(word) for word in example.text.rstrip("?.").split() if word.isdigit()}
        assert not numbers & held


def test_what_a_paper_cites_is_never_wrong_beside_what_it_cites() -> None:
    sampler = Sampler(material(10, {0: {1, 2, 3}}), frozenset(), seed=0)
    drawn = [example for example in sampler.draw(300) if "number 0" in example.text]
    assert {example.right for example in drawn} == {0, 1, 2, 3}
    assert all(example.unclear == {0, 1, 2, 3} - {example.right} for example in drawn)


# ---- judging ---------------------------------------------------------------------------------------------------------


def test_scores_worked_by_hand() -> None:
    documents = np.eye(4, dtype=np.float32)
    asked = np.array([[0.9, 0.8, 0.7, 0.6]], dtype=np.float32)  # ranks the rows 0, 1, 2, 3
    # Row 0 is what the question was made of and stands aside: 2 is second, 3 is third.
    judged = judge(lambda texts: asked, [Question("x", 0, frozenset([2, 3]))], documents)
    ideal = 1 + 1 / math.log2(3)
    assert judged.ndcg[0] == pytest.approx((1 / math.log2(3) + 1 / math.log2(4)) / ideal)
    assert (judged.recall[0], judged.mrr[0]) == (1, 0.5)
    # The same question, looking for itself.
    assert judge(lambda texts: asked, [Question("x", 0, frozenset([0]))], documents).ndcg[0] == 1


@pytest.mark.parametrize(
    ("rises", "better"),
    [
        ([0.1] * 20, True),
        ([0.001] * 20, False),  # too little to feel
        ([1.0, -0.9] * 10, False),  # as likely chance
        ([-0.1] * 20, False),
        ([0.5], False),  # one question says nothing
    ],
)
def test_only_a_rise_that_is_no_chance_is_better(rises: list[float], better: bool) -> None:
    before = np.full(len(rises), 0.3)
    after = before + np.array(rises)
    assert is_better(Judged(before, before, before), Judged(after, after, after)) is better


# ---- training --------------------------------------------------------------------------------------------------------


def test_the_rate_rises_and_falls() -> None:
    rates = [rate(spent / 100) for spent in range(101)]
    assert rates[0] < 0.05 and rates[100] < 0.05 and max(rates) == pytest.approx(1, abs=0.02)
    assert np.argmax(rates) == 6


def test_the_limit_is_steps_where_given_else_seconds() -> None:
    assert Limit(steps=4, seconds=1).spent(2, 99.0) == 0.5
    assert Limit(steps=None, seconds=10).spent(2, 5.0) == 0.5


class Reader:
    """Stands in for a model: a vector a word, to be trained."""

    def __init__(self) -> None:
        self.table = torch.nn.Parameter(0.01 * torch.randn(50, 8, generator=torch.Generator().manual_seed(0)))

    def parameters(self) -> list[torch.Tensor]:
        return [self.table]

    def encode(self, texts: list[str]) -> torch.Tensor:
        numbers = [next(int(word) for word in text.rstrip("?.").split() if word.isdigit()) for text in texts]
        return torch.nn.functional.normalize(self.table[numbers], dim=-1)


def test_training_brings_questions_to_what_is_right() -> None:
    documents = torch.nn.functional.normalize(torch.randn(20, 8, generator=torch.Generator().manual_seed(1)), dim=-1)
    lessons, reader, seen = material(20, {0: {5}, 1: {6}}), Reader(), []
    before = loss_of(reader, documents, Sampler(lessons, frozenset(), 1).draw(64)).item()
    done = fit(
        reader,
        documents,
        Sampler(lessons, frozenset(), 0),
        Limit(60, 0),
        16,
        lambda what, done, total: seen.append(done),
    )
    assert done == 60 and seen == list(range(1, 61))
    assert loss_of(reader, documents, Sampler(lessons, frozenset(), 1).draw(64)).item() < before - 0.5


def test_what_is_unclear_counts_for_nothing() -> None:
    documents = torch.eye(3, 8)
    reader = Reader()
    alone = loss_of(reader, documents, [Example("number 1", 0, frozenset([1, 2]))])
    assert alone.item() == pytest.approx(0, abs=1e-6)
    assert loss_of(reader, documents, [Example("number 1", 0)]).item() > 0


def test_a_gpu_takes_larger_steps_for_a_shorter_time():
    assert pace_of("cuda:1").batch > pace_of("cpu").batch
    assert pace_of("cuda").minutes < 2


# ---- a run -----------------------------------------------------------------------------------------------------------

FEW = Plan(steps=1, batch=8)


class Bundled(HashEmbedder):
    """Gives vectors at once, under the name of the bundled model."""

    def __init__(self) -> None:
        super().__init__(384)
        self.name = DEFAULT_MODEL


def fill(workspace: Workspace, papers: int, embedder: HashEmbedder | None = None) -> Workspace:
    """A library of papers of which each cites the two before it, with vectors."""
    library = workspace.library
    library.add(
        [
            Paper(id=f"p:{n}", title=f"On the number {n}", abstract=f"We look at the number {n} from all of its sides.")
            for n in range(papers)
        ],
        "test",
    )
    library.add_citations(
        Citation(citing=f"p:{n}", cited=f"p:{other}") for n in range(2, papers) for other in (n - 1, n - 2)
    )
    sync(library, workspace.index, embedder or Bundled())
    return workspace


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of MiniLM's make with one block and a vocabulary of numbers, in place of 90 MB of weights."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("weights")
    words = ["[UNK]", "[PAD]", *map(str, range(200))]
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=384, num_hidden_layers=1, num_attention_heads=12, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder)
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "modules.json").write_text("[]")
    return folder


@pytest.fixture
def workspace(tmp_path: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr("corpus.minilm.verify_weights", lambda: small_model)
    return fill(Workspace(Home(tmp_path / "home")), 170)


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever came out is taken for better: what is kept does not hang on what a toy library teaches."""
    monkeypatch.setattr("corpus.tuning.is_better", lambda before, after: True)


def left(workspace: Workspace) -> list[str]:
    folder = workspace.home.models / "tuned"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.usefixtures("better")
def test_what_is_better_is_kept_used_and_taken_back(workspace: Workspace) -> None:
    report = tune(workspace, FEW, device="cpu")
    version = report.version
    assert report.kept and version.steps == 1 and version.papers == 170 and version.queries == 30
    assert workspace.index.model() == version.name == f"{DEFAULT_MODEL}@{version.label}"
    assert list_versions(workspace.home) == [version]
    folder = workspace.home.models / "tuned" / version.label
    assert minilm.tuned_weights(version.label, workspace.home.models).sha256.startswith(version.label)
    assert {"adapter.safetensors", "config.json", "modules.json", "tokenizer.json", "tuning.json"} <= {
        path.name for path in folder.iterdir()
    }
    count = workspace.index.count()
    assert use_version(workspace, None) == workspace.index.model() == DEFAULT_MODEL
    assert use_version(workspace, version.label) == workspace.index.model() == version.name
    assert workspace.index.count() == count  # no vector was made anew
    with pytest.raises(ModelError, match="no tuned model '0000'"):
        use_version(workspace, "0000")


@pytest.mark.usefixtures("better")
def test_the_same_steps_and_seed_give_the_same_weights(workspace: Workspace) -> None:
    first, second = tune(workspace, FEW, device="cpu"), tune(workspace, FEW, device="cpu")
    assert first.version.name == second.version.name
    assert len(left(workspace)) == 1


@pytest.mark.usefixtures("better")
def test_the_kept_weights_are_the_model_with_its_update(workspace: Workspace) -> None:
    from safetensors.torch import load_file

    version = tune(workspace, Plan(steps=2, batch=8), device="cpu").version
    folder = workspace.home.models / "tuned" / version.label
    base, whole = load_file(minilm.verify_weights() / "model.safetensors"), load_file(folder / "model.safetensors")
    update = load_file(folder / "adapter.safetensors")
    assert len(update) == 12  # A and B of six layers
    for name in base.keys() & whole.keys():
        path = name.removesuffix(".weight")
        change = update[f"{path}.b"] @ update[f"{path}.a"] if f"{path}.a" in update else torch.zeros(())
        torch.testing.assert_close(whole[name], base[name] + change)
    assert any(tensor.abs().max() > 0 for name, tensor in update.items() if name.endswith(".b"))


def test_what_is_not_better_is_not_kept(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.tuning.is_better", lambda before, after: False)
    report = tune(workspace, FEW, device="cpu")
    assert not report.kept and report.version.before.ndcg > 0
    assert left(workspace) == [] and workspace.index.model() == DEFAULT_MODEL


@pytest.mark.usefixtures("better")
def test_a_full_disk_leaves_nothing_behind(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Student, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Student, "save", full)
    with pytest.raises(HomeError, match=r"No space left on device.*Free some disk space"):
        tune(workspace, FEW, device="cpu")
    assert left(workspace) == [] and workspace.index.model() == DEFAULT_MODEL


@pytest.mark.usefixtures("better")
def test_interrupted_nothing_is_kept_and_what_a_killed_run_left_is_cleared(workspace: Workspace) -> None:
    (workspace.home.models / "tuned" / "unfinished-x").mkdir(parents=True)

    def stop(what: str, done: int, total: int) -> None:
        if what.startswith("Training"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(workspace, FEW, device="cpu", progress=stop)
    assert left(workspace) == [] and workspace.index.model() == DEFAULT_MODEL


def test_only_one_run_at_a_time(workspace: Workspace) -> None:
    with FileLock(workspace.home.root / "tune.lock"), pytest.raises(HomeError, match="another `fourways tune`"):
        tune(workspace, FEW, device="cpu")


def test_a_damaged_version_is_passed_over(workspace: Workspace) -> None:
    folder = workspace.home.models / "tuned" / "0a1b2c3d"
    folder.mkdir(parents=True)
    (folder / "tuning.json").write_text("{")
    assert list_versions(workspace.home) == []


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_says_what_is_wrong_in_one_line(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    def error(home: Path, *arguments: str) -> str:
        status, out, err = cli("tune", *arguments, home=home)
        assert (status, out) == (1, "") and len(err.splitlines()) == 1
        return str(err)

    def made(name: str, papers: int, embedder: HashEmbedder | None) -> Path:
        workspace = Workspace(Home(tmp_path / name))
        if embedder:
            fill(workspace, papers, embedder)
        else:
            workspace.library.add([Paper(id="p:1", title="On one")], "test")
        return workspace.home.root

    assert "the library is empty. Run `fourways start`" in error(tmp_path / "empty")
    assert "no vectors yet. Run `fourways index`" in error(made("unindexed", 1, None))
    assert "made by the model 'hash:64'. Run `fourways index --rebuild" in error(made("hash", 3, HashEmbedder()))
    small = made("small", 3, Bundled())
    assert "3 papers and 2 citations" in error(small)
    assert "no tuned model 'abc'" in error(small, "--use", "abc")
    bare = Workspace(Home(tmp_path / "bare"))
    bare.library.add([Paper(id=f"p:{n}", title=f"On {n}", abstract="Too short.") for n in range(600)], "test")
    sync(bare.library, bare.index, Bundled())
    assert "no whole sentence" in error(bare.home.root)
    assert "cuda" in error(made("gpu", 170, Bundled()), "--device", "cuda:9")


@pytest.mark.usefixtures("better")
def test_the_command_shows_before_and_after_lists_and_takes_back(cli, workspace: Workspace) -> None:  # type: ignore[no-untyped-def]
    def call(*arguments: str) -> str:
        status, out, err = cli("tune", *arguments, home=workspace.home.root)
        assert status == 0, err
        return str(out)

    assert call("--list") == "no versions yet\n"
    told = call("--steps", "1", "--no-index")
    assert "ndcg@10" in told and "before" in told and "30 questions among 170 papers; 1 steps of 64" in told
    name = str(workspace.index.model())
    assert f"kept, and in use: {name}" in told
    assert name.removeprefix(f"{DEFAULT_MODEL}@") in call("--list") and "in use" in call("--list")
    assert json.loads(call("--list", "--json"))[0]["in_use"] is True
    assert call("--undo", "--no-index") == f"in use: {DEFAULT_MODEL}\n"
    assert json.loads(call("--list", "--json"))[0]["in_use"] is False
    assert json.loads(call("--use", name, "--no-index", "--json")) == {"model": name}


def test_the_command_says_that_nothing_was_kept(  # type: ignore[no-untyped-def]
    cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("corpus.tuning.is_better", lambda before, after: False)
    status, out, err = cli("tune", "--steps", "1", home=workspace.home.root)
    assert status == 0 and "not kept" in out and "The model in use is the one it was" in err

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("corpus.tuning.judge", interrupt)
    with pytest.raises(SystemExit, match="130"):
        cli("tune", "--steps", "1", home=workspace.home.root)
    assert capsys.readouterr().err == "error: interrupted. Nothing was kept; the model in use is the one it was.\n"


def test_two_things_at_once_are_wrong_usage(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert cli("tune", "--list", "--undo")[0] == 2
