"""dtypes of results, as torch promotes them."""

from __future__ import annotations

from collections.abc import Sequence

from lintnn.knowledge import lookup
from lintnn.values.domain import Choice, Constant, LibraryName, Tensor, Unknown, Value

FLOATING = frozenset({"float16", "bfloat16", "float32", "float64"})
INTEGRAL = frozenset({"int64", "int32", "int16", "int8", "uint8"})
_RANK = {
    name: rank
    for rank, name in enumerate(
        ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64"]
    )
}


def category(dtype: str) -> int:
    """0 for bool, 1 for integers, 2 for floats, 3 for complex: torch promotes within the higher category."""
    if dtype == "bool":
        return 0
    if dtype in INTEGRAL:
        return 1
    return 2 if dtype in FLOATING else 3


def promote(left: str | None, right: str | None) -> str | None:
    """The dtype of an operation on two tensors with axes (https://pytorch.org/docs/stable/tensor_attributes.html)."""
    if left is None or right is None:
        return None
    if left == right:
        return left
    if {left, right} == {"float16", "bfloat16"}:
        return "float32"
    if category(left) != category(right):
        return left if category(left) > category(right) else right
    if "uint8" in (left, right):
        return "int16" if "int8" in (left, right) else max(left, right, key=_RANK.__getitem__)
    return max(left, right, key=_RANK.__getitem__)


def promote_arrays(left: str | None, right: str | None) -> str | None:
    """The dtype of an operation on two numpy arrays: wide integers make narrow floats wide."""
    if left is None or right is None:
        return None
    if {category(left), category(right)} == {1, 2}:
        integer, real = (left, right) if category(left) == 1 else (right, left)
        if integer in ("int32", "int64"):
            return "float64"
        return "float32" if (integer, real) == ("int16", "float16") else real
    return promote(left, right)


def with_number(dtype: str | None, number: object, array: bool = False) -> str | None:
    """The dtype of a tensor (or array) combined with a Python number."""
    if dtype is None:
        return None
    if isinstance(number, bool):
        return dtype
    if isinstance(number, int):
        return "int64" if dtype == "bool" else dtype
    if isinstance(number, float):
        return ("float64" if array else "float32") if category(dtype) < 2 else dtype
    return None


def of_value(value: Value | None) -> str | None:
    """The dtype that a ``dtype=`` argument names."""
    if type(value) is LibraryName:
        return lookup.dtype_constant(value.name)
    if type(value) is Constant and isinstance(value.value, str):
        return lookup.dtype_string(value.value)
    return None


def of_data(value: Value | None, array: bool, default: str | None = "float32") -> str | None:
    """The dtype that ``torch.tensor(data)`` (or ``np.array(data)``) gives; ``default`` is that of new floating tensors."""
    if type(value) is Tensor:
        return value.dtype
    if type(value) is Constant:
        if isinstance(value.value, bool):
            return "bool"
        if isinstance(value.value, int):
            return "int64"
        if isinstance(value.value, float):
            return "float64" if array else default
    return None


def of_conversion(name: str, values: Sequence[Value]) -> str | None:
    """The dtype that ``module.half()`` or ``module.to(…)`` gives; empty if it keeps the dtype, None if it is not known."""
    if name in METHODS:
        return METHODS[name]
    if name not in ("to", "type"):
        return ""
    for value in values:
        if type(value) is LibraryName:
            return of_value(value)
        if type(value) is Tensor:
            return value.dtype
        if type(value) is Unknown and not names_device(value):
            return None
        if type(value) is Choice:
            return None
    return ""


def names_device(value: Unknown) -> bool:
    """Whether an unknown value is called like a device."""
    last = value.symbol.rpartition(".")[2].rpartition(":")[2].lower()
    return value.cause == "device" or "device" in last or "cuda" in last or "gpu" in last or "rank" in last


METHODS = {"half": "float16", "float": "float32", "double": "float64", "bfloat16": "bfloat16"}
"""Methods of modules and tensors that are named after the dtype they convert to."""
