"""A BERT encoder with mean pooling as an ONNX graph, written straight from its weights: no torch, and under a second.

The graph is made of ONNX Runtime's fused operators and takes one input, `input_ids` (batch, tokens): all texts of a batch have
the same length, so there is no padding, and without a mask attention runs through the faster kernel. It gives
`sentence_vector` (batch, d), the mean over the tokens, not scaled.

With `Ranges` of the activations the products with the weights run in whole numbers of 8 bits. An activation `x` becomes
`round(x / scale) + zero` with one scale for a tensor, known beforehand, so a vector does not depend on the batch it was made in.
Weights take 7 bits, one scale for each output: two products then fit the 16 bits in which processors without VNNI add them up,
and every machine gives the same vectors. Channels that reach far wider than others are narrowed first and their weights widened
likewise (SmoothQuant, Xiao et al. 2023, arXiv:2211.10438, formula 4).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError

Array = NDArray[np.float32]
# Of a tensor's channels, the lowest and the highest value, each (channels,); by the tensor's name, as `inputs_of` gives it.
Ranges = Mapping[str, tuple[Array, Array]]

_FUSED = "com.microsoft"
_LEVELS = 63  # of weights, on either side of zero
# How far the width of an input's channels goes over into the weights: chosen by the cosine of 20 abstracts with the exact vectors.
_ATTENTION, _CONTEXT, _INNER, _OUTER = 0.5, 0.5, 0.5, 0.7


class _Writer:
    """Nodes and constants of a graph, in the order in which they run."""

    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self._make, self._array = helper.make_node, numpy_helper.from_array
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        self.constants.append(self._array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(self._make(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output


def build_graph(weights: Mapping[str, Array], config: Mapping[str, Any], ranges: Ranges | None = None) -> Any:
    """The ONNX model of BERT's `weights`, by their names in a Hugging Face folder, and its `config`; with `ranges` in 8 bits."""
    from onnx import TensorProto, helper

    writer = _Writer()
    epsilon, heads = float(config["layer_norm_eps"]), int(config["num_attention_heads"])
    embeddings = _Part(weights, "embeddings.")
    # Every token is of the first of BERT's two types.
    places = embeddings["position_embeddings.weight"] + embeddings["token_type_embeddings.weight"][0]
    tables = [
        writer.constant("words", embeddings["word_embeddings.weight"]),
        writer.constant("places", places),
        "",
        *_norm(writer, "embedded", embeddings, "LayerNorm"),
    ]
    writer.nodes.append(
        helper.make_node(
            "EmbedLayerNormalization",
            ["input_ids", "", *tables],
            ["embedded", "lengths"],
            domain=_FUSED,
            epsilon=epsilon,
        )
    )
    hidden = "embedded"
    for number in range(int(config["num_hidden_layers"])):
        hidden = _layer(
            writer, _Part(weights, f"encoder.layer.{number}."), f"{number}.", hidden, heads, epsilon, ranges
        )
    writer.node("ReduceMean", [hidden, writer.constant("tokens", np.array([1]))], "sentence_vector", keepdims=0)
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        writer.nodes,
        "bert",
        [tensor("input_ids", TensorProto.INT32, ["batch", "tokens"])],
        [tensor("sentence_vector", TensorProto.FLOAT, ["batch", places.shape[1]])],
        writer.constants,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def inputs_of(layers: int) -> list[str]:
    """The names of the tensors that are multiplied with weights, whose ranges `build_graph` wants for 8 bits."""
    hidden = ["embedded", *(f"{number}.hidden" for number in range(layers - 1))]
    within = [f"{number}.{name}" for number in range(layers) for name in ("context", "attended", "inner")]
    return hidden + within


