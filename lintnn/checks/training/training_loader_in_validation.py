"""NN116: a validation that reads the training data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from lintnn.checks.base import Check, Family, Needs
from lintnn.events import LoopRole
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.expressions import dotted
from lintnn.model.nests import statements
from lintnn.values.assigned import walk

DATA = re.compile(r"(loader|dl|dataloader|iter|batches|data|set)$")
TRAINING = re.compile(r"(^|_)(tr|train|training|trn)(_|$|l|d|s)")
VALIDATION = re.compile(r"(^|_)(val|valid|validation|dev|eval|test)(_|$|l|d|s)")
EVALUATES = re.compile(r"eval|valid|test")


class Scope(Struct, frozen=True):
    """A function, or the top of a file, with the names that it binds and how often it reads each."""

    symbol: str
    body: list[ir.Stmt]
    bound: dict[str, int]
    read: dict[str, int]


class TrainingLoaderInValidation(Check[Report]):
    code = "NN116"
    name = "training-loader-in-validation"
    family = Family.TRAINING
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.EVENTS
    fix = FixKind.NONE
    summary = "a validation goes through the training data, and the validation data next to it is never used"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Evaluations of training data in functions that have, and never use, validation data."""
        evaluating: set[int] | None = None
        for scope in _scopes(model):
            unused = [name for name in scope.bound if _is_validation(name) and not scope.read.get(name)]
            if not unused or not any(_is_training(name) for name in scope.read):
                continue
            if evaluating is None:
                evaluating = _evaluating_loops(model)
            for place, name in _uses(scope, evaluating):
                yield Report(
                    code=self.code,
                    place=Place(model.path, place),
                    message=f"This validation reads `{name}`; `{unused[0]}` is never used.",
                    why="It measures what the model remembers: overfitting does not show, and the best checkpoint is the worst one.",
                    advice=f"Use `{unused[0]}` here.",
                    notes=(Note(Place(model.path, scope.bound[unused[0]]), f"`{unused[0]}` comes from here"),),
                    symbol=scope.symbol,
                )


def _is_training(name: str) -> bool:
    return bool(TRAINING.search(name.lower()) and DATA.search(name.lower())) and not VALIDATION.search(name.lower())


def _is_validation(name: str) -> bool:
    return bool(VALIDATION.search(name.lower()) and re.search(r"(loader|dl|dataloader|batches)$", name.lower())) and not TRAINING.search(
        name.lower()
    )


def _scopes(model: SemanticModel) -> Iterator[Scope]:
    for definition in model.nodes(ir.FunctionDef):
        function = definition.function
        bound = {parameter.name: function.at for parameter in function.parameters}
        yield _scope(function.qualname, function.body, bound)
    yield _scope("<module>", model.module.body, {})


def _scope(symbol: str, body: list[ir.Stmt], bound: dict[str, int]) -> Scope:
    written: dict[str, int] = {}
    for statement in statements(body):
        if isinstance(statement, ir.Assign):
            for target in statement.targets:
                for part in walk(target):
                    if isinstance(part, ir.Name):
                        bound.setdefault(part.id, part.at)
                        written[part.id] = written.get(part.id, 0) + 1
    read: dict[str, int] = {}
    if any(_is_validation(name) for name in bound):
        for statement in body:
            for part in walk(statement):
                if isinstance(part, ir.Name):
                    read[part.id] = read.get(part.id, 0) + 1
    return Scope(symbol, body, bound, {name: count - written.get(name, 0) for name, count in read.items()})


def _evaluating_loops(model: SemanticModel) -> set[int]:
    """The loops that only evaluate, whenever they run."""
    found = [loop for trace in model.traces() for loop in model.loops(trace) if loop.at.path == model.path]
    training = {loop.at.at for loop in found if loop.role is not LoopRole.EVALUATION}
    return {loop.at.at for loop in found if loop.role is LoopRole.EVALUATION and loop.grad is False} - training


def _uses(scope: Scope, evaluating: set[int]) -> Iterator[tuple[int, str]]:
    for statement in statements(scope.body):
        if isinstance(statement, ir.For) and statement.at in evaluating:
            for name in _given(statement.iter):
                yield statement.iter.at, name
        elif isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call) and _is_result(statement.targets[0]):
            if EVALUATES.search(dotted(statement.value.func).rpartition(".")[2].lower()):
                for name in _given(statement.value):
                    yield statement.value.at, name


def _is_result(target: ir.Expr) -> bool:
    """Whether what is assigned is called the result of a validation."""
    names = [part.id.lower() for part in walk(target) if isinstance(part, ir.Name)]
    return bool(names) and all(VALIDATION.search(name) and not TRAINING.search(name) for name in names)


def _given(expression: ir.Expr) -> list[str]:
    """The training data that a loop goes through, or that a call is given."""
    if isinstance(expression, ir.Name):
        return [expression.id] if _is_training(expression.id) else []
    if isinstance(expression, ir.Call):
        return [name for one in expression.args for name in _given(one.value)]
    return []
