"""Every row of the operations against the installed torch and numpy: names, parameters, and what a call does."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from torch import Tensor

from lintnn.knowledge import arrays, tensor_operations
from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Operation
from tests.knowledge.samples import RUNNABLE, run, sample
from tests.knowledge.signatures import disagreements, method_signatures, resolve, signatures

pytestmark = [pytest.mark.filterwarnings("ignore::UserWarning"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]

RUN = {row.name: row for row in tensor_operations.ALL if row.name in RUNNABLE}
FLOATING = [name for name, row in RUN.items() if "float" not in row.refuses]
INSTALLED = ("torch.", "numpy.")

OTHER_NAMES = {
    ("split", "split"): "the method calls its second parameter split_size",
    ("hsplit", "hsplit"): "the method has two overloads, sections and indices",
    ("hsplit", "vsplit"): "the method has two overloads, sections and indices",
    ("dsplit", "dsplit"): "the method has two overloads, sections and indices",
}
"""Spellings whose parameters go by other names in the same places."""

UNDOCUMENTED = frozenset({"sparse_mm"})
"""Functions whose parameters torch names nowhere."""

INTRODUCES_ZERO = frozenset({"masked_fill", "pad"})
REPLACES_EVERYTHING = frozenset({"fill"})
FIRST_PIECE_IS_FLAT = frozenset({"slogdet"})


def installed(row: Operation) -> list[str]:
    return [name for name in row.functions if name.startswith(INSTALLED)]


def first(result: Any) -> Any:
    return result[0] if isinstance(result, (tuple, list)) and len(result) else result


def expected_dtype(row: Operation, x: Tensor) -> torch.dtype | None:
    floating = x.dtype if x.dtype.is_floating_point else torch.float32
    rules = {
        "same": x.dtype,
        "promote": x.dtype,
        "argument": x.dtype,
        "data": x.dtype,
        "float": floating,
        "quotient": floating,
        "sum": x.dtype if x.dtype.is_floating_point else torch.int64,
        "default": torch.float32,
        "unknown": None,
    }
    return rules[row.dtype] if row.dtype in rules else getattr(torch, row.dtype)


def result_kind(result: Any) -> str:
    match result:
        case Tensor():
            return "tensor"
        case (Tensor(), Tensor() as second) if isinstance(result, tuple) and second.dtype == torch.int64:
            return "pair"
        case [Tensor(), *_]:
            return "tensors"
        case _:
            return "number"


def values(x: Tensor) -> set[float]:
    return set(x.double().flatten().tolist())


def test_most_operations_are_run() -> None:
    assert len(RUN) > 350


@pytest.mark.parametrize("row", [*tensor_operations.ALL, *arrays.ALL], ids=lambda row: row.name)
def test_functions_exist_and_take_these_parameters(row: Operation) -> None:
    found = {name: disagreements(row.parameters, signatures(name)) for name in installed(row)}
    assert {name: difference for name, difference in found.items() if difference} == {}


@pytest.mark.parametrize("row", [row for row in tensor_operations.ALL if row.methods], ids=lambda row: row.name)
def test_methods_exist_and_take_these_parameters(row: Operation) -> None:
    named = [name for name in row.methods if (row.name, name) not in OTHER_NAMES]
    found = {name: disagreements(row.parameters, method_signatures(name)) for name in named}
    assert {name: difference for name, difference in found.items() if difference} == {}


@pytest.mark.parametrize("row", [row for row in tensor_operations.ALL if row.name not in UNDOCUMENTED], ids=lambda row: row.name)
def test_no_parameter_is_invented(row: Operation) -> None:
    overloads = [overload for name in installed(row) for overload in signatures(name)]
    overloads += [overload for name in row.methods for overload in method_signatures(name)]
    known = {name for overload in overloads for name in overload}
    assert not known or [name for name in row.parameters[1:] if name not in known] == []


def test_properties_exist() -> None:
    assert [name for row in tensor_operations.ALL for name in row.attributes if not hasattr(torch.Tensor, name)] == []
    assert [name for row in arrays.ALL for name in (*row.methods, *row.attributes) if not hasattr(numpy.ndarray, name)] == []


@pytest.mark.parametrize("name", FLOATING)
def test_result_and_dtype_of_a_float_tensor(name: str) -> None:
    row, x = RUN[name], sample(RUN[name])
    result = run(row, x)
    if row.result != "unknown":
        assert result_kind(result) == row.result
    expected = expected_dtype(row, x)
    if isinstance(first(result), Tensor) and expected is not None:
        assert first(result).dtype == expected


@pytest.mark.parametrize("name", FLOATING)
def test_dtype_of_a_double_tensor(name: str) -> None:
    row, x = RUN[name], sample(RUN[name], torch.float64)
    result = first(run(row, x))
    expected = expected_dtype(row, x)
    assert not isinstance(result, Tensor) or expected is None or result.dtype == expected


@pytest.mark.parametrize("name", FLOATING)
def test_gradient(name: str) -> None:
    row, leaf = RUN[name], sample(RUN[name]).requires_grad_()
    result = first(run(row, leaf * 1))
    if not isinstance(result, Tensor):
        assert row.gradient == "stops"
        return
    assert result.requires_grad == (row.gradient == "flows")
    if result.requires_grad and name not in REPLACES_EVERYTHING | FIRST_PIECE_IS_FLAT:
        assert gradient_is_zero(result, leaf) == row.flat


def gradient_is_zero(result: Tensor, leaf: Tensor) -> bool:
    weights = torch.arange(1.0, result.numel() + 1).reshape(result.shape)
    try:
        (gradient,) = torch.autograd.grad((result * weights).abs().sum(), leaf)
    except RuntimeError:
        return True
    return not bool(gradient.any())


@pytest.mark.parametrize("name", [name for name in FLOATING if RUN[name].shape == "same"])
def test_shape_stays(name: str) -> None:
    x = sample(RUN[name])
    assert first(run(RUN[name], x)).shape == x.shape


@pytest.mark.parametrize("name", [name for name in FLOATING if RUN[name].flow == "keep"])
def test_numbers_are_kept(name: str) -> None:
    x = sample(RUN[name])
    result = first(run(RUN[name], x))
    if result.dtype in (torch.float32, torch.float64):
        assert values(result) <= values(x) | ({0.0} if name in INTRODUCES_ZERO else set())


@pytest.mark.parametrize("name", [name for name in FLOATING if RUN[name].keeps_range])
def test_range_is_kept(name: str) -> None:
    x = sample(RUN[name])
    result = first(run(RUN[name], x))
    assert x.min() - 1e-6 <= result.min()
    assert result.max() <= x.max() + 1e-6


@pytest.mark.parametrize("name", [name for name, row in RUN.items() if {"integer", "integer on cpu"} & set(row.refuses)])
def test_integers_are_refused(name: str) -> None:
    with pytest.raises((RuntimeError, TypeError, ValueError)):
        run(RUN[name], sample(RUN[name], torch.int64))


@pytest.mark.parametrize("name", [name for name, row in RUN.items() if not {"integer", "integer on cpu"} & set(row.refuses)])
def test_integers_are_taken(name: str) -> None:
    row, x = RUN[name], sample(RUN[name], torch.int64)
    result = first(run(row, x))
    expected = expected_dtype(row, x)
    assert not isinstance(result, Tensor) or expected is None or result.dtype == expected


@pytest.mark.parametrize("name", [name for name, row in RUN.items() if "float" in row.refuses])
def test_floats_are_refused(name: str) -> None:
    with pytest.raises((RuntimeError, TypeError)):
        run(RUN[name], sample(RUN[name]))


@pytest.mark.parametrize("name", [name for name, row in RUN.items() if "bool" in row.refuses])
def test_bools_are_refused(name: str) -> None:
    with pytest.raises((RuntimeError, TypeError)):
        run(RUN[name], sample(RUN[name], torch.bool))


@pytest.mark.parametrize("name", [name for name, row in RUN.items() if row.pair_with])
def test_a_pair_comes_back_with_that_argument(name: str) -> None:
    row = RUN[name]
    assert result_kind(resolve(row.functions[0])(sample(row), **{str(row.pair_with): 1})) == "pair"


VARIADIC_SIZES = [row for row in tensor_operations.ALL if row.variadic == "size" and row.functions and not row.methods]


@pytest.mark.parametrize("row", VARIADIC_SIZES, ids=lambda row: row.name)
def test_sizes_come_as_several_arguments_or_one(row: Operation) -> None:
    create = resolve(row.functions[0])
    assert create(2, 3).shape == create((2, 3)).shape == (2, 3)
    assert create(2, 3).dtype == torch.float32
    assert create(2, 3, dtype=torch.float64, requires_grad=True).dtype == torch.float64


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("view", (9, 1)),
        ("reshape", (9, 1)),
        ("permute", (1, 0)),
        ("expand", (3, 3)),
        ("repeat", (2, 1)),
        ("tile", (2, 1)),
        ("flip", (0, 1)),
    ],
)
def test_methods_take_several_arguments_or_one(name: str, arguments: tuple[int, ...]) -> None:
    row, x = RUN[name], sample(RUN[name])
    method = getattr(x, row.methods[0])
    assert row.variadic == row.parameters[1]
    assert torch.equal(method(*arguments), method(arguments))


@pytest.mark.parametrize(
    ("call", "dtype"),
    [
        (lambda: torch.tensor(1.5), torch.float32),
        (lambda: torch.tensor([1, 2]), torch.int64),
        (lambda: torch.tensor(True), torch.bool),
        (lambda: torch.tensor(numpy.zeros(2)), torch.float64),
        (lambda: torch.as_tensor(numpy.zeros(2)), torch.float64),
        (lambda: torch.from_numpy(numpy.zeros(2)), torch.float64),
        (lambda: torch.arange(3), torch.int64),
        (lambda: torch.arange(3.0), torch.float32),
        (lambda: torch.full((2,), 1), torch.int64),
        (lambda: torch.full((2,), 1.0), torch.float32),
    ],
)
def test_data_decides_the_dtype(call: Any, dtype: torch.dtype) -> None:
    assert call().dtype == dtype


@pytest.mark.parametrize("row", tensor_operations.LEGACY_CONSTRUCTORS, ids=lambda row: row.name)
def test_legacy_constructors_have_their_dtype(row: Operation) -> None:
    assert resolve(row.functions[0])(2, 3).dtype == getattr(torch, row.dtype)


def test_variable_starts_a_new_leaf() -> None:
    attached = torch.ones(2, requires_grad=True) * 2
    assert not torch.autograd.Variable(attached).requires_grad
    assert torch.autograd.Variable(attached, requires_grad=True).is_leaf


ARRAY_CALLS: dict[str, tuple[Any, ...]] = dict.fromkeys(
    words(
        "array_exp array_tanh array_float_function array_same_function array_round array_mean array_sum array_max array_argmax "
        "array_argsort array_cumsum array_copy array_flatten array_transpose array_nan_to_num array_is array_all array_array array_asarray "
        "array_zeros_like array_tril array_sort array_nonzero array_squeeze array_norm"
    ),
    (),
) | {
    "array_expand_dims": (0,),
    "array_reshape": ((-1,),),
    "array_clip": (0, 1),
    "array_roll": (1,),
    "array_repeat": (2,),
    "array_swapaxes": (0, 1),
}


@pytest.mark.parametrize("name", ARRAY_CALLS)
@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_dtype_of_array_functions(name: str, dtype: str) -> None:
    row = next(row for row in arrays.ALL if row.name == name)
    x = numpy.ones((2, 3), dtype=dtype)
    result = resolve(row.functions[0])(x, *ARRAY_CALLS[name])
    floating = dtype if dtype.startswith("float") else "float64"
    expected = {"same": dtype, "float": floating, "sum": dtype, "data": dtype, "argument": dtype, "promote": dtype}.get(
        row.dtype, row.dtype
    )
    assert first(result).dtype.name == expected if isinstance(result, tuple) else result.dtype.name == expected


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "eye", "identity"])
def test_arrays_are_made_in_double_precision(name: str) -> None:
    row = next(row for row in arrays.ALL if f"numpy.{name}" in row.functions)
    assert row.dtype == "default64"
    assert resolve(f"numpy.{name}")(2).dtype.name == "float64"
    assert resolve(f"numpy.{name}")(2, dtype="float32").dtype.name == "float32"
