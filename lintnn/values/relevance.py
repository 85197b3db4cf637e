"""Which project functions can matter at all: those that reach, through whatever they call, something the knowledge tables describe.

Most of a project parses options, compares versions and writes logs. Such functions are not run; a call of one gives an unknown value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.knowledge.rows import words
from lintnn.project.symbols import SymbolTable
from lintnn.values.assigned import Assigned, EachRound, assigned_in, mentioned_in, set_each_round, walk

TRAINING_WORDS = frozenset(
    words(
        "grad backward step zero_grad train eval forward next parameters named_parameters load_state_dict requires_grad "
        "requires_grad_ detach long view permute unsqueeze argmax softmax log_softmax sigmoid no_grad unscale_ manual_backward "
        "register_buffer add_module criterion optimizer scaler Module"
    )
)
"""Identifiers that on their own say that a function is about models or training."""

_Name = tuple[str, str]
"""A file and a name of its top level, or (with a leading dot) the methods of that name in the file's classes."""


class _Reach(Struct, frozen=True, gc=False):
    """What a piece of code shows by itself, and the names that it leads to."""

    shows: bool
    names: tuple[_Name, ...]


class Habits(Struct, frozen=True, gc=False):
    """The attributes of ``self`` that a class calls, and whether it reads ``self.training``."""

    called: frozenset[str]
    asks_for_training: bool


def _is_own(node: object) -> TypeGuard[ir.Attribute]:
    return isinstance(node, ir.Attribute) and isinstance(node.value, ir.Name) and node.value.id == "self"


