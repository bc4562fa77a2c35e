"""What a method puts into a model: parts, and the taps through which they read and change what passes a layer.

A part never replaces a layer. It listens at it (torch's forward hooks), so that the model keeps its modules, its names and its
state dict, and is what it was once the listening stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from torch import Tensor, nn

from survey.probes.errors import FileError, SizeError

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Tap:
    """`before(arguments) -> arguments` or `after(arguments, output) -> output`, at the layer `path` ("" is the model).

    `instead` is a module that calls the layer itself, and is called in its place.
    """

    path: str
    before: Callable[[Arguments], Arguments] | None = None
    after: Callable[[Arguments, Any], Any] | None = None
    instead: Callable[..., Any] | None = None


class Part(nn.Module):  # type: ignore[misc]
    """One trainable piece, which belongs to the layer `path`.

    `way` says what it does there: it `adds` to the layer's output something made of its input, changes the output (`after`), the
    input (`before`), or both. It decides what may be merged in which order.
    """

    role: ClassVar[str]
    way: ClassVar[Literal["adds", "after", "before", "both"]] = "both"
    mergeable: ClassVar[bool] = False

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    @property
    def name(self) -> str:
        return f"{self.path}:{self.role}"

    def taps(self) -> Iterable[Tap]:
        raise NotImplementedError

    def claims(self) -> set[str]:
        """What only one part of a model can have."""
        return set()

    def frozen(self) -> set[str]:
        """Names of the model's parameters that nobody else may train: a change of them would be one of this part too."""
        return set()

    def merges_beside(self, other: Part, later: bool) -> bool:
        """Whether this part does in the layer's weights what it did beside `other`, which was injected `later` or before."""
        if other.way == "before":
            return self.way != "before" or not later
        if self.way == "before":
            return other.way == "after"
        return (later and other.way in ("adds", "after")) or self.way == other.way == "adds"

    def merged(self, layer: nn.Module) -> dict[str, Tensor]:
        """Parameters of `layer` that give alone what the layer and this part give together; for mergeable parts."""
        raise NotImplementedError

    def stored(self) -> dict[str, Tensor]:
        """What has to be kept."""
        return dict(self.state_dict())

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take in what `stored` gave. Raises FileError for other names or shapes."""
        check_shapes(self.name, {name: value.shape for name, value in self.stored().items()}, tensors)
        self.load_state_dict(dict(tensors))


class Injectable:
    """A method that `inject` can put into a model; what most of them say: no parameters of the model itself are trained."""

    name: ClassVar[str]
    # The model gives at the start, to the bit, what it gave without the method.
    identity: ClassVar[bool]

    def parts(self, model: nn.Module) -> list[Part]:
        """New parts for the layers of `model` that the method targets."""
        return []

    def own(self, model: nn.Module) -> list[str]:
        """Names of the model's own parameters that the method trains."""
        return []

    def norms(self, model: nn.Module) -> list[str]:
        """Names of the normalisation layers' parameters that it trains beside its own."""
        return []


def first(arguments: Arguments) -> Any:
    """The first argument, also where it was given by name."""
    args, kwargs = arguments
    return args[0] if args else next(iter(kwargs.values()))


def with_first(arguments: Arguments, value: Any) -> Arguments:
    """The arguments with another first one."""
    args, kwargs = arguments
    if args:
        return (value, *args[1:]), kwargs
    return args, kwargs | {next(iter(kwargs)): value}


def norm_parameters(model: nn.Module) -> list[str]:
    """Names of the weights and biases of all layer norms, without repeats."""
    norms = {path for path, module in model.named_modules() if isinstance(module, nn.LayerNorm)}
    return [name for name, _ in model.named_parameters() if name.rpartition(".")[0] in norms]


def check_size(what: str, value: int, largest: int, path: str) -> None:
    """Raises SizeError unless 1 <= value <= largest."""
    if value > largest:
        raise SizeError(f"a {what} of {value} is larger than the layer {path} allows", f"Take at most {largest}")
    check_positive(what, value)


def check_positive(what: str, value: int) -> None:
    if value < 1:
        raise SizeError(f"a {what} of {value} trains nothing", "Take 1 or more")


def check_shapes(name: str, wanted: Mapping[str, tuple[int, ...]], given: Mapping[str, Tensor]) -> None:
    """Raises FileError where names or shapes differ."""
    for key in sorted(set(wanted) | set(given)):
        mine = tuple(wanted[key]) if key in wanted else None
        yours = tuple(given[key].shape) if key in given else None
        if mine != yours:
            raise FileError(
                f"the file has {key} of {name} as {yours or 'nothing'}, and the model needs {mine or 'nothing'}",
                "Load it with the method, targets and head that it was saved with",
            )
