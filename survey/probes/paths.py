"""Where things stand in a model: patterns of the usual names, and the layers that a pattern matches.

The patterns cover transformers' BERT family, and vision transformers whose blocks are called `blocks.N` with `attn.qkv`,
`attn.proj`, `mlp.fc1` and `mlp.fc2`. A pattern is always matched against the whole path: `query` alone matches nothing in
`encoder.layer.0.attention.self.query`, and `.*query` does. Matching by suffix is what makes a pattern for the feed-forward
layer's `output.dense` take the attention's `attention.output.dense` as well.
"""

from __future__ import annotations

import difflib
import re

from torch import nn

from survey.probes.errors import ProbeError, TargetError

QUERY_VALUE = r"(.*\.)?attention\.(self|attention)\.(query|value)"
QUERY = r"(.*\.)?attention\.(self|attention)\.query"
KEY = r"(.*\.)?attention\.(self|attention)\.key"
KEY_VALUE = r"(.*\.)?attention\.(self|attention)\.(key|value)"
FUSED_QKV = r"(.*\.)?attn\.qkv"
ATTENTION_OUT = r"(.*\.)?(attention\.output\.dense|attn\.proj)"
FFN_IN = r"(.*\.)?(intermediate\.dense|mlp\.fc1)"
FFN_OUT = r"(.*\.)?(layer\.\d+\.output\.dense|mlp\.fc2)"
BLOCK = r"(.*\.)?(blocks|layer)\.\d+"
BIAS = r"(?!(.*\.)?pooler\.)(.*\.)?bias"


def matching(model: nn.Module, targets: str, kinds: tuple[type, ...] = (nn.Module,)) -> dict[str, nn.Module]:
    """Path -> layer, in the model's order, of the layers of one of `kinds` whose whole path matches `targets`.

    Raises TargetError where there is none, with the nearest paths, or for a layer whose output nobody asks for.
    """
    pattern = compiled(targets)
    named = [(path, module) for path, module in model.named_modules() if path]
    hits = {path: module for path, module in named if pattern.fullmatch(path)}
    found = {path: module for path, module in hits.items() if isinstance(module, kinds)}
    if not found:
        raise TargetError(*_nothing(model, targets, pattern, kinds, hits, named))
    for path in found:
        parent = model.get_submodule(path.rpartition(".")[0])
        if isinstance(parent, nn.MultiheadAttention):
            raise TargetError(
                f"{path} is never called: torch's MultiheadAttention reads its weight and passes it by",
                "Target another layer, or write the attention with linear layers",
            )
    return found


def matching_parameters(model: nn.Module, targets: str) -> list[str]:
    """The names of the parameters that match `targets`; raises TargetError where there is none."""
    pattern = compiled(targets)
    names = [name for name, _ in model.named_parameters()]
    found = [name for name in names if pattern.fullmatch(name)]
    if not found:
        raise TargetError(*_nothing(model, targets, pattern, (nn.Parameter,), {}, [(name, None) for name in names]))
    return found


def compiled(targets: str) -> re.Pattern[str]:
    try:
        return re.compile(targets)
    except re.error as error:
        raise TargetError(f"{targets!r} is no regular expression ({error})", "Escape what is meant literally") from None


def head_count(model: nn.Module, path: str, given: int | None) -> int:
    """Attention heads of the layer at `path`: as given, or as the modules above it or the model's configuration say."""
    if given is not None:
        return given
    while path:
        path = path.rpartition(".")[0]
        module = model.get_submodule(path)
        for name in ("num_attention_heads", "num_heads", "heads"):
            for holder in (module, getattr(module, "config", None)):
                if isinstance(count := getattr(holder, name, None), int):
                    return count
    raise ProbeError("the model does not say how many attention heads it has", "Give them: heads=12")


def _nothing(
    model: nn.Module,
    targets: str,
    pattern: re.Pattern[str],
    kinds: tuple[type, ...],
    hits: dict[str, nn.Module],
    named: list[tuple[str, nn.Module]],
) -> tuple[str, str]:
    wanted = " or ".join(kind.__name__ for kind in kinds)
    fitting = [path for path, module in named if module is None or isinstance(module, kinds)]
    if not fitting:
        return f"{targets!r} matches nothing: the model has no {wanted} at all", "Take a method that fits this model"
    # A pattern read without its regular-expression signs is near enough to a path to be compared with one.
    plain = re.sub(r"\\d\+?", "0", re.sub(r"\(\?[:!=<]+|[\\^$*+?()\[\]{}|]", "", targets.replace(r"\.", ".")))
    near = difflib.get_close_matches(plain, fitting, n=3, cutoff=0) or fitting[:3]
    remedy = f"Match the whole path, such as {', '.join(near)}"
    tensors = [(name, "buffer") for name, _ in model.named_buffers()]
    tensors += [(name, "parameter") for name, _ in model.named_parameters() if kinds != (nn.Parameter,)]
    for name, what in tensors:
        if pattern.fullmatch(name):
            word = "a frozen buffer" if what == "buffer" else "a parameter"
            return f"{targets!r} matches {name}, which is {word}, not a {wanted}", remedy
    if hits:
        path, module = next(iter(hits.items()))
        return f"{targets!r} matches {path}, which is a {type(module).__name__}, not a {wanted}", remedy
    return f"{targets!r} matches no {wanted}", remedy
