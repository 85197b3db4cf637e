"""Small mutators: each takes correct training code and puts one known bug into it.

A mutator is a condition on a unit (a function, a method or a top-level block) and a libcst transformer for it. It drops *all* statements
of its kind in the unit, so that what is left is surely wrong; dropped statements leave ``pass`` behind, which keeps line numbers.
"""

# ruff: noqa: N802 - the names of visitor methods are libcst's

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import libcst as cst

from tests.mutants.syntax import Unit, backward_receivers, called_methods, calls, dotted, instances, method_call, replace_unit, units

PASS = cst.Pass()
Rewrite = Callable[[cst.Module, Unit], cst.CSTTransformer | None]


@dataclass(frozen=True, slots=True)
class Mutator:
    """A named bug, the rules that should report it, and how to put it into a unit (None: not applicable).

    A unit that lacks one of the texts in ``signs`` has no mutants; this keeps large folders from being parsed in vain.
    """

    name: str
    expects: frozenset[str]
    signs: tuple[str, ...]
    rewrite: Rewrite


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one bug put in; ``line`` is the first that differs from the original."""

    mutator: Mutator
    source: str
    line: int


def all_mutants(mutators: Sequence[Mutator], source: str) -> Iterator[Mutant]:
    """The mutants of a source: one for each unit and each mutator that applies to it and changes it."""
    if not any(_signed(mutator, source) for mutator in mutators):
        return
    module = cst.parse_module(source)
    for unit in units(module):
        text = module.code_for_node(unit)
        for mutator in mutators:
            transformer = mutator.rewrite(module, unit) if _signed(mutator, text) else None
            changed = unit.visit(transformer) if transformer else unit
            if isinstance(changed, cst.CSTNode) and module.code_for_node(changed) != text:
                mutated = replace_unit(module, unit, changed).code
                yield Mutant(mutator, mutated, _first_difference(source, mutated))


def _signed(mutator: Mutator, text: str) -> bool:
    return all(sign in text for sign in mutator.signs)


def _first_difference(before: str, after: str) -> int:
    lines = zip_longest(before.split("\n"), after.split("\n"))
    return next((row for row, (old, new) in enumerate(lines, 1) if old != new), 1)


class DropStatements(cst.CSTTransformer):
    """Replaces statements that call one of these methods by ``pass``."""

    def __init__(self, *methods: str) -> None:
        super().__init__()
        self._methods = methods

    def leave_SimpleStatementLine(self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine) -> cst.BaseStatement:
        return updated_node.with_changes(body=[PASS]) if method_call(updated_node, *self._methods) else updated_node


class DropCall(cst.CSTTransformer):
    """Names a method without calling it."""

    def __init__(self, *methods: str) -> None:
        super().__init__()
        self._methods = methods

    def leave_Expr(self, original_node: cst.Expr, updated_node: cst.Expr) -> cst.Expr:
        call = updated_node.value
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value in self._methods and not call.args:
            return updated_node.with_changes(value=call.func)
        return updated_node


class DropNoGrad(cst.CSTTransformer):
    """Turns ``with torch.no_grad():`` into ``if True:`` and removes the decorator of that name."""

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> cst.BaseStatement:
        if len(updated_node.items) == 1 and _is_no_grad(updated_node.items[0].item):
            return cst.If(cst.Name("True"), updated_node.body, leading_lines=updated_node.leading_lines)
        return updated_node

    def leave_Decorator(self, original_node: cst.Decorator, updated_node: cst.Decorator) -> cst.Decorator | cst.RemovalSentinel:
        return cst.RemovalSentinel.REMOVE if _is_no_grad(updated_node.decorator) else updated_node


class UnwrapMethod(cst.CSTTransformer):
    """Replaces ``x.item()`` or ``x.detach()`` by ``x``, for the given names only."""

    def __init__(self, names: frozenset[str], *methods: str) -> None:
        super().__init__()
        self._names = names
        self._methods = methods

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        function = updated_node.func
        if isinstance(function, cst.Attribute) and function.attr.value in self._methods and dotted(function.value) in self._names:
            return function.value
        return updated_node


class KeepGraph(cst.CSTTransformer):
    """Accumulates or stores the loss itself: ``total += loss.item()`` becomes ``total += loss``."""

    def __init__(self, losses: frozenset[str]) -> None:
        super().__init__()
        self._unwrap = UnwrapMethod(losses, "item", "detach")

    def leave_AugAssign(self, original_node: cst.AugAssign, updated_node: cst.AugAssign) -> cst.AugAssign:
        return updated_node.with_changes(value=updated_node.value.visit(self._unwrap))

    def leave_Expr(self, original_node: cst.Expr, updated_node: cst.Expr) -> cst.Expr:
        call = updated_node.value
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value == "append":
            return updated_node.with_changes(value=call.with_changes(args=[argument.visit(self._unwrap) for argument in call.args]))
        return updated_node


class KeepHiddenState(cst.CSTTransformer):
    """Turns ``state = state.detach()`` into ``state = state``."""

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        name = dotted(updated_node.targets[0].target)
        return updated_node.with_changes(value=updated_node.value.visit(UnwrapMethod(frozenset({name}) - {""}, "detach")))


class RewriteLoss(cst.CSTTransformer):
    """Changes the first two arguments of calls of a loss."""

    def __init__(self, callees: frozenset[str], change: Callable[[cst.Arg, cst.Arg], tuple[cst.Arg, cst.Arg]]) -> None:
        super().__init__()
        self._callees = callees
        self._change = change

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        arguments = updated_node.args
        if dotted(updated_node.func) not in self._callees or len(arguments) < 2 or any(_is_named(argument) for argument in arguments[:2]):
            return updated_node
        return updated_node.with_changes(args=[*self._change(arguments[0], arguments[1]), *arguments[2:]])


class RenameCall(cst.CSTTransformer):
    """Calls ``F.softmax`` where ``F.log_softmax`` was called."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__()
        self._before = before
        self._after = after

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        function = updated_node.func
        if isinstance(function, cst.Attribute) and function.attr.value == self._before:
            return updated_node.with_changes(func=function.with_changes(attr=cst.Name(self._after)))
        return updated_node


