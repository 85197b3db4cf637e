"""NN924: a partial load of which nobody looks at what was left out."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.model.syntax import Routine, argument, dotted, method_call, walk

LOOKS = ("missing_keys", "unexpected_keys", "missing", "unexpected")


class PartialLoadUnchecked(Check[Report]):
    code = "NN924"
    name = "partial-load-unchecked"
    family = Family.DATA
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "`load_state_dict(…, strict=False)` whose result nobody looks at"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Statements that load with ``strict=False`` and drop the result, in functions that do not choose the keys themselves."""
        if not model.mentions("load_state_dict"):
            return
        for routine in model.routines():
            for line in routine.lines:
                call = line.statement.value if isinstance(line.statement, ir.ExprStmt) else None
                called = method_call(call)
                if not isinstance(call, ir.Call) or called is None or called[1] != "load_state_dict":
                    continue
                flag = argument(call, 1, "strict")
                if isinstance(flag, ir.Literal) and flag.value is False and not _chooses(routine, call):
                    yield Report(
                        code=self.code,
                        place=Place(model.path, call.at),
                        message="`strict=False` accepts any set of keys, and the lists of missing and unexpected ones are dropped.",
                        why="With another prefix nothing is loaded, no error is raised, and the model runs on random weights.",
                        advice="Keep the result and check it: `result.missing_keys` should hold only what you expect.",
                        symbol=routine.name,
                    )


def _chooses(routine: Routine, call: ir.Call) -> bool:
    """Whether the function looks at the keys before or after: it filters, renames or compares them."""
    given = dotted(call.args[0].value) if call.args else ""
    if any(isinstance(node, ir.Comprehension) for one in call.args for node in walk(one.value)):
        return True
    body = routine.function.body if routine.function is not None else [line.statement for line in routine.lines]
    for statement in body:
        for node in walk(statement):
            if isinstance(node, ir.Attribute) and (
                node.attr in LOOKS or (node.attr in ("keys", "items", "pop") and dotted(node.value) == given)
            ):
                return True
            if isinstance(node, ir.Subscript) and given and dotted(node.value) == given and not isinstance(node.index, ir.Literal):
                return True
            if isinstance(node, ir.Delete) and any(isinstance(target, ir.Subscript) for target in node.targets):
                return True
    return False
