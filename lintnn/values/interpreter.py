"""Runs the IR over abstract values: statements and expressions. Calls are in ``calls``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.values import attributes, calls, containers, loops, resolve, structure
from lintnn.values.arguments import Arguments
from lintnn.values.domain import (
    FREE,
    NONE,
    TRUE,
    Choice,
    ClassValue,
    Constant,
    Context,
    Fact,
    FunctionValue,
    Guard,
    LibraryName,
    Parameters,
    Ref,
    Slice,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
    excludes,
    facts,
    guarded,
    join,
    symbol_of,
    truth,
    under,
    with_trail,
)
from lintnn.values.happenings import EventKind, Exit, Jump, Protected
from lintnn.values.ops import ranges, tensors
from lintnn.values.records import Accumulation, AttributeStore, Discarded, OperationCall, Rebinding, Statement, TensorStore
from lintnn.values.run import OutOfStepsError, Run, sequence

# --- statements ------------------------------------------------------------------------------------


def execute(run: Run, body: Iterable[ir.Stmt]) -> str | None:
    """Run statements; None, or how control certainly leaves them: ``return``, ``break``, ``continue``, ``raise``, ``exit`` (several
    ways)."""
    for statement in body:
        run.steps += 1
        if run.steps > run.limit:
            raise OutOfStepsError
        left = _EXECUTE[type(statement)](run, statement)
        if left is not None:
            return left
    return None


def _assign(run: Run, node: ir.Assign) -> str | None:
    value = evaluate(run, node.value)
    for target in node.targets:
        bind(run, target, value, node.at, node.value)
    return None


def _ann_assign(run: Run, node: ir.AnnAssign) -> str | None:
    if node.value is not None:
        bind(run, node.target, evaluate(run, node.value), node.at, node.value)
    return None


def bind(run: Run, target: ir.Expr, value: Value, at: int, source: ir.Expr | None = None, naming: bool = True) -> None:
    """Bind a target (name, attribute, subscript, tuple of these) to a value; with ``naming``, new objects are called by it."""
    run.observe(target.at, value)
    match target:
        case ir.Name():
            _bind_name(run, target, value, at, source, naming)
        case ir.Attribute():
            _bind_attribute(run, target, value, at, source)
        case ir.TupleExpr() | ir.ListExpr():
            _unpack(run, target.items, value, at, naming)
        case ir.Subscript():
            _bind_subscript(run, target, value, at)
        case ir.Starred():
            bind(run, target.value, value, at)


def _bind_name(run: Run, target: ir.Name, value: Value, at: int, source: ir.Expr | None, naming: bool) -> None:
    key = resolve.key_of_name(run, target)
    if isinstance(source, ir.Call) and isinstance(source.func, ir.Name) and source.func.id == target.id:
        _note_rebinding(run, key, run.store.read(key), target.id, source, at)
    growing = bool(run.loops) and source is not None and target.id in run.relevance.mentioned(run.frame.path, source)
    if growing and source is not None:
        if _adds(source, lambda part: isinstance(part, ir.Name) and part.id == target.id):
            _note_growth(run, key, target.id, value, source.at)
    else:
        run.births[key] = tuple(run.loops)
    if source is not None and isinstance(source, (ir.Name, ir.Attribute)):
        value = with_trail(value, run.place(at), f"kept in `{target.id}`")
    if naming:
        _name_object(run, value, target.id)
    run.store.write(key, value)


def _name_object(run: Run, value: Value, name: str) -> None:
    """An object is called what it is first bound to."""
    if type(value) is Ref:
        one = run.heap[value.id]
        made_as = run.classes[one.class_key].name if one.class_key is not None else one.library.rpartition(".")[2]
        if one.kind in _NAMED and one.label == made_as:
            one.label = name


def _self_id(run: Run) -> int | None:
    return run.frame.receiver.id if type(run.frame.receiver) is Ref else None


_NAMED = frozenset({"module", "layer", "optimizer", "scheduler", "scaler", "criterion"})


def _note_rebinding(run: Run, key: object, before: Value | None, name: str, source: ir.Call, at: int) -> None:
    """Note that a criterion from outside the innermost loop is replaced by what a call of it gave."""
    outside = len(run.births.get(key, ())) < len(run.loops)
    if outside and before is not None and any(_is_criterion(run, fact, name, source) for fact in facts(before)):
        run.record(Rebinding(run.site(at), name))


def _is_criterion(run: Run, fact: Fact, name: str, source: ir.Call) -> bool:
    if type(fact) is Ref:
        return run.heap[fact.id].loss is not None
    if type(fact) is LibraryName:
        return lookup.loss_function(lookup.canonical(fact.name)) is not None
    called = name.lower()
    return type(fact) is Unknown and len(source.args) > 1 and any(word in called for word in ("loss", "criteri"))


def _adds(source: ir.Expr, is_target: Callable[[ir.Expr], bool]) -> bool:
    """Whether an expression is a sum (or difference) with the target as one of its parts."""
    return isinstance(source, ir.BinaryChain) and set(source.operators) <= {"+", "-"} and any(is_target(part) for part in source.operands)


def _note_growth(run: Run, key: object, name: str, value: Value, at: int) -> None:
    outlives = tuple(run.loops[len(run.births.get(key, ())) :])
    if outlives and any(type(f) is Tensor and f.attached is not False for f in facts(value)):
        run.record(Accumulation(run.site(at), "add", name, value, outlives))


def _bind_attribute(run: Run, target: ir.Attribute, value: Value, at: int, source: ir.Expr | None) -> None:
    receiver = evaluate(run, target.value)
    for fact in facts(receiver):
        one = attributes.object_of(run, fact)
        if type(fact) is Unknown and target.attr == "grad":
            run.emit(EventKind.CLEAR if value == NONE else EventKind.UNKNOWN, (), at, "gradient", anything=True)
        if one is None:
            if type(fact) is Parameters and target.attr == "grad":
                detail = "parameters" if value == NONE else "unknown"
                kind = EventKind.CLEAR if value == NONE else EventKind.UNKNOWN
                run.emit(kind, tuple(calls.subject(m, not fact.others) for m in sorted(fact.modules)), at, detail, anything=fact.others)
            if type(fact) is Parameters and target.attr == "requires_grad" and truth(value) is not True and not fact.others:
                for one in fact.modules:
                    run.store.write((one, "[frozen]"), TRUE)
            run.record(TensorStore(run.site(at), fact, target.attr, value))
            continue
        key = (one, target.attr)
        if isinstance(source, ir.Call) and isinstance(source.func, ir.Attribute) and source.func.attr == target.attr:
            _note_rebinding(run, key, run.store.read(key), target.attr, source, at)
        early = structure.before_super(run, one)
        run.record(AttributeStore(run.site(at), one, target.attr, value, run.place(source.at if source is not None else at), early))
        if run.loops and source is not None and f".{target.attr}" in run.relevance.mentioned(run.frame.path, source):
            if _adds(source, lambda part: isinstance(part, ir.Attribute) and part.attr == target.attr):
                _note_growth(run, key, target.attr, value, source.at)
        else:
            run.births[key] = tuple(run.loops)
        _note_store(run, one, f".{target.attr}", value, at)
        _name_object(run, value, f"self.{target.attr}" if one == _self_id(run) else target.attr)
        stored = with_trail(value, run.place(at), f"stored as `.{target.attr}`")
        if type(receiver) is Ref or type(receiver) is Unknown:
            run.store.write(key, stored)
        else:
            before = run.store.read(key)
            run.store.write(key, stored if before is None else join(before, stored))


def _note_store(run: Run, one: int, text: str, value: Value, at: int) -> None:
    if run.loops and any(type(f) is Tensor and f.attached for f in facts(value)):
        outlives = tuple(run.loops[run.heap[one].loop_depth :])
        if outlives:
            run.record(Accumulation(run.site(at), "store", text, value, outlives))


def _unpack(run: Run, targets: list[ir.Expr], value: Value, at: int, naming: bool) -> None:
    parts = containers.unpack(run, value, len(targets), at, [isinstance(t, ir.Starred) for t in targets])
    for target, part in zip(targets, parts, strict=True):
        bind(run, target, part, at, naming=naming)


def _bind_subscript(run: Run, target: ir.Subscript, value: Value, at: int) -> None:
    receiver = evaluate(run, target.value)
    index = evaluate(run, target.index)
    for fact in facts(receiver):
        if type(fact) is Ref:
            containers.set_item(run, fact, index, value, at)
            outlives = tuple(run.loops[run.heap[fact.id].loop_depth :])
            if outlives and any(type(f) is Tensor and f.attached is not False for f in facts(value)):
                run.record(
                    Accumulation(run.site(at), "store", f"[{symbol_of(index)}]" if type(index) is Constant else "[…]", value, outlives)
                )
        elif type(fact) is Tensor and isinstance(target.value, (ir.Name, ir.Attribute)):
            _note_write(run, target.value, fact, index, value, at)
            _write_into_tensor(run, target.value, fact, value, at)


def _note_write(run: Run, target: ir.Name | ir.Attribute, fact: Tensor, index: Value, value: Value, at: int) -> None:
    row = lookup.operation("index_put")
    if row is not None and not fact.array:
        run.record(OperationCall(run.site(at), row, fact, {"input": fact, "indices": index, "values": value}, NONE, "subscript"))
    if not run.loops or not any(type(f) is Tensor and f.attached is not False for f in facts(value)):
        return
    if isinstance(target, ir.Name):
        born: tuple[int, ...] | None = run.births.get(resolve.key_of_name(run, target))
    else:
        owners = [one for f in facts(evaluate(run, target.value)) if (one := attributes.object_of(run, f)) is not None]
        born = run.births.get((owners[0], target.attr), (0,) * run.heap[owners[0]].loop_depth) if owners else None
    outlives = tuple(run.loops[len(born) :]) if born is not None else ()
    if outlives:
        run.record(Accumulation(run.site(at), "write", "[…]", value, outlives))


def _write_into_tensor(run: Run, target: ir.Name | ir.Attribute, fact: Tensor, value: Value, at: int) -> None:
    """``buffer[i] = x``: the buffer now holds what was written, and its graph; its range is not known any more."""
    for other in facts(value):
        if type(other) is Tensor and (other.attached is not False or other.after != "unknown"):
            after = other.after if fact.after in ("unknown", "data", "derived", other.after) else "derived"
            merged = Tensor(
                dtype=fact.dtype,
                after=after,
                attached=True if other.attached else fact.attached,
                sources=fact.sources | other.sources,
                rank=fact.rank,
                array=fact.array,
                lineage=(*other.lineage[-3:], run.origin(at)),
                trail=other.trail.through(run.place(at), "written into a buffer"),
            )
            bind_quietly(run, target, merged)
            return
    if fact.range:
        bind_quietly(run, target, replace(fact, range=""))


def bind_quietly(run: Run, target: ir.Name | ir.Attribute, value: Value) -> None:
    """Rebind without notes: an in-place operation changed what the name holds."""
    if isinstance(target, ir.Name):
        run.store.write(resolve.key_of_name(run, target), value)
        return
    receiver = evaluate(run, target.value)
    if type(receiver) is Ref:
        run.store.write((receiver.id, target.attr), value)


def _aug_assign(run: Run, node: ir.AugAssign) -> str | None:
    before = evaluate(run, node.target)
    value = evaluate(run, node.value)
    result = binary(run, node.operator, before, value, node.at)
    for fact in facts(before):
        if type(fact) is Ref and node.operator == "+" and _extends_in_place(run, fact):
            containers.extend(run, fact, value, node.at)
            result = before
    result = _in_place(before, result)
    run.observe(node.target.at, result)
    match node.target:
        case ir.Name():
            key = resolve.key_of_name(run, node.target)
            _note_addition(run, key, node.target.id, value, result, node)
            run.store.write(key, result)
        case ir.Attribute():
            for fact in facts(evaluate(run, node.target.value)):
                one = attributes.object_of(run, fact)
                if one is not None:
                    _note_addition(run, (one, node.target.attr), f".{node.target.attr}", value, result, node)
                    run.store.write((one, node.target.attr), result)
        case ir.Subscript():
            _note_addition(run, None, "[…]", value, result, node)
            _bind_subscript_quietly(run, node.target, result, node.at)
    return None


def _in_place(before: Value, result: Value) -> Value:
    """``x += y`` on a tensor or a parameter changes it: it keeps its dtype and its place in the graph."""
    if type(before) is Parameters:
        return before
    if type(before) is not Tensor:
        return result
    options = [
        (replace(f, dtype=before.dtype, attached=before.attached or f.attached) if type(f) is Tensor else f, g)
        for f, g in alternatives(result)
    ]
    return choose(options)


def _extends_in_place(run: Run, fact: Ref) -> bool:
    one = run.heap[fact.id]
    return one.kind == "list" or (one.layer is not None and one.layer.container in ("list", "sequential", "parameter_list"))


def _bind_subscript_quietly(run: Run, target: ir.Subscript, value: Value, at: int) -> None:
    index = evaluate(run, target.index)
    for fact in facts(evaluate(run, target.value)):
        if type(fact) is Ref:
            containers.set_item(run, fact, index, value, at)


def _note_addition(run: Run, key: object, name: str, value: Value, result: Value, node: ir.AugAssign) -> None:
    if node.operator not in ("+", "-", "*") or not run.loops:
        return
    if key is None and isinstance(node.target, ir.Subscript):
        owner = evaluate(run, node.target.value)
        depths = [run.heap[f.id].loop_depth for f in facts(owner) if type(f) is Ref]
        outlives = tuple(run.loops[(depths[0] if depths else 0) :])
    else:
        born = run.births.get(key)
        if born is None and isinstance(key, tuple) and key[0] in run.heap:
            born = (0,) * run.heap[key[0]].loop_depth
        outlives = tuple(run.loops[len(born or ()) :])
    if outlives and any(type(f) is Tensor and f.attached is not False for f in facts(value)):
        run.record(Accumulation(run.site(node.at), "add", name, value, outlives))


def _expression(run: Run, node: ir.ExprStmt) -> str | None:
    expression = node.value
    if isinstance(expression, ir.Attribute):
        value = evaluate(run, expression)
        run.record(Statement(run.site(expression.at), "attribute", evaluate(run, expression.value), expression.attr))
        _note_not_entered(run, value, expression.at)
        _emit_uncalled(run, value, expression)
        return None
    if isinstance(expression, ir.Call):
        run.discarded = expression.at
    value = evaluate(run, expression)
    run.observe(expression.at, value)
    if isinstance(expression, ir.Call):
        if type(value) is Context and value.effect == "set_grad" and value.at == expression.at:
            run.grad = value.flag
        elif _is_dotted(expression.func):
            _note_not_entered(run, evaluate(run, expression.func), expression.at)
        _note_discarded(run, expression)
        return _leaves(expression)
    return None


def _is_dotted(node: ir.Expr) -> bool:
    while isinstance(node, ir.Attribute):
        node = node.value
    return isinstance(node, ir.Name)


def _note_not_entered(run: Run, manager: Value, at: int) -> None:
    """Note a context manager that is named or made as a statement. What it was meant to do to gradients is not known from here on."""
    if type(manager) is not LibraryName:
        return
    row = lookup.context(manager.name)
    if row is None or (row.effect not in ("no_grad", "grad", "autocast") and lookup.canonical(manager.name) != DETECT_ANOMALY):
        return
    run.record(Statement(run.site(at), "context", manager, lookup.canonical(manager.name)))
    if row.effect in ("no_grad", "grad"):
        run.grad = None


DETECT_ANOMALY = "torch.autograd.detect_anomaly"


def _emit_uncalled(run: Run, value: Value, expression: ir.Attribute) -> None:
    """A method that was named but not called: it was meant, so the protocol rules take it as done."""
    if expression.attr in ("backward", "step", "zero_grad", "eval", "train", "update"):
        calls.call(run, value, Arguments(), expression.at)


_NEVER_RETURN = frozenset({"sys.exit", "os._exit", "builtins.exit", "builtins.quit"})


def _leaves(call: ir.Call) -> str | None:
    func = call.func
    if isinstance(func, ir.Attribute) and isinstance(func.value, ir.Name) and f"{func.value.id}.{func.attr}" in _NEVER_RETURN:
        return "raise"
    if isinstance(func, ir.Name) and func.id in ("exit", "quit"):
        return "raise"
    return None


def _return(run: Run, node: ir.Return) -> str:
    value = NONE if node.value is None else evaluate(run, node.value)
    if node.value is not None:
        run.observe(node.value.at, value)
        value = with_trail(value, run.place(node.at), f"returned by `{run.frame.symbol.rpartition('.')[2] or 'the module'}`")
    run.frame.returns.append((value, run.path - run.entry_path))
    run.jump(Jump(Exit.RETURN))
    return "return"


def _raise(run: Run, node: ir.Raise) -> str:
    if node.value is not None:
        evaluate(run, node.value)
    run.jump(Jump(Exit.RAISE))
    return "raise"


def _assert(run: Run, node: ir.Assert) -> str | None:
    _, on_true, _ = condition(run, node.test)
    run.assume(on_true)
    return None


def _delete(run: Run, node: ir.Delete) -> str | None:
    for target in node.targets:
        if isinstance(target, ir.Name):
            run.store.erase(resolve.key_of_name(run, target))
        elif isinstance(target, ir.Subscript):
            index = evaluate(run, target.index)
            for fact in facts(evaluate(run, target.value)):
                if type(fact) is Ref:
                    containers.delete_item(run, fact, index, node.at)
    return None


def _nothing(run: Run, node: ir.Stmt) -> str | None:
    return None


def _break(run: Run, node: ir.Break) -> str:
    run.jump(Jump(Exit.BREAK))
    return "break"


def _continue(run: Run, node: ir.Continue) -> str:
    run.jump(Jump(Exit.CONTINUE))
    return "continue"


def _if(run: Run, node: ir.If) -> str | None:
    return _arms(run, node, 0)


def _arms(run: Run, node: ir.If, index: int) -> str | None:
    if index == len(node.arms):
        return execute(run, node.orelse)
    arm = node.arms[index]
    verdict, on_true, on_false = condition(run, arm.test)
    if verdict is True:
        run.assume(on_true)
        return execute(run, arm.body)
    if verdict is False:
        run.assume(on_false)
        return _arms(run, node, index + 1)
    text = next(iter(sorted(on_true)))[0] if len(on_true) == 1 else None
    flipped = len(on_true) == 1 and not next(iter(on_true))[1]
    return run.fork(
        [
            (on_true, not flipped, lambda: _narrowed(run, arm.test, True, lambda: execute(run, arm.body))),
            (on_false, flipped, lambda: _narrowed(run, arm.test, False, lambda: _arms(run, node, index + 1))),
        ],
        text,
        arm.test.at,
    )


def _narrowed(run: Run, test: ir.Expr, holds: bool, action: Callable[[], str | None]) -> str | None:
    """Run one arm of a branch with what the test tells about ``None`` there."""
    narrow(run, test, holds)
    return action()


def narrow(run: Run, test: ir.Expr, holds: bool) -> None:
    """Restrict a variable or attribute that a test compares with ``None``, or asks for its truth, to the alternatives for which it
    comes out so."""
    if isinstance(test, ir.UnaryOp) and test.operator == "not":
        narrow(run, test.operand, not holds)
        return
    if isinstance(test, ir.BoolChain):
        if holds is (test.operator == "and"):
            for operand in test.operands:
                narrow(run, operand, holds)
        return
    if isinstance(test, ir.CompareChain):
        compares = len(test.operands) == 2 and isinstance(test.operands[1], ir.Literal) and test.operands[1].value is None
        if not compares or test.operators[0] not in ("is", "is not", "==", "!="):
            return
        subject, empty = test.operands[0], holds is (test.operators[0] in ("is", "=="))
    else:
        subject, empty = test, not holds
        if empty:
            return
    if not isinstance(subject, (ir.Name, ir.Attribute)) or (isinstance(subject, ir.Attribute) and not isinstance(subject.value, ir.Name)):
        return
    value = evaluate(run, subject)
    pairs = alternatives(value)
    if len(pairs) < 2:
        return
    kept = [(fact, guard) for fact, guard in pairs if type(fact) is Unknown or (fact == NONE) is empty]
    if kept and len(kept) < len(pairs):
        bind_quietly(run, subject, choose(kept))


def _with(run: Run, node: ir.With) -> str | None:
    return _with_items(run, node, 0)


def _with_items(run: Run, node: ir.With, index: int) -> str | None:
    if index == len(node.items):
        return execute(run, node.body)
    item = node.items[index]
    left: list[str | None] = []

    def inside(value: Value) -> None:
        if item.target is not None:
            bind(run, item.target, value, node.at)
        left.append(_with_items(run, node, index + 1))

    calls.enter(run, item.context, inside)
    return left[0] if len(left) == 1 else None


def _try(run: Run, node: ir.Try) -> str | None:
    with run.collecting() as body:
        left = execute(run, node.body)
    handlers: list[list[object]] = []
    arms: list[tuple[Guard, bool | int, Callable[[], str | None]]] = []
    orelse: list[list[object]] = []

    def normal() -> str | None:
        if left is not None:
            return left
        with run.collecting() as collected:
            orelse.append(collected)  # type: ignore[arg-type]
            return execute(run, node.orelse)

    def handle(handler: ir.Handler) -> Callable[[], str | None]:
        def action() -> str | None:
            if handler.name is not None and run.frame.function is not None:
                run.store.write((run.frame.id, handler.name), Unknown("exception", run.unique(node.at)))
            with run.collecting() as collected:
                handlers.append(collected)  # type: ignore[arg-type]
                return execute(run, handler.body)

        return action

    arms.append((FREE, 0, normal))
    arms.extend((FREE, number, handle(handler)) for number, handler in enumerate(node.handlers, 1))
    with run.collecting():
        result = run.fork(arms, None, node.at)
    with run.collecting() as final:
        at_end = execute(run, node.final)
    run.add(
        Protected(
            sequence(body),
            tuple(sequence(collected) for collected in handlers),  # type: ignore[arg-type]
            sequence(orelse[0]) if orelse else sequence([]),  # type: ignore[arg-type]
            sequence(final),
        )
    )
    return at_end or result


def _match(run: Run, node: ir.Match) -> str | None:
    subject = evaluate(run, node.subject)
    arms: list[tuple[Guard, bool | int, Callable[[], str | None]]] = []

    def action(case: ir.Case) -> Callable[[], str | None]:
        def run_case() -> str | None:
            for name in case.captures:
                bind(run, ir.Name(node.at, name, ir.Scope.LOCAL if run.frame.function else ir.Scope.GLOBAL), subject, node.at)
            return execute(run, case.body)

        return run_case

    certain = False
    for number, case in enumerate(node.cases):
        literals: Guard = FREE
        if case.literal is not None:
            verdict, literals, _ = _equality(run, subject, evaluate(run, case.literal), True, node.at)
            if verdict is False:
                continue
            certain = verdict is True and case.guard is None
        arms.append((literals, number, action(case)))
        if certain:
            break
    wild = certain or any(case.literal is None and case.guard is None for case in node.cases)
    if not wild:
        arms.append((FREE, len(node.cases), lambda: None))
    return run.fork(arms, None, node.at)


def _function(run: Run, node: ir.FunctionDef) -> str | None:
    function = node.function
    run.functions[(run.frame.path, function.at)] = function
    run.captured.add(run.frame.id)
    value: Value = FunctionValue(run.frame.path, function.at, run.frame.id if run.frame.function is not None else 0, run.frame.owner)
    run.store.write(resolve.key_of_binding(run, function.name), calls.decorate(run, function, value))
    return None


def _class(run: Run, node: ir.ClassDef) -> str | None:
    run.class_nodes[(run.frame.path, node.definition.at)] = node.definition
    run.captured.add(run.frame.id)
    value = ClassValue(run.frame.path, node.definition.at, run.frame.id if run.frame.function is not None else 0)
    run.store.write(resolve.key_of_binding(run, node.definition.name), value)
    return None


def _import(run: Run, node: ir.Import) -> str | None:
    for dotted, alias in node.names:
        name = alias or dotted.partition(".")[0]
        run.store.write(resolve.key_of_binding(run, name), resolve.import_module(run, dotted if alias else name, 0))
    return None


def _import_from(run: Run, node: ir.ImportFrom) -> str | None:
    for name, alias in node.names:
        run.store.write(resolve.key_of_binding(run, alias or name), resolve.import_name(run, node.module, node.level, name))
    return None


_EXECUTE: dict[type, Callable[[Run, Any], str | None]] = {
    ir.Assign: _assign,
    ir.AugAssign: _aug_assign,
    ir.AnnAssign: _ann_assign,
    ir.ExprStmt: _expression,
    ir.Return: _return,
    ir.Raise: _raise,
    ir.Assert: _assert,
    ir.Delete: _delete,
    ir.Pass: _nothing,
    ir.Break: _break,
    ir.Continue: _continue,
    ir.If: _if,
    ir.For: loops.for_loop,
    ir.While: loops.while_loop,
    ir.With: _with,
    ir.Try: _try,
    ir.Match: _match,
    ir.FunctionDef: _function,
    ir.ClassDef: _class,
    ir.Import: _import,
    ir.ImportFrom: _import_from,
}

# --- expressions -----------------------------------------------------------------------------------


def evaluate(run: Run, node: ir.Expr) -> Value:
    """The value of an expression on the current path."""
    run.steps += 1
    if run.steps > run.limit:
        raise OutOfStepsError
    return _EVALUATE[type(node)](run, node)


def _literal(run: Run, node: ir.Literal) -> Value:
    return Constant(node.value)


def _opaque(run: Run, node: ir.Opaque) -> Value:
    return run.unknown(node.why, node.at)


def _name(run: Run, node: ir.Name) -> Value:
    value = resolve.read_name(run, node)
    return under(value, run.path) if type(value) is Choice else value


def _attribute(run: Run, node: ir.Attribute) -> Value:
    receiver = evaluate(run, node.value)
    if type(receiver) is not Choice:
        return under(attributes.read(run, receiver, node.attr, node.at), run.path)  # type: ignore[arg-type]
    options: list[tuple[Fact, Guard]] = []
    for fact, guard in receiver.alternatives:
        options.extend(guarded(attributes.read(run, fact, node.attr, node.at), guard))
    return under(choose(options), run.path)


def _subscript(run: Run, node: ir.Subscript) -> Value:
    receiver = evaluate(run, node.value)
    index = evaluate(run, node.index)
    if type(receiver) is not Choice:
        return under(containers.get_item(run, receiver, index, node.at), run.path)  # type: ignore[arg-type]
    options: list[tuple[Fact, Guard]] = []
    for fact, guard in receiver.alternatives:
        options.extend(guarded(containers.get_item(run, fact, index, node.at), guard))
    return under(choose(options), run.path)


def _call(run: Run, node: ir.Call) -> Value:
    return calls.evaluate_call(run, node)


def _binary(run: Run, node: ir.BinaryChain) -> Value:
    value = evaluate(run, node.operands[0])
    for operator, operand in zip(node.operators, node.operands[1:], strict=True):
        value = binary(run, operator, value, evaluate(run, operand), node.at)
    return value


def binary(run: Run, operator: str, left: Value, right: Value, at: int) -> Value:
    """``left operator right``; each alternative on either side is combined with every one of the other."""
    if type(left) is not Choice and type(right) is not Choice:
        return _binary_facts(run, operator, left, right, at)  # type: ignore[arg-type]
    options: list[tuple[Fact, Guard]] = []
    for first, guard in alternatives(left)[:4]:
        for second, other in guarded(right, guard)[:4]:
            options.extend(guarded(_binary_facts(run, operator, first, second, at), other))
    return choose(options) if options else run.unknown("contradiction", at)


def _binary_facts(run: Run, operator: str, left: Fact, right: Fact, at: int) -> Value:
    if type(left) is Constant and type(right) is Constant:
        return _fold(run, operator, left.value, right.value, at)
    if type(left) is Tensor or type(right) is Tensor or type(left) is Parameters or type(right) is Parameters:
        return _tensor_arithmetic(run, operator, left, right, at)
    if operator == "+":
        together = containers.concatenate(run, left, right, at)
        if together is not None:
            return together
    first, second = symbol_of(left), symbol_of(right)
    symbol = f"({first}{operator}{second})" if first and second else ""
    return run.unknown("arithmetic", at, symbol)


def _fold(run: Run, operator: str, left: object, right: object, at: int) -> Value:
    if isinstance(left, str) and isinstance(right, str) and operator == "+":
        return Constant((left + right)[:400])
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if numbers and operator in _ARITHMETIC:
        try:
            result = _ARITHMETIC[operator](left, right)
        except (ArithmeticError, ValueError, OverflowError):
            return run.unknown("arithmetic", at)
        if isinstance(result, (int, float)) and abs(result) < 1e18:
            return Constant(result)
    return run.unknown("arithmetic", at)


def _power(left: float, right: float) -> object:
    return left**right if abs(right) <= 64 and abs(left) <= 1e6 else None


_ARITHMETIC: dict[str, Callable[..., object]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": _power,
}


def _tensor_arithmetic(run: Run, operator: str, left: Fact, right: Fact, at: int) -> Value:
    row = lookup.operation_of_operator(operator)
    if row is None:
        return run.unknown("operator", at)
    second_name = row.parameters[1] if len(row.parameters) > 1 else "other"
    if type(left) in (Tensor, Parameters):
        arguments: dict[str, Value] = {row.parameters[0]: left, second_name: right}
    elif type(left) is Constant:
        row = lookup.operation(_BY_NUMBER.get(operator, "")) or row
        arguments = {row.parameters[0]: right, second_name if operator in _EITHER_ORDER else "left": left}
    else:
        arguments = {row.parameters[0]: left, second_name: right}
    result = tensors.apply(run, row, arguments, at)
    if all(fact.array if type(fact) is Tensor else type(fact) is Constant for fact in (left, right)):
        result = tensors.as_array(result)
    run.record(OperationCall(run.site(at), row, arguments[row.parameters[0]], arguments, result, "operator"))
    return result


_BY_NUMBER = {"-": "rsub", "/": "reciprocal"}
"""Operations of a number on the left and a tensor on the right that have a name of their own."""
_EITHER_ORDER = frozenset("+-*")


def _unary(run: Run, node: ir.UnaryOp) -> Value:
    value = evaluate(run, node.operand)
    if node.operator == "not":
        known = truth(value)
        symbol = symbol_of(value)
        return Constant(not known) if known is not None else run.unknown("condition", node.at, f"not {symbol}" if symbol else "")
    options: list[tuple[Fact, Guard]] = []
    for fact, guard in alternatives(value):
        options.extend(guarded(_unary_fact(run, node, fact), guard))
    return choose(options)


def _unary_fact(run: Run, node: ir.UnaryOp, fact: Fact) -> Value:
    if type(fact) is Constant and isinstance(fact.value, (int, float)) and node.operator in ("-", "+"):
        return Constant(-fact.value if node.operator == "-" else fact.value)
    row = lookup.operation_of_unary_operator(node.operator)
    if type(fact) is Tensor and row is not None:
        return tensors.apply(run, row, {row.parameters[0]: fact}, node.at)
    symbol = symbol_of(fact)
    return run.unknown("arithmetic", node.at, f"({node.operator}{symbol})" if symbol else "")


def _bool(run: Run, node: ir.BoolChain) -> Value:
    value = evaluate(run, node.operands[0])
    stops_on = node.operator == "or"
    for operand in node.operands[1:]:
        known = truth(value)
        if known is stops_on:
            return value
        if known is not None:
            value = evaluate(run, operand)
            continue
        first = value
        holder: list[Value] = []

        def later(operand: ir.Expr = operand, holder: list[Value] = holder) -> str | None:
            holder.append(evaluate(run, operand))
            return None

        run.fork([(FREE, True, lambda: None), (FREE, False, later)], None, node.at, implicit=True)
        second = holder[0]
        symbols = symbol_of(first), symbol_of(second)
        if type(first) is Unknown and type(second) in (Unknown, Constant):
            value = run.unknown("condition", node.at, f"({symbols[0]} {node.operator} {symbols[1]})" if all(symbols) else "")
        else:
            value = join(first, second)
    return value


def _compare(run: Run, node: ir.CompareChain) -> Value:
    values = [evaluate(run, operand) for operand in node.operands]
    for operator, left, right in zip(node.operators, values, values[1:], strict=False):
        if any(type(f) is Tensor for v in (left, right) for f in facts(v)) and operator not in ("is", "is not", "in", "not in"):
            array = any(fact.array for side in (left, right) for fact in facts(side) if type(fact) is Tensor)
            compared = [fact for side in (left, right) for fact in facts(side)]
            return Tensor(
                dtype="bool",
                attached=False,
                after="derived",
                array=array,
                symbol=run.unique(node.at),
                lineage=(*(part for fact in compared if type(fact) is Tensor for part in fact.lineage[-5:]), run.origin(node.at)),
                range=ranges.of_comparison(compared),
            )
        verdict, literals, _ = _comparison(run, operator, left, right, node.at)
        if len(values) == 2:
            if verdict is not None:
                return Constant(verdict)
            text, positive = next(iter(literals))
            return Unknown("condition", text if positive else f"not {text}")
    return run.unknown("condition", node.at)


def _if_exp(run: Run, node: ir.IfExp) -> Value:
    verdict, on_true, on_false = condition(run, node.test)
    if verdict is not None:
        return evaluate(run, node.body if verdict else node.orelse)
    found: list[tuple[Fact, Guard]] = []

    def arm(expression: ir.Expr, literals: Guard) -> Callable[[], str | None]:
        def action() -> str | None:
            found.extend(guarded(evaluate(run, expression), literals))
            return None

        return action

    text = next(iter(sorted(on_true)))[0] if len(on_true) == 1 else None
    flipped = len(on_true) == 1 and not next(iter(on_true))[1]
    run.fork([(on_true, not flipped, arm(node.body, on_true)), (on_false, flipped, arm(node.orelse, on_false))], text, node.at)
    return choose(found)


MAX_DISPLAY = 256
"""Items of a list, tuple, set or dict display that are evaluated; of longer ones the rest is unknown."""
MAX_NESTING = 4
"""Levels of tuples in tuples."""


def _items(run: Run, items: list[ir.Expr]) -> tuple[list[Value], Value | None]:
    """The values of items, and the join of what starred items of unknown length hold."""
    known: list[Value] = []
    extra: Value | None = None
    if len(items) > MAX_DISPLAY:
        extra = run.unknown("long-display", items[MAX_DISPLAY].at)
        items = items[:MAX_DISPLAY]
    for item in items:
        if isinstance(item, ir.Starred):
            spread, element = containers.spread(run, evaluate(run, item.value), item.at)
            if spread is not None:
                known.extend(spread)
            else:
                extra = element if extra is None else join(extra, element)
        else:
            known.append(evaluate(run, item))
    return known, extra


def _is_deep(items: Iterable[Value], levels: int) -> bool:
    """Whether tuples are nested in tuples to more than ``levels``: comparing such values costs too much when they share parts."""
    return any(type(item) is Tuple and (levels == 0 or _is_deep(item.items, levels - 1)) for item in items)


def _tuple(run: Run, node: ir.TupleExpr) -> Value:
    known, extra = _items(run, node.items)
    if extra is None:
        return Tuple(tuple(known)) if not _is_deep(known, MAX_NESTING) else run.unknown("deep-tuple", node.at)
    return containers.make_list(run, node.at, known, extra)


def _list(run: Run, node: ir.ListExpr) -> Value:
    known, extra = _items(run, node.items)
    return containers.make_list(run, node.at, known, extra)


def _dict(run: Run, node: ir.DictExpr) -> Value:
    made = containers.make_dict(run, node.at)
    if len(node.keys) > MAX_DISPLAY:
        containers.set_item(run, made, run.unknown("key", node.at), run.unknown("long-display", node.at), node.at)
    for key, value in zip(node.keys[:MAX_DISPLAY], node.values[:MAX_DISPLAY], strict=True):
        if key is None:
            containers.update(run, made, evaluate(run, value), node.at)
        else:
            containers.set_item(run, made, evaluate(run, key), evaluate(run, value), node.at)
    return made


def _starred(run: Run, node: ir.Starred) -> Value:
    return evaluate(run, node.value)


def _slice(run: Run, node: ir.Slice) -> Value:
    parts = [None if part is None else evaluate(run, part) for part in (node.lower, node.upper, node.step)]
    return Slice(*parts)


def _fstring(run: Run, node: ir.FString) -> Value:
    texts = []
    for part in node.parts:
        value = evaluate(run, part)
        texts.append(str(value.value) if type(value) is Constant else None)
    if all(text is not None for text in texts):
        return Constant("".join(text for text in texts if text is not None)[:400])
    return run.unknown("text", node.at)


def _named(run: Run, node: ir.NamedExpr) -> Value:
    value = evaluate(run, node.value)
    bind(run, node.target, value, node.at)
    return value


def _await(run: Run, node: ir.Await) -> Value:
    return evaluate(run, node.value)


def _yield(run: Run, node: ir.Yield) -> Value:
    value = NONE if node.value is None else evaluate(run, node.value)
    if node.delegates:
        _, value = containers.spread(run, value, node.at)
    run.frame.yields.append(value)
    hook = run.hooks.get(run.frame.id)
    if hook is not None:
        hook(value)
    return run.unknown("sent-value", node.at)


def _comprehension(run: Run, node: ir.Comprehension) -> Value:
    return loops.comprehension(run, node)


def _lambda(run: Run, node: ir.Lambda) -> Value:
    run.functions[(run.frame.path, node.function.at)] = node.function
    run.captured.add(run.frame.id)
    return FunctionValue(run.frame.path, node.function.at, run.frame.id, run.frame.owner)


_EVALUATE: dict[type, Callable[[Run, Any], Value]] = {
    ir.Literal: _literal,
    ir.Opaque: _opaque,
    ir.Name: _name,
    ir.Attribute: _attribute,
    ir.Subscript: _subscript,
    ir.Call: _call,
    ir.BinaryChain: _binary,
    ir.UnaryOp: _unary,
    ir.BoolChain: _bool,
    ir.CompareChain: _compare,
    ir.IfExp: _if_exp,
    ir.TupleExpr: _tuple,
    ir.ListExpr: _list,
    ir.SetExpr: _list,
    ir.DictExpr: _dict,
    ir.Starred: _starred,
    ir.Slice: _slice,
    ir.FString: _fstring,
    ir.NamedExpr: _named,
    ir.Await: _await,
    ir.Yield: _yield,
    ir.Comprehension: _comprehension,
    ir.Lambda: _lambda,
}

# --- conditions ------------------------------------------------------------------------------------

Verdict = tuple[bool | None, Guard, Guard]
"""What is known of a condition (True, False, None) and the literals that hold where it is true, and where it is false."""


def condition(run: Run, test: ir.Expr) -> Verdict:
    """Evaluate a condition."""
    if isinstance(test, ir.UnaryOp) and test.operator == "not":
        verdict, on_true, on_false = condition(run, test.operand)
        return (None if verdict is None else not verdict), on_false, on_true
    if isinstance(test, ir.BoolChain):
        return _chain_condition(run, test)
    if isinstance(test, ir.CompareChain) and _asks_for_gradient(test):
        return test.operators[0] in ("is not", "!="), FREE, FREE
    if isinstance(test, ir.CompareChain) and len(test.operands) == 2:
        left, right = (evaluate(run, operand) for operand in test.operands)
        if not any(type(f) is Tensor for v in (left, right) for f in facts(v)) or _is_none(test.operators[0], left, right):
            return _comparison(run, test.operators[0], left, right, test.at)
        opaque = _opaque_condition(run, test.at)
        run.note_test(opaque[1], (left, right))
        return opaque
    value = evaluate(run, test)
    return _of_value(run, value, test.at)


def _is_none(operator: str, left: Value, right: Value) -> bool:
    """Whether a comparison asks if a tensor is None, and the tensor surely is one: results of unknown code may be None as well."""
    if right != NONE or operator not in ("is", "is not"):
        return False
    return all(type(fact) is not Tensor or fact.role not in _PERHAPS_NONE for fact in facts(left))


_PERHAPS_NONE = frozenset({"opaque", "argument"})


def _asks_for_gradient(test: ir.CompareChain) -> bool:
    """``p.grad is not None``: without a gradient there is nothing to clear, clip or apply, so the code behind it counts as run."""
    if len(test.operands) != 2:
        return False
    left, right = test.operands
    return isinstance(left, ir.Attribute) and left.attr == "grad" and isinstance(right, ir.Literal) and right.value is None


def _of_value(run: Run, value: Value, at: int) -> Verdict:
    known = truth(value)
    if known is not None:
        return known, FREE, FREE
    symbol = symbol_of(value)
    positive = True
    while symbol.startswith("not "):
        symbol, positive = symbol[4:], not positive
    verdict = _by_literal(run, symbol, positive) if symbol else _opaque_condition(run, at)
    run.note_test(verdict[1], (value,))
    return verdict


def _by_literal(run: Run, symbol: str, positive: bool) -> Verdict:
    on_true, on_false = frozenset({(symbol, positive)}), frozenset({(symbol, not positive)})
    if on_true <= run.path:
        return True, FREE, FREE
    if on_false <= run.path:
        return False, FREE, FREE
    return None, on_true, on_false


def _opaque_condition(run: Run, at: int) -> Verdict:
    return _by_literal(run, run.unique(at), True)


def _chain_condition(run: Run, test: ir.BoolChain) -> Verdict:
    conjunction = test.operator == "and"
    together: Guard = FREE
    known = True
    for operand in test.operands:
        verdict, on_true, on_false = condition(run, operand)
        if verdict is (not conjunction):
            return verdict, FREE, FREE
        if verdict is None:
            known = False
            together = together | (on_true if conjunction else on_false)
    if known:
        return conjunction, FREE, FREE
    if len(together) == 1:
        ((symbol, positive),) = together
        opposite = frozenset({(symbol, not positive)})
        return (None, together, opposite) if conjunction else (None, opposite, together)
    text = "(" + f" {test.operator} ".join(sorted(f"{symbol}={value}" for symbol, value in together)) + ")"
    if len(text) > 160:
        text = run.unique(test.at)
    verdict, on_true, on_false = _by_literal(run, text, True)
    if conjunction:
        return verdict, on_true | together, on_false
    return verdict, on_true, on_false | together


def _equality(run: Run, left: Value, right: Value, positive: bool, at: int) -> Verdict:
    if type(left) is Constant and type(right) is Constant:
        same = left.value == right.value
        return same is positive, FREE, FREE
    if type(left) is LibraryName and type(right) is LibraryName:
        dtypes = lookup.dtype_constant(left.name), lookup.dtype_constant(right.name)
        if all(dtypes):
            return (dtypes[0] == dtypes[1]) is positive, FREE, FREE
    if NONE in (left, right):
        other = right if left == NONE else left
        kinds = {type(f) is Constant and f.value is None for f in facts(other)}
        uncertain = any(type(f) is Unknown for f in facts(other))
        if len(kinds) == 1 and not uncertain:
            return kinds.pop() is positive, FREE, FREE
    first, second = symbol_of(left), symbol_of(right)
    if not first or not second or len(first) + len(second) > 110:
        return _opaque_condition(run, at)
    if type(left) is Constant:
        first, second = second, first
    text = f"{first}=={second}"
    if any(holds and excludes(condition, text) for condition, holds in run.path):
        return not positive, FREE, FREE
    return _by_literal(run, text, positive)


def _comparison(run: Run, operator: str, left: Value, right: Value, at: int) -> Verdict:
    if operator in ("==", "is"):
        return _equality(run, left, right, True, at)
    if operator in ("!=", "is not"):
        return _equality(run, left, right, False, at)
    if type(left) is Constant and type(right) is Constant and operator in _ORDER:
        try:
            return bool(_ORDER[operator](left.value, right.value)), FREE, FREE
        except TypeError:
            return _opaque_condition(run, at)
    if operator in ("in", "not in"):
        return _membership(run, left, right, operator == "in", at)
    first, second = symbol_of(left), symbol_of(right)
    if not first or not second or len(first) + len(second) > 110:
        return _opaque_condition(run, at)
    if operator in (">=", "<="):
        opposite = "<" if operator == ">=" else ">"
        return _by_literal(run, f"{first}{opposite}{second}", False)
    return _by_literal(run, f"{first}{operator}{second}", True)


_ORDER: dict[str, Callable[..., bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _membership(run: Run, left: Value, right: Value, positive: bool, at: int) -> Verdict:
    items = containers.known_items(run, right)
    if items is not None and type(left) is Constant and all(type(item) is Constant for item in items):
        return (left in items) is positive, FREE, FREE
    first = symbol_of(left)
    second = ",".join(symbol_of(item) for item in items) if items else symbol_of(right)
    if not first or not second or len(first) + len(second) > 110:
        return _opaque_condition(run, at)
    return _by_literal(run, f"{first} in {second}", positive)


def _note_discarded(run: Run, node: ir.Call) -> None:
    """Note an out-of-place tensor method whose result nobody uses."""
    func = node.func
    if not isinstance(func, (ir.Attribute, ir.Name)) or (func.attr if isinstance(func, ir.Attribute) else func.id).endswith("_"):
        return
    if any(argument.keyword in ("out", "inplace") for argument in node.args):
        return
    if isinstance(func, ir.Attribute) and isinstance(func.value, (ir.Name, ir.Attribute, ir.Subscript)):
        row = lookup.operation_of_method(func.attr)
        if row is not None and row.result in ("tensor", "pair", "tensors") and func.attr in row.methods:
            for fact in facts(evaluate(run, func.value)):
                if type(fact) is Tensor and not fact.array:
                    run.record(Discarded(run.site(node.at), row, fact))
    callee = evaluate(run, func) if isinstance(func, ir.Name) or isinstance(func.value, (ir.Name, ir.Attribute)) else NONE
    if type(callee) is not LibraryName:
        return
    row = lookup.operation_of_function(lookup.canonical(callee.name))
    changes = row is not None and not row.array and (row.flow in ("keep", "activation") and row.gradient != "fresh")
    if changes and row is not None and node.args and isinstance(node.args[0].value, (ir.Name, ir.Attribute)):
        for fact in facts(evaluate(run, node.args[0].value)):
            if type(fact) is Tensor:
                run.record(Discarded(run.site(node.at), row, fact))


def connect(run: Run) -> Run:
    """Give a run the functions by which the other modules of this floor call back."""
    run.evaluate = lambda node: evaluate(run, node)
    run.execute = lambda body: execute(run, body)
    run.bind = lambda target, value, at: bind(run, target, value, at, naming=False)
    run.bind_quietly = lambda target, value: bind_quietly(run, target, value)
    return run