class DropArgument(cst.CSTTransformer):
    """Removes a keyword argument from the calls of a function."""

    def __init__(self, function: str, keyword: str) -> None:
        super().__init__()
        self._function = function
        self._keyword = keyword

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        if dotted(updated_node.func).rpartition(".")[2] != self._function:
            return updated_node
        kept = [argument for argument in updated_node.args if argument.keyword is None or argument.keyword.value != self._keyword]
        if len(kept) == len(updated_node.args):
            return updated_node
        return updated_node.with_changes(args=[*kept[:-1], kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)] if kept else kept)


class PlainList(cst.CSTTransformer):
    """Assigns the list itself where ``nn.ModuleList(list)`` was assigned to an attribute."""

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        made = updated_node.value
        if isinstance(made, cst.Call) and dotted(made.func).rpartition(".")[2] == "ModuleList" and len(made.args) == 1:
            if isinstance(made.args[0].value, (cst.List, cst.ListComp)):
                return updated_node.with_changes(value=made.args[0].value)
        return updated_node


class MoveStatement(cst.CSTTransformer):
    """Moves the statement that calls one method directly before or after the one that calls another, inside a block."""

    def __init__(self, moved: str, anchor: str, *, after: bool) -> None:
        super().__init__()
        self._moved = moved
        self._anchor = anchor
        self._after = after

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.IndentedBlock:
        body = list(updated_node.body)
        moved = [statement for statement in body if method_call(statement, self._moved)]
        anchors = [statement for statement in body if method_call(statement, self._anchor)]
        if len(moved) != 1 or len(anchors) != 1:
            return updated_node
        body.remove(moved[0])
        body.insert(body.index(anchors[0]) + self._after, moved[0])
        return updated_node.with_changes(body=body)


def _is_named(argument: cst.Arg) -> bool:
    return argument.keyword is not None or argument.star != ""


def _is_no_grad(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and dotted(node.func).rpartition(".")[2] in ("no_grad", "inference_mode")


def _when(
    transformer: Callable[[], cst.CSTTransformer], *, calls_all: Sequence[str] = (), calls_none: Sequence[str] = (), module: str = ""
) -> Rewrite:
    """Apply to units that call all of some methods and none of others, in modules that call a method somewhere."""

    def rewrite(tree: cst.Module, unit: Unit) -> cst.CSTTransformer | None:
        methods = called_methods(unit)
        applies = set(calls_all) <= methods and not set(calls_none) & methods and (not module or module in called_methods(tree))
        return transformer() if applies else None

    return rewrite


def _activation(method: str) -> Callable[[cst.Arg, cst.Arg], tuple[cst.Arg, cst.Arg]]:
    arguments = [cst.Arg(cst.Integer("1"), keyword=cst.Name("dim"), equal=TIGHT)] if method == "softmax" else []

    def change(prediction: cst.Arg, target: cst.Arg) -> tuple[cst.Arg, cst.Arg]:
        value = prediction.value
        simple = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)) or value.lpar
        base = value if simple else value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return prediction.with_changes(value=cst.Call(cst.Attribute(base, cst.Name(method)), arguments)), target

    return change


