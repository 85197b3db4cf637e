"""NN709: hooks that every iteration adds."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk

HOOKS = ("register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook", "register_backward_hook")


class HookLeak(Check[Report]):
    code = "NN709"
    name = "hook-leak"
    family = Family.MEMORY
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "a hook is registered in a training loop and its handle is thrown away"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Registrations as statements in loops that go backward, on something that is not the loop's own variable."""
        if not model.mentions(*HOOKS):
            return
        for function in model.nodes(ir.Function):
            for loop in walk(function):
                if not isinstance(loop, (ir.For, ir.While)) or not _trains(loop):
                    continue
                own = _own_names(loop)
                for node in walk(loop):
                    if isinstance(node, ir.ExprStmt) and isinstance(node.value, ir.Call) and _registers(node.value, own):
                        yield Report(
                            code=self.code,
                            place=Place(model.path, node.value.at),
                            message="Each iteration registers another hook, and none is removed.",
                            why="All of them run at every call: time grows with the iterations, and so does what the hooks keep.",
                            advice="Register it once before the loop, or keep the handle and call `remove()`.",
                            notes=(Note(Place(model.path, loop.at), "in this loop"),),
                            symbol=function.qualname,
                        )


def _trains(loop: ir.For | ir.While) -> bool:
    return any(isinstance(node, ir.Attribute) and node.attr == "backward" for node in walk(loop))


def _own_names(loop: ir.For | ir.While) -> frozenset[str]:
    """Names that the loop binds: hooks on what is new in each round end with it."""
    bound = {node.id for part in walk(loop) if isinstance(part, ir.For) for node in walk(part.target) if isinstance(node, ir.Name)}
    bound |= {target.id for part in walk(loop) if isinstance(part, ir.Assign) for target in part.targets if isinstance(target, ir.Name)}
    return frozenset(bound)


def _registers(call: ir.Call, own: frozenset[str]) -> bool:
    if not isinstance(call.func, ir.Attribute) or call.func.attr not in HOOKS:
        return False
    return not any(isinstance(node, ir.Name) and node.id in own for node in walk(call.func.value))
