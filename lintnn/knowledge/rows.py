"""A terse way to write rows of :class:`~lintnn.knowledge.schema.Operation`: names in one string, shared facts as a dictionary."""

from __future__ import annotations

from typing import Literal, TypedDict, Unpack

from lintnn.knowledge.schema import Activation, DtypeRule, Flow, Gradient, Operation, ResultKind, ShapeRule

FUNCTIONAL = "torch.nn.functional."


class Facts(TypedDict, total=False):
    """The fields of an operation that a family of rows may share."""

    flow: Flow
    activation: Activation | None
    dtype: DtypeRule
    gradient: Gradient
    result: ResultKind
    shape: ShapeRule
    refuses: tuple[Literal["integer", "integer on cpu", "float", "bool"], ...]
    array: bool
    attributes: tuple[str, ...]
    variadic: str | None
    pair_with: str | None
    flat: bool
    keeps_range: bool


PLAIN: Facts = {}


def operation(
    name: str, parameters: str, functions: str = "", methods: str = "", family: Facts = PLAIN, **facts: Unpack[Facts]
) -> Operation:
    """A row with the facts of its family and its own.

    In ``functions`` a word that ends in a dot gets the operation's name and ``F.`` stands for ``torch.nn.functional.``;
    in ``methods`` a dot stands for the operation's name and ``._`` for its in-place form.
    """
    merged: Facts = {**family, **facts}
    return Operation(
        name=name,
        parameters=tuple(parameters.split()),
        functions=tuple(_function(word, name) for word in functions.split()),
        methods=tuple(word.replace(".", name) for word in methods.split()),
        **merged,
    )


def _function(word: str, name: str) -> str:
    spelled = word + name if word.endswith(".") else word
    return FUNCTIONAL + spelled[2:] if spelled.startswith("F.") else spelled


def words(text: str) -> tuple[str, ...]:
    """The words of a string, as a tuple."""
    return tuple(text.split())


def under(prefix: str, text: str) -> tuple[str, ...]:
    """The words of a string, each below ``prefix``."""
    return tuple(f"{prefix}.{word}" for word in text.split())
