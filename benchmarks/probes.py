"""What a method costs once it is trained.

usage: python benchmarks/probes.py [--gpu]

The latency of a sentence through MiniLM as it is, with LoRA merged, with LoRA beside it, and with adapters; exit 1 where
merged LoRA costs more than 3 %. --gpu: seconds of a training step on an NVIDIA card, in bfloat16, by torch and transformers alone.

Latencies are interleaved (each round times every variant once), on one thread, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from torch import Tensor, nn

from survey.bench.methods import Stack, build_methods, inject_methods
from survey.bench.task import Limits
from survey.bench.training import train, warm_up

ROUNDS, TOKENS = 120, 64
# Of the base model's latency: what merged LoRA may take.
MERGED = 1.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    if chosen.gpu:
        measure_card()
        return
    from bench import report

    rows = latencies(chosen.rounds)
    merged = rows.pop("ratio of merged LoRA")
    report("probes", rows)
    if merged > MERGED:
        sys.exit(f"merged LoRA takes more than {MERGED} of the base")


# ---- latency ---------------------------------------------------------------------------------------------------------


def latencies(rounds: int) -> dict[str, Any]:
    """Milliseconds of one text of 64 tokens: median (lower quartile)."""
    from survey.bench.models.encoders import load_encoder

    torch.set_num_threads(1)
    model = load_encoder(None, "cpu").model
    ids = torch.randint(1000, 20_000, (1, TOKENS), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    variants = build_variants(model)
    times: dict[str, list[float]] = {name: [] for name in variants}
    names = list(variants)
    for number in range(rounds + 5):
        for place in range(len(names)):
            name = names[(number + place) % len(names)]  # who comes after whom must not matter
            enter, leave = variants[name]
            enter()
            with torch.no_grad():
                model(input_ids=ids, attention_mask=mask)  # what enters a method warms no cache of its own
                began = time.perf_counter()
                model(input_ids=ids, attention_mask=mask)
                taken = time.perf_counter() - began
            leave()
            if number >= 5:
                times[name].append(1000 * taken)
    rows: dict[str, Any] = {}
    for name, values in times.items():
        rows[f"{name}, ms: median (lower quartile)"] = f"{statistics.median(values):.2f} ({low(values):.2f})"
        rows[f"{name}, of the base"] = f"{ratio(values, times['base']):.3f}"
    return rows | {"ratio of merged LoRA": ratio(times["LoRA merged"], times["base"])}


def build_variants(model: nn.Module) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Name -> what puts a method into the model, and what takes it out again."""
    held: list[Stack] = []

    def put(spec: str, merge: bool) -> Callable[[], None]:
        def enter() -> None:
            stack = inject_methods(model, build_methods(spec))
            held.append(stack)
            if merge:
                for probe in stack.probes:
                    probe.merge()

        return enter

    def take() -> None:
        held.pop().remove()

    return {
        "base": (lambda: None, lambda: None),
        "LoRA merged": (put("lora", True), take),
        "LoRA beside": (put("lora", False), take),
        "Houlsby": (put("houlsby", False), take),
    }


def ratio(values: list[float], base: list[float]) -> float:
    """The median over the rounds: within one, the machine is about as busy for both."""
    return statistics.median(value / other for value, other in zip(values, base, strict=True))


def low(values: list[float]) -> float:
    return statistics.quantiles(values, n=4)[0]


# ---- a card ----------------------------------------------------------------------------------------------------------


def measure_card() -> None:
    """Seconds a step of BERT-base (random weights), 32 texts of 128 tokens, by method; peak memory."""
    if not torch.cuda.is_available():
        sys.exit("error: there is no NVIDIA card that torch can use. Run it where nvidia-smi shows one.")
    from transformers import BertConfig, BertModel

    warm_up("cuda")
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    model: Any = BertModel(BertConfig(), add_pooling_layer=False).to("cuda")
    ids = torch.randint(1000, 20_000, (32, 128), device="cuda")
    labels = torch.randint(0, 2, (32,), device="cuda")
    mask = torch.ones_like(ids)
    for spec in ("linear", "lora", "lora+ia3", "houlsby", "prefix-tuning", "bitfit", "full"):
        torch.cuda.reset_peak_memory_stats()
        stack = inject_methods(model, build_methods(spec), nn.Linear(768, 2).to("cuda"))

        def loss(_: int, stack: Stack = stack) -> Tensor:
            return nn.functional.cross_entropy(stack(input_ids=ids, attention_mask=mask), labels)

        def steps(count: int, stack: Stack = stack, loss: Callable[[int], Tensor] = loss) -> float:
            torch.cuda.synchronize()
            began = time.perf_counter()
            limits = Limits(count, float("inf"), "cuda")
            train(stack, iter(range(count)), loss, stack.parameters(), 1e-4, limits, lambda done, planned: None)
            torch.cuda.synchronize()
            return (time.perf_counter() - began) / count

        steps(5)
        taken, count = steps(30), stack.count()["total"]
        peak = torch.cuda.max_memory_allocated() / 2**20
        print(f"{spec:15} {1000 * taken:8.2f} ms a step   {peak:8.0f} MB   {count:12,} trained")
        stack.remove()


if __name__ == "__main__":
    main()
