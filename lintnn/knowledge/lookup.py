"""Questions to the tables, by qualified name. Every answer is a dictionary look-up; unknown names give ``None``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cache
from typing import TypeVar

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
    losses,
    optimizers,
    records,
    schedulers,
    tensor_operations,
)
from lintnn.knowledge.schema import (
    ArrayEncoder,
    ArraySource,
    Context,
    DataSource,
    Dtype,
    Effect,
    Estimator,
    Framework,
    Layer,
    Loader,
    Loss,
    Operation,
    Optimizer,
    Scheduler,
)

Row = TypeVar("Row")

MODULE_CLASS = "torch.nn.Module"
GRAD_SCALER = "torch.amp.GradScaler"
"""The canonical names of two classes that belong to no table."""


def _index(rows: Iterable[Row], names: Callable[[Row], Iterable[str]]) -> dict[str, Row]:
    return {name: row for row in rows for name in names(row)}


_OPERATIONS = {row.name: row for row in (*tensor_operations.ALL, *arrays.ALL)}
_FUNCTIONS = _index((*tensor_operations.ALL, *arrays.ALL), lambda row: row.functions)
_METHODS = _index(tensor_operations.ALL, lambda row: row.methods)
_ATTRIBUTES = _index(tensor_operations.ALL, lambda row: row.attributes)
_ARRAY_METHODS = _index(arrays.ALL, lambda row: row.methods)
_ARRAY_ATTRIBUTES = _index(arrays.ALL, lambda row: row.attributes)
_LAYERS = _index(layers.ALL, lambda row: row.names)
_LOSS_CLASSES = _index(losses.ALL, lambda row: row.classes)
_LOSS_FUNCTIONS = _index(losses.ALL, lambda row: row.functions)
_OPTIMIZERS = _index(optimizers.ALL, lambda row: row.names)
_SCHEDULERS = _index(schedulers.ALL, lambda row: row.names)
_FRAMEWORKS = _index(frameworks.ALL, lambda row: row.bases)
_WRAPPERS = _index(frameworks.ALL, lambda row: row.wrappers)
_RUNNERS = _index(frameworks.ALL, lambda row: row.runners)
_HANDLES = _index(frameworks.ALL, lambda row: row.handles)
_CALLED = {name: row.handles[0] for row in frameworks.ALL for name in row.called}
_ESTIMATORS = _index(estimators.ALL, lambda row: row.names)
_LOADERS = _index(loaders.ALL, lambda row: row.names)
_CONTEXTS = _index(contexts.ALL, lambda row: row.names)
_EFFECTS = _index(effects.ALL, lambda row: row.names)
_DATA_SOURCES = _index(datasets.ALL, lambda row: row.names)
_ARRAY_SOURCES = _index(datasets.ARRAYS, lambda row: row.names)
_ARRAY_ENCODERS = _index(datasets.ENCODERS, lambda row: row.names)
_PATTERN_LOADERS = tuple((name, row) for name, row in _LOADERS.items() if "*" in name)
_SUFFIX_ESTIMATORS = {name[1:]: row for name, row in _ESTIMATORS.items() if name.startswith("*")}
_MODULE_CLASSES = frozenset(name for name in layers.MODULE_BASES if "*" not in name)
_MODULE_PATTERNS = tuple(name for name in layers.MODULE_BASES if "*" in name)
_LISTED = frozenset().union(
    _FUNCTIONS, _LAYERS, _LOSS_CLASSES, _LOSS_FUNCTIONS, _OPTIMIZERS, optimizers.FACTORIES, _SCHEDULERS, _FRAMEWORKS, _WRAPPERS, _RUNNERS,
    _HANDLES, _ESTIMATORS, _LOADERS, _CONTEXTS, _EFFECTS, _DATA_SOURCES, _ARRAY_SOURCES, _ARRAY_ENCODERS, _MODULE_CLASSES,
    aliases.DTYPES, aliases.NUMBERS, inert.PREFIXES, (GRAD_SCALER,),
)  # fmt: skip


@cache
def canonical(qualified: str) -> str:
    """The name under which the tables list what ``qualified`` names; itself if no alias is known."""
    name = aliases.NAMES.get(qualified, qualified)
    for prefix, replacement in aliases.PREFIXES:
        if name.startswith(prefix):
            name = replacement + name[len(prefix) :]
    if name in _LISTED:
        return name
    for prefix, root in aliases.SHORTENED:
        if name.startswith(prefix) and (short := root + _own_name(name[len(prefix) :])) in _LISTED:
            return short
    return name


def _own_name(dotted: str) -> str:
    """``adam.Adam`` is ``Adam``, ``fabric.Fabric.setup`` is ``Fabric.setup``: the name without the modules before it."""
    parts = dotted.split(".")
    first = next((index for index, part in enumerate(parts[:-1]) if part[:1].isupper()), len(parts) - 1)
    return ".".join(parts[first:])


def operation(name: str) -> Operation | None:
    """The operation with this canonical name."""
    return _OPERATIONS.get(name)


def operation_of_function(qualified: str) -> Operation | None:
    """The operation that a function of torch or numpy spells."""
    return _FUNCTIONS.get(canonical(qualified))


def operation_of_method(name: str) -> Operation | None:
    """The operation that a method of tensors spells."""
    return _METHODS.get(name)


def operation_of_attribute(name: str) -> Operation | None:
    """The operation that a property of tensors spells: ``x.T``, ``x.data``."""
    return _ATTRIBUTES.get(name)


def operation_of_array_method(name: str) -> Operation | None:
    """The operation that a method of numpy arrays spells."""
    return _ARRAY_METHODS.get(name)


def operation_of_array_attribute(name: str) -> Operation | None:
    """The operation that a property of numpy arrays spells."""
    return _ARRAY_ATTRIBUTES.get(name)


def operation_of_operator(operator: str) -> Operation | None:
    """The operation that a binary operator of Python spells on tensors."""
    return _OPERATIONS.get(aliases.OPERATORS.get(operator, ""))


def operation_of_unary_operator(operator: str) -> Operation | None:
    """The operation that a unary operator of Python spells on tensors."""
    return _OPERATIONS.get(aliases.UNARY_OPERATORS.get(operator, ""))


def layer(qualified: str) -> Layer | None:
    """The ready-made module class of this name."""
    return _LAYERS.get(canonical(qualified))


def is_module_class(qualified: str) -> bool:
    """Whether a library class is an ``nn.Module``, so that its subclasses in the project are modules too."""
    name = canonical(qualified)
    return name in _LAYERS or name in _LOSS_CLASSES or name in _MODULE_CLASSES or _matches_module_pattern(name)


@cache
def _matches_module_pattern(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _MODULE_PATTERNS)


def loss_class(qualified: str) -> Loss | None:
    """The loss whose class has this name."""
    return _LOSS_CLASSES.get(canonical(qualified))


def loss_function(qualified: str) -> Loss | None:
    """The loss whose function has this name."""
    return _LOSS_FUNCTIONS.get(canonical(qualified))


def optimizer(qualified: str) -> Optimizer | None:
    """The optimizer class of this name."""
    return _OPTIMIZERS.get(canonical(qualified))


def is_optimizer_factory(qualified: str) -> bool:
    """Whether this function returns an optimizer over a module that it is given."""
    return canonical(qualified) in optimizers.FACTORIES


def scheduler(qualified: str) -> Scheduler | None:
    """The scheduler class, or function that returns a scheduler, of this name."""
    return _SCHEDULERS.get(canonical(qualified))


def framework_of_base(qualified: str) -> Framework | None:
    """The framework under which subclasses of this class live."""
    return _FRAMEWORKS.get(canonical(qualified))


def framework_of_wrapper(qualified: str) -> Framework | None:
    """The framework whose function or method wraps what it is given: ``accelerate.Accelerator.prepare``."""
    return _WRAPPERS.get(canonical(qualified))


def framework_of_runner(qualified: str) -> Framework | None:
    """The framework whose call trains or evaluates by itself what it is given: ``pytorch_lightning.Trainer.fit``."""
    return _RUNNERS.get(canonical(qualified))


def handle(qualified: str) -> Framework | None:
    """The framework of which loops hold an object of this class and call it: ``accelerate.Accelerator``."""
    return _HANDLES.get(canonical(qualified))


def handle_called(name: str) -> str | None:
    """The class of framework objects that are called so everywhere: ``accelerator``."""
    return _CALLED.get(name)


def estimator(qualified: str) -> Estimator | None:
    """The estimator class of this name, or of this last name wherever it is defined."""
    name = canonical(qualified)
    return _ESTIMATORS.get(name) or _SUFFIX_ESTIMATORS.get("." + name.rpartition(".")[2])


@cache
def loader_of_module(qualified: str) -> Loader | None:
    """The factory of ready modules of this name."""
    name = canonical(qualified)
    return _LOADERS.get(name) or next((row for pattern, row in _PATTERN_LOADERS if fnmatchcase(name, pattern)), None)


def context(qualified: str) -> Context | None:
    """The context manager or decorator of this name."""
    return _CONTEXTS.get(canonical(qualified))


def effect(qualified: str) -> Effect | None:
    """What a function of this name does to gradients, modules or processes."""
    return _EFFECTS.get(canonical(qualified))


@cache
def is_record(qualified: str) -> bool:
    """Whether objects of this class hold what they are given under its name: ``SimpleNamespace``, ``CausalLMOutput``."""
    name = canonical(qualified)
    return name in records.NAMES or any(fnmatchcase(name, pattern) for pattern in records.PATTERNS)


def member_of(module: str) -> str | None:
    """What a member of a library module is of which the name is not known."""
    return records.MEMBERS.get(module)


def data_source(qualified: str) -> DataSource | None:
    """The loader, data set, sampler, split or transform of this name."""
    return _DATA_SOURCES.get(canonical(qualified))


def array_source(qualified: str) -> ArraySource | None:
    """The function of this name that gives ready arrays."""
    return _ARRAY_SOURCES.get(canonical(qualified))


def array_encoder(qualified: str) -> ArrayEncoder | None:
    """The class of this name whose objects convert arrays."""
    return _ARRAY_ENCODERS.get(canonical(qualified))


@cache
def is_inert(qualified: str) -> bool:
    """Whether calling this leaves every tensor, module and optimizer as it was."""
    name = canonical(qualified)
    prefixes = _prefixes(name)
    if any(prefix in inert.EXCEPTIONS for prefix in prefixes):
        return False
    return prefixes[0] in inert.PACKAGES or any(prefix in inert.PREFIXES for prefix in prefixes)


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: length + 1]) for length in range(len(parts))]


def is_library(top_level_package: str) -> bool:
    """Whether a package is a known one of others, which is not looked for in the project."""
    return top_level_package in inert.LIBRARIES or top_level_package in inert.PACKAGES


def dtype_constant(qualified: str) -> Dtype | None:
    """The dtype that ``torch.long``, ``numpy.float32`` or the builtin ``float`` stands for."""
    return aliases.DTYPES.get(canonical(qualified))


def dtype_string(text: str) -> Dtype | None:
    """The dtype that a string stands for in numpy and in ``Tensor.type``."""
    return aliases.DTYPE_STRINGS.get(text)


def number_constant(qualified: str) -> float | None:
    """The value of ``math.pi``, ``torch.inf`` and their like."""
    return aliases.NUMBERS.get(canonical(qualified))


def is_known(qualified: str) -> bool:
    """Whether any table says something about this name."""
    name = canonical(qualified)
    return name in _LISTED or is_inert(name) or is_module_class(name) or loader_of_module(name) is not None