def load_weights(folder: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Weights and config of a Hugging Face folder. Raises ModelError where they are no BERT that `build_graph` can write."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        weights = {name: array.astype(np.float32) for name, array in load_file(folder / "model.safetensors").items()}
        last = f"encoder.layer.{config['num_hidden_layers'] - 1}.output.dense.weight"
        if (config["model_type"], config["hidden_act"]) != ("bert", "gelu") or last not in weights:
            raise ValueError("not a BERT encoder")
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(
            f"the model in {folder} cannot be read ({error})",
            "Put its files back, or choose another model with --model",
        ) from error
    return weights, config


class _Part:
    """The weights under one prefix."""

    def __init__(self, weights: Mapping[str, Array], prefix: str) -> None:
        self._weights, self._prefix = weights, prefix

    def __getitem__(self, name: str) -> Array:
        return self._weights[self._prefix + name]

    def matrix(self, name: str) -> Array:
        """The weight of a linear layer as (inputs, outputs): torch keeps it the other way round."""
        return self[f"{name}.weight"].T


def _layer(
    writer: _Writer, part: _Part, name: str, hidden: str, heads: int, epsilon: float, ranges: Ranges | None
) -> str:
    """One layer of the encoder, from the hidden states `hidden` (batch, tokens, d) to the next."""
    value, value_bias = part.matrix("attention.self.value"), part["attention.self.value.bias"]
    out = part.matrix("attention.output.dense")
    context_ranges = None
    if ranges:
        # Values are mixed by attention and nothing else, so they are narrowed before, at no cost.
        narrow = _smoothing(ranges[f"{name}context"], out, _CONTEXT)
        value, value_bias, out = value / narrow, value_bias / narrow, out * narrow[:, None]
        context_ranges = {f"{name}context": _narrowed(ranges[f"{name}context"], narrow)}
    query, key = part.matrix("attention.self.query"), part.matrix("attention.self.key")
    biases = np.concatenate([part["attention.self.query.bias"], part["attention.self.key.bias"], value_bias])
    three = _products(
        writer, hidden, {f"{name}query": query, f"{name}key": key, f"{name}value": value}, ranges, _ATTENTION
    )
    attention = [*three, writer.constant(f"{name}biases", biases)]
    context = writer.node("MultiHeadAttention", attention, f"{name}context", _FUSED, num_heads=heads)
    (mixed,) = _products(writer, context, {f"{name}mixed": out}, context_ranges, None)
    norm = _norm(writer, f"{name}attended", part, "attention.output.LayerNorm")
    bias = writer.constant(f"{name}mixed.bias", part["attention.output.dense.bias"])
    attended = writer.node(
        "SkipLayerNormalization", [mixed, hidden, *norm, bias], f"{name}attended", _FUSED, epsilon=epsilon
    )
    (wide,) = _products(writer, attended, {f"{name}wide": part.matrix("intermediate.dense")}, ranges, _INNER)
    bias = writer.constant(f"{name}wide.bias", part["intermediate.dense.bias"])
    inner = writer.node("BiasGelu", [wide, bias], f"{name}inner", _FUSED)
    (narrowed,) = _products(writer, inner, {f"{name}narrowed": part.matrix("output.dense")}, ranges, _OUTER)
    norm = _norm(writer, f"{name}hidden", part, "output.LayerNorm")
    bias = writer.constant(f"{name}narrowed.bias", part["output.dense.bias"])
    return writer.node(
        "SkipLayerNormalization", [narrowed, attended, *norm, bias], f"{name}hidden", _FUSED, epsilon=epsilon
    )


def _norm(writer: _Writer, name: str, part: _Part, norm: str) -> list[str]:
    """Gain and offset of a layer normalisation."""
    return [
        writer.constant(f"{name}.gain", part[f"{norm}.weight"]),
        writer.constant(f"{name}.offset", part[f"{norm}.bias"]),
    ]


def _products(
    writer: _Writer, source: str, matrices: Mapping[str, Array], ranges: Ranges | None, share: float | None
) -> list[str]:
    """The products of `source` with each matrix (inputs, outputs); in 8 bits where `ranges` are given.

    `share` of the width of the channels goes over into the weights; None: none, as `source` was narrowed before.
    """
    if ranges is None:
        return [
            writer.node("MatMul", [source, writer.constant(f"{name}.weight", matrix)], name)
            for name, matrix in matrices.items()
        ]
    span = ranges[source]
    if share is not None:
        narrow = _smoothing(span, np.concatenate(list(matrices.values()), axis=1), share)
        span = _narrowed(span, narrow)
        matrices = {name: matrix * narrow[:, None] for name, matrix in matrices.items()}
        factor = writer.constant(f"{source}.narrow", 1 / narrow)
        source = writer.node("Mul", [source, factor], f"{source}.narrowed")
    low, high = min(float(span[0].min()), 0.0), max(float(span[1].max()), 0.0)
    step = max((high - low) / 255, 1e-12)
    scale = writer.constant(f"{source}.scale", np.float32(step))
    zero = writer.constant(f"{source}.zero", np.uint8(round(-low / step)))
    whole = writer.node("QuantizeLinear", [source, scale, zero], f"{source}.whole")
    products = []
    for name, matrix in matrices.items():
        steps = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / _LEVELS  # (outputs,)
        weight = writer.constant(f"{name}.weight", np.round(matrix / steps).astype(np.int8))
        scales = writer.constant(f"{name}.scales", steps.astype(np.float32))
        middle = writer.constant(f"{name}.middle", np.int8(0))
        products.append(writer.node("MatMulIntegerToFloat", [whole, weight, scale, scales, zero, middle], name, _FUSED))
    return products


def _smoothing(span: tuple[Array, Array], matrix: Array, share: float) -> Array:
    """By what each channel is divided, (channels,): its width to the power `share`, over its weights' to the rest."""
    width = np.maximum(np.maximum(-span[0], span[1]), 1e-5)
    return np.asarray(width**share / np.maximum(np.abs(matrix).max(axis=1), 1e-5) ** (1 - share), dtype=np.float32)


def _narrowed(span: tuple[Array, Array], narrow: Array) -> tuple[Array, Array]:
    return span[0] / narrow, span[1] / narrow