def _swap(prediction: cst.Arg, target: cst.Arg) -> tuple[cst.Arg, cst.Arg]:
    return prediction.with_changes(value=target.value), target.with_changes(value=prediction.value)


def _loss(class_name: str, function: str, change: Callable[[cst.Arg, cst.Arg], tuple[cst.Arg, cst.Arg]]) -> Rewrite:
    """Change the arguments of a loss: its functional form, and names that hold an instance of its class."""
    functional = frozenset({f"F.{function}", f"nn.functional.{function}", f"torch.nn.functional.{function}"})

    def rewrite(tree: cst.Module, unit: Unit) -> cst.CSTTransformer | None:
        return RewriteLoss(functional | instances(tree, class_name), change)

    return rewrite


def _keep_graph(_: cst.Module, unit: Unit) -> cst.CSTTransformer | None:
    losses = backward_receivers(unit)
    return KeepGraph(losses) if losses else None


def _drop_super_init(_: cst.Module, unit: Unit) -> cst.CSTTransformer | None:
    builds = any(dotted(call.func).startswith(("nn.", "torch.nn.")) for call in calls(unit))
    return DropStatements("__init__") if builds and isinstance(unit, cst.FunctionDef) and unit.name.value == "__init__" else None


def _softmax_before_nll(tree: cst.Module, unit: Unit) -> cst.CSTTransformer | None:
    return RenameCall("log_softmax", "softmax") if "nll_loss" in called_methods(tree) else None


TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
UNCALLED = ("backward", "zero_grad", "step")


def _mutator(name: str, expects: str, signs: str, rewrite: Rewrite) -> Mutator:
    return Mutator(name, frozenset(expects.split()), tuple(signs.split()), rewrite)


MUTATORS = (
    _mutator("drop-clear", "NN101", "zero_grad(", _when(lambda: DropStatements("zero_grad"), calls_all=("backward", "step", "zero_grad"))),
    _mutator(
        "clear-before-step",
        "NN102",
        "zero_grad(",
        _when(lambda: MoveStatement("zero_grad", "backward", after=True), calls_all=("backward", "step")),
    ),
    _mutator(
        "step-before-backward",
        "NN102 NN103",
        ".backward(",
        _when(lambda: MoveStatement("step", "backward", after=False), calls_all=("zero_grad",)),
    ),
    _mutator("drop-backward", "NN103", ".backward(", _when(lambda: DropStatements("backward"), calls_all=("backward", "step"))),
    _mutator("drop-step", "NN104", ".backward(", _when(lambda: DropStatements("step"), calls_all=("backward", "zero_grad", "step"))),
    _mutator("drop-call", "NN108", ".backward(", _when(lambda: DropCall(*UNCALLED), calls_all=("backward",))),
    _mutator("drop-unscale", "NN141", ".unscale_(", _when(lambda: DropStatements("unscale_"), calls_all=("unscale_", "clip_grad_norm_"))),
    _mutator(
        "drop-scaler-update",
        "NN143",
        ".scale( .update( .backward(",
        _when(lambda: DropStatements("update"), calls_all=("scale", "backward", "update")),
    ),
    _mutator("drop-eval", "NN201", ".eval(", _when(lambda: DropStatements("eval"), calls_all=("eval",), calls_none=("backward",))),
    _mutator("drop-train", "NN202", ".backward(", _when(lambda: DropStatements("train"), calls_all=("train", "backward"), module="eval")),
    _mutator("drop-no-grad", "NN203", "torch.no_grad(", _when(DropNoGrad, calls_none=("backward",))),
    _mutator("dropout-ignores-mode", "NN204", "training=self.training", _when(lambda: DropArgument("dropout", "training"))),
    _mutator("softmax-before-cross-entropy", "NN301", ".backward(", _loss("CrossEntropyLoss", "cross_entropy", _activation("softmax"))),
    _mutator("sigmoid-before-cross-entropy", "NN308", ".backward(", _loss("CrossEntropyLoss", "cross_entropy", _activation("sigmoid"))),
    _mutator(
        "sigmoid-before-bce-with-logits",
        "NN303",
        ".backward(",
        _loss("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", _activation("sigmoid")),
    ),
    _mutator("softmax-before-nll", "NN306", "log_softmax(", _softmax_before_nll),
    _mutator("swap-loss-arguments", "NN313", ".backward(", _loss("CrossEntropyLoss", "cross_entropy", _swap)),
    _mutator("keep-graph", "NN701 NN702", ".backward(", _keep_graph),
    _mutator("keep-hidden-state", "NN703", ".backward( .detach()", _when(KeepHiddenState, calls_all=("backward", "detach"))),
    _mutator("plain-list", "NN801", "ModuleList(", _when(PlainList)),
    _mutator("drop-super-init", "NN804", "super()", _drop_super_init),
)
