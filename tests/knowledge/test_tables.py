"""The tables are well formed: enumerations, names that refer to each other, no spelling in two rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from msgspec import Struct

from lintnn.knowledge import (
    aliases,
    arrays,
    contexts,
    datasets,
    effects,
    estimators,
    frameworks,
    inert,
    layers,
    loaders,
    lookup,
    losses,
    optimizers,
    schedulers,
    tensor_operations,
)
from lintnn.knowledge.schema import Operation, problems

TABLES: dict[str, tuple[Struct, ...]] = {
    "arrays": arrays.ALL,
    "contexts": contexts.ALL,
    "datasets": datasets.ALL,
    "effects": effects.ALL,
    "estimators": estimators.ALL,
    "frameworks": frameworks.ALL,
    "layers": layers.ALL,
    "loaders": loaders.ALL,
    "losses": losses.ALL,
    "optimizers": optimizers.ALL,
    "schedulers": schedulers.ALL,
    "tensor_operations": tensor_operations.ALL,
}
OPERATIONS: tuple[Operation, ...] = (*tensor_operations.ALL, *arrays.ALL)


def repeated(names: Iterable[str]) -> list[str]:
    return [name for name, number in Counter(names).items() if number > 1]


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_the_types_of_its_class(table: str) -> None:
    assert [found for row in TABLES[table] if (found := problems(row)) is not None] == []


def test_a_wrong_value_is_a_problem() -> None:
    assert problems(Operation(name="x", parameters=(), flow="sideways")) is not None  # type: ignore[arg-type]


def test_an_operation_has_one_name() -> None:
    assert repeated(row.name for row in OPERATIONS) == []


def test_a_spelling_belongs_to_one_operation() -> None:
    assert repeated(name for row in OPERATIONS for name in row.functions) == []
    assert repeated(name for row in tensor_operations.ALL for name in (*row.methods, *row.attributes)) == []
    assert repeated(name for row in arrays.ALL for name in (*row.methods, *row.attributes)) == []


@pytest.mark.parametrize(
    "names",
    [
        [name for row in layers.ALL for name in row.names],
        [name for row in losses.ALL for name in row.classes],
        [name for row in losses.ALL for name in row.functions],
        [name for row in optimizers.ALL for name in row.names],
        [name for row in schedulers.ALL for name in row.names],
        [name for row in effects.ALL for name in row.names],
        [name for row in contexts.ALL for name in row.names],
        [name for row in datasets.ALL for name in row.names],
        [name for row in loaders.ALL for name in row.names],
        [name for row in frameworks.ALL for name in (*row.bases, *row.wrappers, *row.runners)],
        [name for row in estimators.ALL for name in row.names],
    ],
)
def test_a_name_belongs_to_one_row_of_its_table(names: list[str]) -> None:
    assert names
    assert repeated(names) == []


def test_an_activation_is_named_exactly_where_the_trail_gains_one() -> None:
    assert [row.name for row in OPERATIONS if (row.flow == "activation") != (row.activation is not None)] == []


def test_parameters_that_rows_refer_to_exist() -> None:
    for row in OPERATIONS:
        assert row.variadic is None or row.variadic in row.parameters, row.name
        assert row.pair_with is None or row.pair_with in row.parameters, row.name
        assert row.dtype not in ("argument", "default", "default64") or "dtype" in row.parameters or row.name == "type_as", row.name


def test_layers_name_operations() -> None:
    assert {row.operation for row in layers.ALL} - {row.name for row in OPERATIONS} == set()


def test_operators_name_operations() -> None:
    assert set(aliases.OPERATORS.values()) | set(aliases.UNARY_OPERATORS.values()) <= {row.name for row in OPERATIONS}


def test_losses_name_their_arguments() -> None:
    for row in losses.ALL:
        assert row.prediction in row.call, row.name
        assert row.target_name in row.call, row.name


def test_exceptions_of_inert_packages_lie_in_them_or_are_builtins() -> None:
    assert {name for name in inert.EXCEPTIONS if name.split(".")[0] not in inert.PACKAGES} <= {"copy"}


def test_described_packages_are_libraries() -> None:
    described = {
        name.split(".")[0]
        for row in (
            *optimizers.ALL,
            *schedulers.ALL,
            *loaders.ALL,
            *datasets.ALL,
            *layers.ALL,
            *contexts.ALL,
            *effects.ALL,
            *estimators.ALL,
        )
        for name in row.names
    }
    described |= {name.split(".")[0] for row in frameworks.ALL for name in (*row.bases, *row.wrappers, *row.runners)}
    described |= {name.split(".")[0] for row in OPERATIONS for name in row.functions}
    assert {package for package in described - {"*", "builtins"} if not lookup.is_library(package)} == set()
