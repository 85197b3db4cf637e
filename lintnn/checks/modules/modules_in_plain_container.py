"""NN801: sub-modules in a list, tuple or dict that nn.Module does not look into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk
from lintnn.values.records import HeldModules

REPLACEMENT = {"list": "nn.ModuleList", "tuple": "nn.ModuleList", "dict": "nn.ModuleDict"}
GROWING = frozenset({"append", "extend", "insert", "update", "setdefault"})
BY_HAND = frozenset({"parameters", "named_parameters", "state_dict", "add_module", "register_module"})
EMPTY_MAKERS = frozenset({"list", "dict", "OrderedDict"})


class ModulesInPlainContainer(Check[Report]):
    code = "NN801"
    name = "modules-in-plain-container"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "sub-modules with weights kept in a plain list, tuple or dict attribute: they are not registered"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Attributes that hold weighted modules in plain containers after ``__init__``, registered nowhere and handed over by nobody."""
        for held in model.held_modules():
            info = model.class_by_key(held.key)
            if not held.weighted or _hidden(model, held) or _handled_by_hand(model.module, held.attribute):
                continue
            for key in info.resolution:
                if isinstance(key, str):
                    continue
                at = _place(model.class_by_key(key).node, held.attribute)
                if at >= 0:
                    yield self._report(model, held, Place(key[0], at), model.class_by_key(key).name)
                    break

    def _report(self, model: SemanticModel, held: HeldModules, place: Place, owner: str) -> Report:
        first = model.object(held.modules[0])
        return Report(
            code=self.code,
            place=place,
            message=f"`self.{held.attribute}` keeps sub-modules in a plain {held.container}, where `nn.Module` does not find them.",
            why="`parameters()`, `state_dict()`, `to()` and `train()` pass them by: their weights are not trained, moved or saved.",
            advice=f"Wrap them: `{REPLACEMENT[held.container]}(...)`.",
            notes=(Note(first.place, f"`{first.label}` is built here"),),
            symbol=owner,
        )


def _hidden(model: SemanticModel, held: HeldModules) -> bool:
    """One module in a private attribute, or one that is put into a list of its own: the usual ways to keep it out of the registry."""
    if len(held.modules) != 1 or model.object(held.modules[0]).many:
        return False
    return held.attribute.startswith("_") or _is_wrapped_alone(model.class_by_key(held.key).node, held.attribute)


def _is_wrapped_alone(node: ir.Class, attribute: str) -> bool:
    """``self.teacher = [teacher]``."""
    return any(
        isinstance(inner, ir.Assign)
        and isinstance(inner.value, ir.ListExpr)
        and len(inner.value.items) == 1
        and isinstance(inner.value.items[0], ir.Name)
        and any(isinstance(target, ir.Attribute) and target.attr == attribute for target in inner.targets)
        for inner in walk(node)
    )


def _handled_by_hand(module: ir.Module, attribute: str) -> bool:
    """Whether some loop over the attribute asks for the parameters or registers what it finds."""
    for node in walk(module):
        if isinstance(node, ir.For) and _reads(node.iter, attribute) and _mentions(node.body, BY_HAND):
            return True
        if isinstance(node, ir.Comprehension) and any(_reads(clause.iter, attribute) for clause in node.clauses):
            if any(_mentions([part], BY_HAND) for part in (node.element, *(clause.iter for clause in node.clauses))):
                return True
        if isinstance(node, ir.Attribute) and node.attr in BY_HAND and _reads(node.value, attribute):
            return True
    return False


def _reads(expression: ir.Expr, attribute: str) -> bool:
    return any(isinstance(node, ir.Attribute) and node.attr == attribute for node in walk(expression))


def _mentions(nodes: Iterable[object], names: frozenset[str]) -> bool:
    return any(isinstance(inner, ir.Attribute) and inner.attr in names for node in nodes for inner in walk(node))


def _place(node: ir.Class, attribute: str) -> int:
    """Where the modules come in: the statement that stores them, or the one that adds to a container stored empty."""
    stores = [statement for statement in _statements(node) if _stores(statement, attribute)]
    full = [statement for statement in stores if not _is_empty(statement)]
    if full:
        return full[-1].at
    for statement in _statements(node):
        if _adds(statement, attribute):
            return statement.at
    return stores[-1].at if stores else -1


def _statements(node: ir.Class) -> Iterator[ir.Stmt]:
    found = [inner for inner in walk(node) if isinstance(inner, (ir.Assign, ir.AnnAssign, ir.AugAssign, ir.ExprStmt))]
    return iter(sorted(found, key=lambda statement: statement.at))


def _is_self(expression: ir.Expr, attribute: str) -> bool:
    return isinstance(expression, ir.Attribute) and expression.attr == attribute and isinstance(expression.value, ir.Name)


def _stores(statement: ir.Stmt, attribute: str) -> bool:
    if isinstance(statement, ir.Assign):
        return any(_is_self(target, attribute) for target in statement.targets)
    return isinstance(statement, ir.AnnAssign) and statement.value is not None and _is_self(statement.target, attribute)


def _is_empty(statement: ir.Stmt) -> bool:
    value = statement.value if isinstance(statement, (ir.Assign, ir.AnnAssign)) else None
    if isinstance(value, (ir.ListExpr, ir.TupleExpr)):
        return not value.items
    if isinstance(value, ir.DictExpr):
        return not value.keys
    if isinstance(value, ir.Call) and isinstance(value.func, (ir.Name, ir.Attribute)):
        name = value.func.id if isinstance(value.func, ir.Name) else value.func.attr
        return name in EMPTY_MAKERS and not value.args
    return False


def _adds(statement: ir.Stmt, attribute: str) -> bool:
    if isinstance(statement, ir.AugAssign):
        return _is_self(statement.target, attribute)
    if isinstance(statement, ir.Assign):
        return any(isinstance(target, ir.Subscript) and _reads(target.value, attribute) for target in statement.targets)
    if isinstance(statement, ir.ExprStmt) and isinstance(statement.value, ir.Call) and isinstance(statement.value.func, ir.Attribute):
        return statement.value.func.attr in GROWING and _reads(statement.value.func.value, attribute)
    return False
