"""NN504: torch.Tensor(n) used as if it made a tensor with the value n."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.model import SemanticModel
from lintnn.values.assigned import children, walk
from lintnn.values.domain import Constant, Fact, Unknown, constant_of, facts
from lintnn.values.records import Construction

WRAPPERS = frozenset({"Parameter", "Variable", "cuda", "to", "unsqueeze", "squeeze", "requires_grad_", "view", "double", "float"})
"""Calls through which an allocated tensor is still the same memory for this rule."""
NUMBERS = frozenset({"int", "len", "round"})
KEEPERS = frozenset({"append", "extend", "add", "insert", "push", "print", "len", "stack"})
"""Callees that keep or show a value and do not change it."""


class TensorConstructorAllocates(Check[Report]):
    code = "NN504"
    name = "tensor-constructor-allocates"
    family = Family.DTYPES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`torch.Tensor(n)` allocates n unset numbers; it does not make a tensor with the value n"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Legacy constructors with one whole number whose memory nothing fills in sight."""
        calls = {node.at: node for node in model.nodes(ir.Call)}
        parents: Parents | None = None
        for made in model.constructions():
            call = calls.get(made.site.place.at) if made.site.place.path == model.path else None
            if call is None or made.object is not None or len(made.positional) != 1 or len(call.args) != 1:
                continue
            parents = parents if parents is not None else _parents(model.module)
            function = _function_around(call, parents)
            if not all(_is_whole(fact, call.args[0].value, function) for fact in facts(made.positional[0])):
                continue
            if _is_initialised_later(model, call):
                continue
            if not _is_filled(model.module, call, parents, constant_of(made.positional[0]) == 0):
                yield self._report(made)

    def _report(self, made: Construction) -> Report:
        name = made.name.rpartition(".")[2]
        return Report(
            code=self.code,
            place=made.site.place,
            message=f"`torch.{name}(n)` allocates n numbers that nothing has set; it does not hold the value n.",
            why="The tensor has n entries of leftover memory: another shape and another value in every run.",
            advice="For a value write `torch.tensor(n)`; for memory write `torch.zeros(n)`.",
            symbol=made.site.symbol,
        )


def _is_whole(fact: Fact, source: ir.Expr, function: ir.Function | None) -> bool:
    """Whether an argument is certainly a whole number: a constant, ``int(…)`` or ``len(…)``, or a parameter annotated as one."""
    if type(fact) is Constant:
        return type(fact.value) is int
    if type(fact) is not Unknown:
        return False
    if isinstance(source, ir.Call) and isinstance(source.func, ir.Name):
        return source.func.id in NUMBERS
    annotations = {parameter.name: parameter.annotation for parameter in function.parameters} if function is not None else {}
    annotation = annotations.get(source.id) if isinstance(source, ir.Name) else None
    return isinstance(annotation, ir.Name) and annotation.id == "int"


REGISTRARS = frozenset({"Parameter", "register_parameter", "register_buffer", "Buffer"})
INITIALISERS = ("reset_parameters", "_reset_parameters", "init_weights", "_init_weights", "init_parameters", "weight_init")
"""Methods in which modules fill the parameters that they have allocated."""


def _is_initialised_later(model: SemanticModel, call: ir.Call) -> bool:
    def last(func: ir.Expr) -> str:
        return func.attr if isinstance(func, ir.Attribute) else func.id if isinstance(func, ir.Name) else ""

    if not model.mentions(*INITIALISERS):
        return False
    return any(last(outer.func) in REGISTRARS and any(a.value is call for a in outer.args) for outer in model.nodes(ir.Call))


Parents = dict[int, object]


def _parents(module: ir.Module) -> Parents:
    return {id(child): node for node in walk(module) for child in children(node)}


def _function_around(node: object, parents: Parents) -> ir.Function | None:
    current: object | None = node
    while current is not None and not isinstance(current, ir.Function):
        current = parents.get(id(current))
    return current


def _is_filled(module: ir.Module, call: ir.Call, parents: Parents, empty: bool) -> bool:
    """Whether something may write into the memory, or an allocation of this size is meant; followed outwards from the call."""
    node: object = call
    while True:
        parent = parents.get(id(node))
        if isinstance(parent, ir.Attribute):
            outer = parents.get(id(parent))
            if not isinstance(outer, ir.Call) or outer.func is not parent or parent.attr not in WRAPPERS:
                return True
            node = outer
        elif isinstance(parent, ir.Argument):
            outer = parents.get(id(parent))
            name = _called(outer)
            if name not in WRAPPERS:
                return empty or not _is_reader(name)
            node = outer
        elif isinstance(parent, (ir.ListExpr, ir.TupleExpr, ir.Comprehension)):
            node = parent
        elif isinstance(parent, (ir.Assign, ir.AnnAssign)):
            targets = parent.targets if isinstance(parent, ir.Assign) else [parent.target]
            return any(_name_is_filled(module, target, empty) for target in targets)
        else:
            return empty or not isinstance(parent, (ir.Return, ir.BinaryChain))


def _called(node: object) -> str:
    """The last name of what a call calls."""
    if not isinstance(node, ir.Call):
        return ""
    return node.func.attr if isinstance(node.func, ir.Attribute) else node.func.id if isinstance(node.func, ir.Name) else ""


def _is_reader(name: str) -> bool:
    """Whether a callee of this name only reads what it is given: an operation, a loss, a container."""
    if name.endswith("_") and not name.endswith("__"):
        return False
    known = (lookup.operation_of_method(name), lookup.operation_of_function(f"torch.{name}"), lookup.loss_class(f"torch.nn.{name}"))
    return name in KEEPERS or any(row is not None for row in known)


def _name_is_filled(module: ir.Module, target: ir.Expr, empty: bool) -> bool:
    """Whether anything in the file may write into what the target names."""
    if not isinstance(target, (ir.Name, ir.Attribute)):
        return True
    name = target.id if isinstance(target, ir.Name) else target.attr
    summed = False
    for node in walk(module):
        if isinstance(node, ir.Call):
            called = _called(node)
            writes = called.endswith("_") and called != "requires_grad_"
            on_it = isinstance(node.func, ir.Attribute) and _is_named(node.func.value, name)
            given = any(_is_named(argument.value, name) for argument in node.args)
            if (writes and (on_it or given)) or (given and not _is_reader(called) and called not in WRAPPERS):
                return True
            if (empty and given) or (writes and isinstance(target, ir.Attribute) and _loops_over_parameters(module)):
                return True
        elif isinstance(node, ir.Assign):
            if any(isinstance(place, (ir.Subscript, ir.Attribute)) and _is_named(place.value, name) for place in node.targets):
                return True
        elif isinstance(node, (ir.BinaryChain, ir.AugAssign)):
            parts = node.operands if isinstance(node, ir.BinaryChain) else [node.target]
            summed = summed or any(_is_named(part, name) for part in parts)
    return empty and not summed


def _is_named(expression: ir.Expr, name: str) -> bool:
    """Whether an expression is the named value, or a piece of it."""
    if isinstance(expression, ir.Name):
        return expression.id == name
    if isinstance(expression, ir.Attribute):
        return expression.attr == name or _is_named(expression.value, name)
    if isinstance(expression, (ir.ListExpr, ir.TupleExpr)):
        return any(_is_named(item, name) for item in expression.items)
    return isinstance(expression, (ir.Subscript, ir.Starred)) and _is_named(expression.value, name)


def _loops_over_parameters(module: ir.Module) -> bool:
    return any(isinstance(node, ir.Attribute) and node.attr in ("parameters", "named_parameters") for node in walk(module))
