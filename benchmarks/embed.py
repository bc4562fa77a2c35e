"""How fast papers become vectors, and how near the faster ways come to the exact ones.

On a CPU, in turns, so that a busy machine slows all alike: sentence-transformers' own `encode`, our model in 32 and in 8 bits,
and the static one, on the same papers. With `--quality` all papers of the data are embedded in each way, cut and in windows,
searched exactly, and ndcg@10 is told; that takes an hour.

On a machine with a GPU: abstracts a second of the GPU's path, and the cosine with 32 bits on the card. It needs torch, transformers
and `--weights`, a Hugging Face folder of the model's weights, 16 bits will do, and nothing else of ours than `corpus/`:

    python benchmarks/embed.py --gpu --weights FOLDER
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import HERE, report

Encode = Callable[[Sequence[str]], Any]

# What was chosen was chosen by the first 400 queries.
FIRST_QUERY = 400


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--papers", type=int, default=256, help="papers a round, drawn with one seed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quality", action="store_true", help="embed all papers in each way and tell ndcg@10")
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--weights", type=Path, help="the folder of the model's weights; else the bundled ones")
    return parser.parse_args()


def load_papers(data: Path) -> dict[str, str]:
    """Id -> title and abstract, as the index embeds them."""
    from corpus.identity import embedding_text
    from corpus.models import Paper

    with gzip.open(data / "papers-30k.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = [Paper.model_validate_json(line) for line in lines]
    return {str(paper.id): embedding_text(paper) for paper in papers}


def measure_cpu(args: argparse.Namespace) -> dict[str, Any]:
    import torch
    from sentence_transformers import SentenceTransformer

    from corpus.backends import load_embedder
    from corpus.home import Home
    from corpus.minilm import official_weights

    papers = load_papers(args.data)
    texts = random.Random(0).sample(list(papers.values()), args.papers)
    with tempfile.TemporaryDirectory() as home:
        names = {"fp32": "all-MiniLM-L6-v2", "int8": "all-MiniLM-L6-v2+int8", "static": "static"}
        ours = {label: load_embedder(name, Home(Path(home)), "cpu") for label, name in names.items()}
        reference = SentenceTransformer(str(official_weights().folder), device="cpu")
        ways: dict[str, Encode] = {"sentence-transformers": reference.encode}
        ways |= {label: embedder.encode for label, embedder in ours.items()}
        rates, exact, vectors = in_turns(ways, texts, args.rounds), reference.encode(texts), {}
        rows: dict[str, Any] = {"papers": len(texts), "threads of torch": torch.get_num_threads()}
        for label, encode in ways.items():
            vectors[label] = encode(texts)
            rows[f"{label}, papers a second"] = rates[label]
            if label != "sentence-transformers":
                rows[f"{label}, times as fast"] = round(rates[label] / rates["sentence-transformers"], 2)
            if label in ("fp32", "int8"):
                cosines = (vectors[label] * exact).sum(axis=1)
                rows[f"{label}, cosine with it"] = f"mean {cosines.mean():.5f}, least {cosines.min():.5f}"
        documents = {label: embedder.encode_documents for label, embedder in ours.items()}
        for label, rate in in_turns(documents, texts, args.rounds).items():
            rows[f"{label}, papers a second in windows"] = rate
        if args.quality:
            for label, embedder in ours.items():
                for way in ("encode", "encode_documents"):
                    found = getattr(embedder, way)(list(papers.values()))
                    for name in ("autoscholar", "litsearch"):
                        queries = load_queries(args.data / f"queries-{name}.jsonl")
                        asked = embedder.encode_queries([query["query"] for query in queries])
                        score = ndcg(asked @ found.T, list(papers), queries)
                        rows[f"{label}, {way}, ndcg@10 on {name} ({len(queries)} queries)"] = score
    return rows


def in_turns(ways: dict[str, Encode], texts: Sequence[str], rounds: int) -> dict[str, float]:
    """Texts a second of each way, the median of the rounds; every way once a round, after one that is not counted."""
    seconds: dict[str, list[float]] = {label: [] for label in ways}
    for encode in ways.values():
        encode(texts[:32])
    for _ in range(rounds):
        for label, encode in ways.items():
            started = time.perf_counter()
            encode(texts)
            seconds[label].append(time.perf_counter() - started)
    return {label: round(len(texts) / statistics.median(taken), 1) for label, taken in seconds.items()}


def load_queries(path: Path) -> list[dict[str, Any]]:
    queries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return queries[FIRST_QUERY:] if "autoscholar" in path.name else queries


def ndcg(scores: Any, ids: list[str], queries: list[dict[str, Any]]) -> float:
    """Mean ndcg@10 of the papers `ids` ranked by `scores` (queries, papers), each judged relevant or not."""
    total = 0.0
    for row, query in zip(scores, queries, strict=True):
        best = [ids[column] for column in np.argsort(-row, kind="stable")[:10]]
        relevant = set(query["relevant"])
        gain = sum(1 / math.log2(rank + 2) for rank, found in enumerate(best) if found in relevant)
        total += gain / sum(1 / math.log2(rank + 2) for rank in range(min(10, len(relevant))))
    return round(total / len(queries), 4)


def measure_gpu(args: argparse.Namespace) -> dict[str, Any]:
    import torch
    from transformers import AutoModel, AutoTokenizer

    from corpus.gpu import TorchEmbedder

    device = "cuda" if torch.cuda.is_available() else "cpu"
    embedder = TorchEmbedder(args.weights, "measured", device)
    texts = made_up(args.weights, args.papers)
    rows: dict[str, Any] = {
        "card": torch.cuda.get_device_name(0) if device == "cuda" else "none: the same code on the CPU",
        "made-up abstracts": len(texts),
    }
    ways: dict[str, Encode] = {"cut at 256 tokens": embedder.encode, "in windows": embedder.encode_documents}
    for label, rate in in_turns(ways, texts, args.rounds).items():
        rows[f"abstracts a second, {label}"] = rate
    # The plain way, in 32 bits and without batches, for the cosine.
    model = AutoModel.from_pretrained(args.weights, dtype=torch.float32).to(device).eval()
    tokenizer = AutoTokenizer.from_pretrained(args.weights)
    plain = []
    with torch.inference_mode():
        for text in texts[:64]:
            batch = tokenizer([text], truncation=True, max_length=256, return_tensors="pt").to(device)
            plain.append(model(**batch).last_hidden_state[0].mean(0).cpu().numpy())
    exact = np.stack(plain) / np.linalg.norm(plain, axis=1, keepdims=True)
    cosines = (embedder.encode(texts[:64]) * exact).sum(axis=1)
    rows["cosine with 32 bits"] = f"mean {cosines.mean():.6f}, least {cosines.min():.6f}"
    return rows


def made_up(weights: Path, count: int) -> list[str]:
    """Texts of words of the model's vocabulary, as long as abstracts are: 130 to 370 tokens, 248 on average."""
    from tokenizers import Tokenizer

    vocabulary = Tokenizer.from_file(str(weights / "tokenizer.json")).get_vocab()
    words = sorted(word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 3)
    draw = random.Random(0)
    titles = [" ".join(draw.choices(words, k=12)) for _ in range(count)]
    lengths = [min(370, max(130, round(draw.gauss(248, 70)))) - 14 for _ in range(count)]
    return [
        f"{title}\n{' '.join(draw.choices(words, k=length))}" for title, length in zip(titles, lengths, strict=True)
    ]


def main() -> None:
    args = options()
    if args.gpu:
        if args.weights is None:
            sys.exit("--gpu needs --weights, the folder of the model's weights")
        report("embed-gpu", measure_gpu(args))
        return
    if not (args.data / "papers-30k.jsonl.gz").exists():
        sys.exit(f"{args.data} has no papers-30k.jsonl.gz: name the data with --data")
    report("embed", measure_cpu(args))


if __name__ == "__main__":
    main()
