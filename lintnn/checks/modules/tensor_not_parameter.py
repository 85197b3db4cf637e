"""NN802: a learnable tensor of a module that is no parameter."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.optimizers import is_optimizer
from lintnn.model.syntax import Routine, argument, assigned_value, dotted, method_call, targets, walk

MAKERS = frozenset(
    f"torch.{name}"
    for name in ("randn", "rand", "zeros", "ones", "full", "empty", "tensor", "eye", "normal", "linspace", "autograd.Variable", "Tensor")
)
SAME = frozenset({"to", "cuda", "float", "double", "requires_grad_", "uniform_", "normal_", "mul", "view", "unsqueeze"})
BY_HAND = frozenset({"parameters", "named_parameters", "_apply", "register_parameter"})


class TensorNotParameter(Check[Report]):
    code = "NN802"
    name = "tensor-not-parameter"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a tensor with `requires_grad=True` as a plain attribute of a module: `parameters()` does not list it"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Attributes that ``__init__`` sets to a new tensor that requires grad, and that nothing hands to an optimizer by name."""
        if not model.mentions("Variable", "requires_grad_") and not any(
            one.keyword == "requires_grad" for call in model.nodes(ir.Call) for one in call.args
        ):
            return
        modules = {info.name for info in model.classes() if info.is_module and not BY_HAND & set(info.methods)}
        for routine in model.routines():
            if routine.owner is None or routine.owner.name not in modules or not routine.name.endswith(".__init__"):
                continue
            for line in routine.lines:
                value = assigned_value(line.statement)
                if value is None or not _learns(model, value):
                    continue
                for target in targets(line.statement):
                    name = dotted(target).removeprefix("self.")
                    if dotted(target) == f"self.{name}" and "." not in name and _is_used(model, routine, name):
                        yield self._report(model, routine, line.at, name)

    def _report(self, model: SemanticModel, routine: Routine, at: int, name: str) -> Report:
        return Report(
            code=self.code,
            place=Place(model.path, at),
            message=f"`self.{name}` requires grad, and is no `nn.Parameter`.",
            why="`parameters()`, `state_dict()` and `to()` pass it by: it is not trained, saved or moved.",
            advice=f"Write `self.{name} = nn.Parameter(…)`.",
            symbol=routine.name,
        )


def _learns(model: SemanticModel, value: ir.Expr, asked: bool = False) -> bool:
    """Whether an expression makes a new tensor that requires grad."""
    if not isinstance(value, ir.Call):
        return False
    called = method_call(value)
    if model.library_name(value.func) in MAKERS:
        flag = argument(value, -1, "requires_grad")
        return asked or (isinstance(flag, ir.Literal) and flag.value is True)
    if called is None or called[1] not in SAME:
        return False
    switched = called[1] == "requires_grad_" and not value.args
    return _learns(model, called[0], asked or switched)


def _is_used(model: SemanticModel, routine: Routine, name: str) -> bool:
    """Whether the class reads the attribute elsewhere, no optimizer of the file is given it, and it is nowhere made a parameter."""
    for call in model.nodes(ir.Call):
        names = [node.attr for one in call.args for node in walk(one.value) if isinstance(node, ir.Attribute)]
        last = dotted(call.func).rpartition(".")[2]
        if name in names and (is_optimizer(model, call) or last in ("Parameter", "append", "grad")):
            return False
    for other in model.routines():
        for line in other.lines:
            value = assigned_value(line.statement)
            if any(isinstance(target, ir.Attribute) and target.attr == name for target in targets(line.statement)):
                if value is None or not _learns(model, value):
                    return False
            if isinstance(line.statement, (ir.Assign, ir.Return)) and isinstance(line.statement.value, ir.ListExpr):
                if any(isinstance(node, ir.Attribute) and node.attr == name for node in walk(line.statement.value)):
                    return False
    return any(
        isinstance(node, ir.Attribute) and node.attr == name
        for other in model.routines()
        if other.owner is routine.owner and other is not routine and other.function is not None
        for statement in other.function.body
        for node in walk(statement)
    )
