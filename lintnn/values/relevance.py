"""Which project functions can matter at all: those that reach, through whatever they call, something the knowledge tables describe.

Most of a project parses options, compares versions and writes logs. Such functions are not run; a call of one gives an unknown value.
"""

from __future__ import annotations

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.project.symbols import SymbolTable
from lintnn.values.assigned import Assigned, assigned_in, walk

TRAINING_WORDS = frozenset(
    "backward step zero_grad train eval forward parameters named_parameters state_dict load_state_dict requires_grad requires_grad_ detach "
    "softmax log_softmax sigmoid no_grad grad unscale_ scale manual_backward register_buffer add_module modules children cuda criterion "
    "loss model optimizer net scheduler scaler Module loader dataloader train_loader".split()
)
"""Identifiers that on their own say that a function is about models or training."""
_SEARCH_DEPTH = 6


class Relevance:
    """Answers per function, cached for a project. The answer depends on the sources only."""

    def __init__(self, table: SymbolTable) -> None:
        self._table = table
        self._functions: dict[tuple[str, int], bool] = {}
        self._names: dict[tuple[str, str], bool] = {}
        self._assigned: dict[tuple[str, int], Assigned] = {}

    def assigned(self, path: str, at: int, body: list[ir.Stmt]) -> Assigned:
        """What the block that belongs to the node ``at`` of a file assigns."""
        known = self._assigned.get((path, at))
        if known is None:
            known = self._assigned[(path, at)] = assigned_in(body)
        return known

    def matters(self, path: str, function: ir.Function) -> bool:
        """Whether running the function can show anything."""
        key = (path, function.at)
        known = self._functions.get(key)
        if known is None:
            self._functions[key] = True
            known = self._looks(path, function, 0)
            self._functions[key] = known
        return known

    def _looks(self, path: str, node: object, depth: int) -> bool:
        names: set[str] = set()
        for part in walk(node):
            if isinstance(part, ir.Attribute):
                if part.attr in TRAINING_WORDS or self._described(path, part):
                    return True
            elif isinstance(part, ir.Name):
                if part.id in TRAINING_WORDS:
                    return True
                if part.scope >= ir.Scope.GLOBAL:
                    names.add(part.id)
            elif isinstance(part, ir.Yield):
                return True
        return any(self._name_matters(path, name, depth + 1) for name in sorted(names))

    def _described(self, path: str, node: ir.Attribute) -> bool:
        """Whether a dotted name stands for something that a table describes and that is not inert."""
        parts = [node.attr]
        value = node.value
        while isinstance(value, ir.Attribute):
            parts.append(value.attr)
            value = value.value
        if not isinstance(value, ir.Name):
            return False
        symbols = self._table.of(path)
        imported = symbols.modules.get(value.id) if symbols is not None else None
        if imported is None:
            return False
        module, level, inner = imported
        if level:
            return False
        head = module if inner is None else f"{module}.{inner}"
        return _is_described(".".join([head, *reversed(parts)]))

    def _name_matters(self, path: str, name: str, depth: int) -> bool:
        key = (path, name)
        known = self._names.get(key)
        if known is not None:
            return known
        if depth > _SEARCH_DEPTH:
            return True
        self._names[key] = False
        self._names[key] = found = self._resolve(path, name, depth)
        return found

    def _resolve(self, path: str, name: str, depth: int) -> bool:
        symbols = self._table.of(path)
        if symbols is None:
            return True
        function = symbols.functions.get(name)
        if function is not None:
            return self._looks(path, function, depth)
        node = symbols.classes.get(name)
        if node is not None:
            return self._looks(path, node, depth)
        imported = symbols.modules.get(name)
        if imported is not None:
            return self._imported(path, imported, depth)
        return False

    def _imported(self, path: str, imported: tuple[str, int, str | None], depth: int) -> bool:
        module, level, inner = imported
        target = self._table.imports.resolve(path, module, level)
        if target is None:
            return inner is not None and _is_described(f"{module}.{inner}")
        if inner is None:
            return False
        if self._table.of(target) is None:
            return False
        return self._name_matters(target, inner, depth)


def _is_described(qualified: str) -> bool:
    name = lookup.canonical(qualified)
    return bool(
        lookup.operation_of_function(name)
        or lookup.loss_class(name)
        or lookup.loss_function(name)
        or lookup.layer(name)
        or lookup.optimizer(name)
        or lookup.context(name)
        or lookup.effect(name)
        or lookup.data_source(name)
        or lookup.is_module_class(name)
        or (lookup.loader_of_module(name) is not None)
    )