class Relevance:
    """Answers per function, cached for a project. The answer depends on the sources only."""

    def __init__(self, table: SymbolTable) -> None:
        self._table = table
        self._functions: dict[tuple[str, int], bool] = {}
        self._names: dict[_Name, bool] = {}
        self._reaches: dict[_Name, _Reach] = {}
        self._assigned: dict[tuple[str, int], Assigned] = {}
        self._each_round: dict[tuple[str, int], EachRound] = {}
        self._habits: dict[tuple[str, int], Habits] = {}
        self._mentioned: dict[tuple[str, int], frozenset[str]] = {}
        self._own: dict[tuple[str, int], frozenset[str]] = {}

    def assigned(self, path: str, at: int, body: list[ir.Stmt]) -> Assigned:
        """What the block that belongs to the node ``at`` of a file assigns."""
        known = self._assigned.get((path, at))
        if known is None:
            known = self._assigned[(path, at)] = assigned_in(body)
        return known

    def set_each_round(self, path: str, at: int, body: list[ir.Stmt]) -> EachRound:
        """What tests in the loop ``at`` of a file read and every round of it sets."""
        known = self._each_round.get((path, at))
        if known is None:
            known = self._each_round[(path, at)] = set_each_round(body)
        return known

    def mentioned(self, path: str, expression: ir.Expr) -> frozenset[str]:
        """The variables and, with a leading dot, the attributes that an expression of a file reads."""
        known = self._mentioned.get((path, expression.at))
        if known is None:
            known = self._mentioned[(path, expression.at)] = mentioned_in(expression)
        return known

    def own_names(self, path: str, function: ir.Function) -> frozenset[str]:
        """The attributes of ``self`` that a method names."""
        known = self._own.get((path, function.at))
        if known is None:
            known = self._own[(path, function.at)] = frozenset(part.attr for part in walk(function) if _is_own(part))
        return known

    def habits(self, path: str, node: ir.Class) -> Habits:
        """What the code of a class does with ``self``."""
        known = self._habits.get((path, node.at))
        if known is None:
            called, read = set(), set()
            for part in walk(node):
                if isinstance(part, ir.Call) and _is_own(part.func):
                    called.add(part.func.attr)
                elif _is_own(part):
                    read.add(part.attr)
            known = self._habits[(path, node.at)] = Habits(frozenset(called), "training" in read)
        return known

    def matters(self, path: str, function: ir.Function) -> bool:
        """Whether running the function can show anything."""
        key = (path, function.at)
        known = self._functions.get(key)
        if known is None:
            reach = self._reach_of(path, function)
            known = self._functions[key] = reach.shows or any(self._name_matters(name) for name in reach.names)
        return known

    def _name_matters(self, start: _Name) -> bool:
        """Whether anything that a name leads to shows something. All names on a way that shows nothing show nothing."""
        seen = {start}
        pending = [start]
        while pending:
            name = pending.pop()
            if self._names.get(name) is False:
                continue
            reach = self._reach_of_name(name)
            if reach.shows or self._names.get(name):
                self._names[start] = True
                return True
            fresh = [other for other in reach.names if other not in seen]
            seen.update(fresh)
            pending.extend(fresh)
        self._names.update(dict.fromkeys(seen, False))
        return False

    def _reach_of_name(self, name: _Name) -> _Reach:
        known = self._reaches.get(name)
        if known is None:
            known = self._reaches[name] = self._resolve(*name)
        return known

    def _resolve(self, path: str, name: str) -> _Reach:
        symbols = self._table.of(path)
        if symbols is None:
            return _Reach(path.endswith(".py"), ())
        if name.startswith("."):
            found = self._table.methods(path, name[1:])
            return _joined(self._reach_of(path, method) for method in found) if found else _Reach(True, ())
        definition = symbols.functions.get(name) or symbols.classes.get(name)
        if definition is not None:
            return self._reach_of(path, definition)
        imported = symbols.modules.get(name)
        if imported is not None:
            return self._imported(path, imported, None)
        exporter = self._table.star_exporter(path, name)
        if exporter is not None:
            return _Reach(False, ((exporter, name),))
        return _joined(self._reach_of(path, value) for value in self._table.assigned_values(path, name))

    def _reach_of(self, path: str, node: object) -> _Reach:
        names: dict[_Name, None] = {}
        for part in walk(node):
            if isinstance(part, ir.Attribute):
                reach = self._dotted(path, part)
                if part.attr in TRAINING_WORDS or reach.shows:
                    return _Reach(True, ())
                names.update(dict.fromkeys(reach.names))
            elif isinstance(part, ir.Name):
                if part.id in TRAINING_WORDS:
                    return _Reach(True, ())
                if part.scope >= ir.Scope.GLOBAL:
                    names[(path, part.id)] = None
            elif isinstance(part, ir.Call) and isinstance(part.func, ir.Attribute) and isinstance(part.func.value, ir.Name):
                if part.func.value.id == "self":
                    names[(path, f".{part.func.attr}")] = None
            elif isinstance(part, ir.Yield):
                return _Reach(True, ())
        return _Reach(False, tuple(names))

    def _dotted(self, path: str, node: ir.Attribute) -> _Reach:
        """What a dotted name that starts with an imported module stands for."""
        parts = [node.attr]
        value = node.value
        while isinstance(value, ir.Attribute):
            parts.append(value.attr)
            value = value.value
        symbols = self._table.of(path) if isinstance(value, ir.Name) else None
        imported = symbols.modules.get(value.id) if symbols is not None and isinstance(value, ir.Name) else None
        return _NOTHING if imported is None else self._imported(path, imported, ".".join(reversed(parts)))

    def _imported(self, path: str, imported: tuple[str, int, str | None], attribute: str | None) -> _Reach:
        """What an imported name, or an attribute of an imported module, leads to."""
        module, level, inner = imported
        target = self._table.imports.resolve(path, module, level)
        wanted = ".".join(part for part in (inner, attribute) if part)
        if target is None:
            return _Reach(not level and bool(wanted) and _is_described(f"{module}.{wanted}"), ())
        while wanted:
            name, _, rest = wanted.partition(".")
            inside = self._table.imports.submodule(target, name)
            if inside is None:
                return _Reach(False, ((target, name),))
            target, wanted = inside, rest
        return _NOTHING


_NOTHING = _Reach(False, ())


def _joined(reaches: Iterable[_Reach]) -> _Reach:
    found = list(reaches)
    return _Reach(any(reach.shows for reach in found), tuple(dict.fromkeys(name for reach in found for name in reach.names)))


def _is_described(qualified: str) -> bool:
    name = lookup.canonical(qualified)
    operation = lookup.operation_of_function(name)
    return bool(
        (operation is not None and not operation.array)
        or lookup.loss_class(name)
        or lookup.loss_function(name)
        or lookup.layer(name)
        or lookup.optimizer(name)
        or lookup.context(name)
        or lookup.effect(name)
        or lookup.is_module_class(name)
        or lookup.handle(name)
        or (lookup.loader_of_module(name) is not None)
    )
