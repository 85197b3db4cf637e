"""Calls: binding arguments, running project functions, making instances, and handing library calls to ``library``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.knowledge.rows import words
from lintnn.values import attributes, containers, fruit, library, modules, objects
from lintnn.values.arguments import Arguments
from lintnn.values.assigned import walk
from lintnn.values.classes import ClassInfo, decorator_name, describe, fields_of, find_method, library_base
from lintnn.values.domain import (
    FREE,
    NONE,
    Bound,
    ClassValue,
    Constant,
    Context,
    Fact,
    FunctionValue,
    Guard,
    LibraryName,
    Partial,
    RecordClass,
    Ref,
    Super,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
    conjoin,
    facts,
    guarded,
    symbol_of,
    truth,
    with_trail,
)
from lintnn.values.happenings import Call, EventKind, Subject, events_of
from lintnn.values.heap import ANY, LAST, MODULE_KINDS, HeapObject
from lintnn.values.records import Construction, NextOfIter, OperationCall
from lintnn.values.run import Frame, Run, sequence

TENSOR_METHODS = frozenset({"backward", "register_hook", "retain_grad", "requires_grad_", "numpy", "item", "to", "apply_", "map_"})
MODULE_METHODS = frozenset(
    words(
        "parameters named_parameters modules named_modules children named_children state_dict load_state_dict train eval to "
        "cuda cpu half float double bfloat16 type zero_grad requires_grad_ apply add_module register_module register_buffer "
        "register_parameter get_submodule buffers named_buffers share_memory forward register_forward_hook "
        "register_forward_pre_hook register_full_backward_hook __call__ to_empty compile get_parameter extra_repr"
    )
)
MAX_CALLEES = 4
SMALL_CONSTRUCTOR = 12
"""A constructor of at most this many statements is always run: recorders and meters start there."""


def subject(one: int, certain: bool = True) -> Subject:
    """A subject of an event."""
    return Subject(one, certain)


# --- evaluation of a call expression -----------------------------------------------------------------


def evaluate_call(run: Run, node: ir.Call) -> Value:
    """The value of a call expression."""
    func = node.func
    if isinstance(func, ir.Name):
        if func.id == "super" and func.scope == ir.Scope.BUILTIN:
            return _super(run, node)
        special = _special_name(run, func, node)
        if special is not None:
            return special
    elif isinstance(func, ir.Attribute) and func.attr in ("__next__", "next"):
        special = _first_of(run, func.value, node)
        if special is not None:
            return special
    callee = run.evaluate(func)
    arguments = evaluate_arguments(run, node)
    if isinstance(func, ir.Attribute):
        if func.attr == "enter_context" and arguments.positional:
            run.grad = gradient_under(run, arguments.positional[0])
        in_place = _in_place(run, func, callee, arguments, node)
        if in_place is not None:
            return in_place
    return call(run, callee, arguments, node.at)


def _special_name(run: Run, func: ir.Name, node: ir.Call) -> Value | None:
    if func.id == "next" and func.scope == ir.Scope.BUILTIN and node.args:
        return _first_of(run, node.args[0].value, node)
    return None


def _first_of(run: Run, iterator: ir.Expr, node: ir.Call) -> Value | None:
    """The first element of a new iterator, in a loop: ``next(iter(x))``, ``x.__iter__().__next__()``."""
    if not isinstance(iterator, ir.Call) or not run.loops:
        return None
    func = iterator.func
    if isinstance(func, ir.Name) and func.id == "iter" and iterator.args:
        iterable = iterator.args[0].value
    elif isinstance(func, ir.Attribute) and func.attr == "__iter__":
        iterable = func.value
    else:
        return None
    source = run.evaluate(iterable)
    run.record(NextOfIter(run.site(node.at), source))
    return containers.element(run, source, node.at)


def _in_place(run: Run, func: ir.Attribute, callee: Value, arguments: Arguments, node: ir.Call) -> Value | None:
    """``x.detach_()`` changes what ``x`` holds, ``x.mul_(2).sub_(1)`` in two steps."""
    if not _is_in_place(func):
        return None
    target = func.value
    while isinstance(target, ir.Call) and isinstance(target.func, ir.Attribute) and _is_in_place(target.func):
        target = target.func.value
    if not isinstance(target, (ir.Name, ir.Attribute)):
        return None
    if type(callee) is not Bound or type(callee.receiver) is not Tensor or callee.function is not None:
        return None
    result = call(run, callee, arguments, node.at)
    if lookup.operation_of_method(func.attr) is not None and isinstance(target, ir.Name):
        run.bind_quietly(target, result)
    return result


def _is_in_place(func: ir.Attribute) -> bool:
    return func.attr.endswith("_") and not func.attr.endswith("__")


def evaluate_arguments(run: Run, node: ir.Call) -> Arguments:
    """The values of the arguments."""
    result = Arguments([], {}, [], {}, False)
    for argument in node.args:
        value = run.evaluate(argument.value)
        if argument.star == 1:
            items, rest = containers.spread(run, value, argument.value.at)
            if items is None:
                result.open = True
                result.rest = rest
                result.last = run.store.read((value.id, LAST)) if type(value) is Ref else None
            else:
                result.positional.extend(items)
                result.places.extend([argument.value.at] * len(items))
                result.last = items[-1] if result.open and items else result.last
        elif argument.star == 2:
            _spread_keywords(run, value, argument.value.at, result)
        elif argument.keyword is not None:
            result.keywords[argument.keyword] = value
            result.keyword_places[argument.keyword] = argument.value.at
        else:
            result.positional.append(value)
            result.places.append(argument.value.at)
            result.last = value if result.open else None
    return result


def _spread_keywords(run: Run, value: Value, at: int, result: Arguments) -> None:
    for fact in facts(value):
        if type(fact) is Ref and run.heap[fact.id].kind == "dict":
            keys = run.store.read((fact.id, "[keys]"))
            for key in keys.items if type(keys) is Tuple else ():
                if type(key) is Constant and isinstance(key.value, str):
                    result.keywords.setdefault(key.value, containers.get_item(run, fact, key, at))
                    result.keyword_places.setdefault(key.value, at)
            if run.store.read((fact.id, ANY)) is None:
                continue
        result.open = True


def call(run: Run, callee: Value, arguments: Arguments, at: int) -> Value:
    """Call a value; several possible callees are alternatives that exclude each other."""
    options = alternatives(callee)
    if len(options) > 1:
        options = tuple(option for option in options if not _is_of_none(option[0])) or options
    if len(options) == 1:
        return call_fact(run, options[0][0], arguments, at)
    return _call_alternatives(run, list(options[:MAX_CALLEES]), arguments, at)


def _is_of_none(fact: Fact) -> bool:
    """Whether a callee is None or a method of None: what is called is not."""
    return fact == NONE or (type(fact) is Bound and fact.receiver == NONE)


def _call_alternatives(run: Run, options: list[tuple[Fact, Guard]], arguments: Arguments, at: int) -> Value:
    found: list[tuple[Fact, Guard]] = []

    def arm(fact: Fact, guard: Guard) -> Callable[[], str | None]:
        def action() -> str | None:
            run.choices += 1
            try:
                found.extend(guarded(call_fact(run, fact, arguments, at), guard))
            finally:
                run.choices -= 1
            return None

        return action

    split(run, options, arm, at)
    return choose(found) if found else run.unknown("contradiction", at)


def split(run: Run, options: list[tuple[Fact, Guard]], arm: Callable[[Fact, Guard], Callable[[], str | None]], at: int) -> None:
    """Run one action per alternative as the arms of an implicit branch, on the condition that tells them apart where there is one."""
    if len(options) == 1:
        arm(*options[0])()
        return
    for condition in sorted({literal[0] for _, guard in options for literal in guard}):
        sides = [[pair for pair in options if (condition, truth_) in pair[1]] for truth_ in (True, False)]
        if all(sides) and len(sides[0]) + len(sides[1]) == len(options):
            arms = [
                (frozenset({(condition, truth_)}), truth_, _side(run, side, arm, at))
                for truth_, side in zip((True, False), sides, strict=True)
            ]
            run.fork(arms, condition, at, implicit=True)  # type: ignore[arg-type]
            return
    run.fork([(guard, index, arm(fact, guard)) for index, (fact, guard) in enumerate(options)], _which(options), at, implicit=True)


def _which(options: list[tuple[Fact, Guard]]) -> str | None:
    """The name of the choice between some objects: the same objects are told apart in the same way everywhere."""
    objects_ = [fact.receiver if type(fact) is Bound else fact for fact, _ in options]
    if all(type(one) is Ref for one in objects_):
        return "which of " + ",".join(str(one.id) for one in objects_ if type(one) is Ref)
    return None


def _side(
    run: Run, options: list[tuple[Fact, Guard]], arm: Callable[[Fact, Guard], Callable[[], str | None]], at: int
) -> Callable[[], str | None]:
    def action() -> str | None:
        split(run, options, arm, at)
        return None

    return action


def call_fact(run: Run, callee: Fact, arguments: Arguments, at: int) -> Value:
    """Call one fact."""
    if type(callee) is LibraryName:
        return library.call(run, callee.name, arguments, at)
    if type(callee) is FunctionValue:
        return call_function(run, callee, arguments, at, _explicit_self(run, callee, arguments))
    if type(callee) is Bound:
        if callee.name == "forward" and callee.function is not None and _is_another_module(callee.receiver, run):
            return modules.call_object(run, callee.receiver, arguments, at)
        if callee.function is not None and _from_outside(run, callee):
            return _call_inference(run, callee, callee.function, arguments, at)
        if callee.function is not None:
            if callee.name == "step" and type(callee.receiver) is Ref and run.heap[callee.receiver.id].kind == "optimizer":
                # Whatever an optimizer of the project does in its step, it uses the gradients first and may clear them after that.
                run.emit(EventKind.STEP, (subject(callee.receiver.id, not run.heap[callee.receiver.id].many),), at, "plain")
            return call_function(run, callee.function, arguments.shifted(callee.receiver), at, callee.receiver)
        return library.call_method(run, callee.receiver, callee.name, arguments, at)
    if type(callee) is ClassValue:
        return instantiate(run, callee, arguments, at)
    if type(callee) is RecordClass:
        return named_tuple(run, callee, arguments, at)
    if type(callee) is Ref:
        return modules.call_object(run, callee, arguments, at)
    if type(callee) is Partial:
        merged = Arguments(
            [*callee.args, *arguments.positional],
            {**dict(callee.keywords), **arguments.keywords},
            [*([-1] * len(callee.args)), *arguments.places],
            arguments.keyword_places,
            arguments.open,
        )
        return call_fact(run, callee.callee, merged, at)
    if type(callee) is Unknown:
        return objects.call_unknown(run, callee, arguments, at)
    if type(callee) is Tensor and callee.role == "opaque":
        return Tensor(attached=callee.attached, sources=callee.sources, role="opaque", symbol=run.unique(at), lineage=callee.lineage)
    return run.unknown("call", at)


def _is_another_module(receiver: Fact, run: Run) -> TypeGuard[Ref]:
    """Whether ``receiver.forward(x)`` is a call of a module other than the one whose method is running."""
    return type(receiver) is Ref and run.heap[receiver.id].kind == "module" and receiver != run.frame.receiver


def _from_outside(run: Run, callee: Bound) -> bool:
    """Whether a method of a module other than its ``forward`` is called by somebody else."""
    if run.forward_depth or type(callee.receiver) is not Ref or run.heap[callee.receiver.id].kind != "module":
        return False
    return callee.receiver != run.frame.receiver and callee.name not in MODULE_METHODS and not callee.name.startswith("_")


def _call_inference(run: Run, callee: Bound, function: FunctionValue, arguments: Arguments, at: int) -> Value:
    """``model.predict(x)``: a method that runs parts of its module is a forward pass of the module, unless it trains it."""
    assert type(callee.receiver) is Ref
    with run.collecting() as tree:
        result = call_function(run, function, arguments.shifted(callee.receiver), at, callee.receiver)
    body = sequence(tree)
    run.add(body)
    events = list(events_of(body))
    forwards = [event for event in events if event.kind is EventKind.FORWARD]
    trains = any(event.kind in (EventKind.BACKWARD, EventKind.STEP) for event in events)
    if not forwards or trains or any(subject.object == callee.receiver.id for event in forwards for subject in event.subjects):
        return result
    modes = {event.grad for event in forwards}
    saved, run.grad = run.grad, modes.pop() if len(modes) == 1 else None
    run.emit(EventKind.FORWARD, (Subject(callee.receiver.id, not run.heap[callee.receiver.id].many),), at)
    run.grad = saved
    return result


# --- project functions -------------------------------------------------------------------------------


def decorate(run: Run, function: ir.Function, value: Value) -> Value:
    """A function with its decorators: those of the project are called, others are taken as transparent."""
    for decorator in reversed(function.decorators):
        if run.frame.owner or type(run.evaluate(_head(decorator))) is not FunctionValue:
            continue
        with run.collecting():
            made = call(run, run.evaluate(decorator), Arguments(positional=[value], places=[function.at]), function.at)
        if type(made) is FunctionValue:
            value = made
    return value


_NO_NAME = ir.Literal(-1, None)


def _head(decorator: ir.Expr) -> ir.Expr:
    """The name of a decorator that is a plain name or a call of one."""
    head = decorator.func if isinstance(decorator, ir.Call) else decorator
    return head if isinstance(head, ir.Name) else _NO_NAME


def gradient_of(run: Run, function: ir.Function) -> bool | str | None:
    """The gradient mode that decorators set: True, False, None (a flag), or ``inherit``."""
    for decorator in function.decorators:
        name = decorator_name(decorator)
        if "no_grad" in name or "inference_mode" in name:
            return False
        if name == "enable_grad":
            return True
        if name == "set_grad_enabled":
            argument = decorator.args[0].value if isinstance(decorator, ir.Call) and decorator.args else None
            return argument.value if isinstance(argument, ir.Literal) and isinstance(argument.value, bool) else None
    return "inherit"


FRUIT_DEPTH = 4
"""Calls that must be left to follow before a function may be called fruitless."""


def call_function(run: Run, callee: FunctionValue, arguments: Arguments, at: int, receiver: Value | None) -> Value:
    """Run a project function with actual values."""
    function = run.functions[(callee.path, callee.at)]
    key = (callee.path, callee.at)
    if key in run.stack or len(run.stack) >= run.depth_limit:
        _left_out(run, function, arguments)
        return _cut_short(run, key, "recursion" if key in run.stack else "depth", arguments, at)
    stub = _stub(function) if callee.owner else ""
    if stub:
        return _of_stub(run, function, stub, arguments, at)
    shown = _shows(run, arguments) or (function.name == "__init__" and len(function.body) <= SMALL_CONSTRUCTOR)
    if not shown and (key in run.fruitless or not run.relevance.matters(callee.path, function)):
        _left_out(run, function, arguments)
        return _skipped(run, callee, function, arguments, at)
    if not run.admits(key, shown and not _is_dataset(run, receiver)):
        _left_out(run, function, arguments)
        return _cut_short(run, key, "contexts", arguments, at)
    caller_place = run.place(at)
    frame = Frame(
        id=run.fresh_id(),
        path=callee.path,
        symbol=f"{run.class_nodes[_class_key(callee.owner)].name}.{function.name}" if callee.owner else function.qualname,
        parent=callee.frame,
        owner=callee.owner,
        receiver=receiver,
        function=function,
        returns=[],
        yields=[],
        framework=run.frame.framework,
        role=run.frame.role,
    )
    _bind_parameters(run, function, arguments, frame, at)
    if shown or len(run.stack) + FRUIT_DEPTH > run.depth_limit:
        return run_frame(run, frame, key, caller_place, at)
    mark, count, latest = run.store.mark(), run.event_count(), run.latest_id()
    result = run_frame(run, frame, key, caller_place, at)
    if not fruit.is_fruitful(run, result, run.events_since(count), mark, latest):
        run.fruitless.add(key)
    return result


def _stub(function: ir.Function) -> str:
    """``abstract`` or ``hook`` if a method is there to be overridden: it ends by raising NotImplementedError, or does nothing at all."""
    if function.name.startswith("__"):
        return ""
    kinds = {_kind_of_stub(statement) for statement in function.body[-1:]}
    if "abstract" in kinds and not any(isinstance(node, ir.Return) for statement in function.body for node in walk(statement)):
        return "abstract"
    return "hook" if len(function.body) <= 1 and "" not in kinds else ""


def _kind_of_stub(statement: ir.Stmt) -> str:
    if isinstance(statement, ir.Raise):
        error = statement.value.func if isinstance(statement.value, ir.Call) else statement.value
        return "abstract" if isinstance(error, ir.Name) and error.id == "NotImplementedError" else ""
    if isinstance(statement, ir.Return):
        return "hook" if statement.value is None or (isinstance(statement.value, ir.Literal) and statement.value.value is None) else ""
    return (
        "hook"
        if isinstance(statement, ir.Pass) or (isinstance(statement, ir.ExprStmt) and isinstance(statement.value, (ir.Literal, ir.Opaque)))
        else ""
    )


def _of_stub(run: Run, function: ir.Function, stub: str, arguments: Arguments, at: int) -> Value:
    """A call of a method that subclasses override: what they return is not known. Where nobody asks for it, an abstract one acts."""
    if run.discarded == at:
        return objects.give_up(run, "abstract", arguments, at) if stub == "abstract" else NONE
    values = arguments.all_values()
    owner = symbol_of(values[0]) if len(values) == 1 else ""
    return run.unknown("abstract", at, f"{owner}.{function.name}()" if owner else "")


def _cut_short(run: Run, key: tuple[str, int], cause: str, arguments: Arguments, at: int) -> Value:
    """A call that is not followed: what the function did when it was followed, to objects that nobody could tell, it does again."""
    if key in run.vague:
        run.emit(EventKind.UNKNOWN, (), at, cause, anything=True)
    return objects.give_up(run, cause, arguments, at)


_SHOWN_KINDS = frozenset({"module", "layer", "criterion", "optimizer", "scheduler", "scaler", "loader", "dataset"})


def _left_out(run: Run, function: ir.Function, arguments: Arguments) -> None:
    """A constructor that is not run may well reach the one of ``nn.Module``."""
    first = arguments.positional[0] if function.name == "__init__" and arguments.positional else None
    if type(first) is Ref:
        run.store.write((first.id, "[super]"), run.unknown("skipped", -1))


def _is_dataset(run: Run, receiver: Value | None) -> bool:
    """Whether a method is one of a data set: what it prepares is mostly tables, which is not worth many contexts."""
    return type(receiver) is Ref and run.heap[receiver.id].kind == "dataset"


def _shows(run: Run, arguments: Arguments) -> bool:
    """Whether an argument is something whose way through a function is worth following."""
    for value in arguments.all_values():
        for fact in facts(value):
            kind = type(fact)
            if kind in (Tensor, FunctionValue, ClassValue, Partial, Bound, LibraryName):
                return True
            if kind is Ref and run.heap[fact.id].kind in _SHOWN_KINDS:  # type: ignore[union-attr]
                return True
            if kind is Unknown and run.used_as(fact.symbol):  # type: ignore[union-attr]
                return True
    return False


def _skipped(run: Run, callee: FunctionValue, function: ir.Function, arguments: Arguments, at: int) -> Value:
    """A call of a function that cannot matter: equal arguments give an equal, unknown value. What it stores is forgotten."""
    receiver = arguments.positional[0] if arguments.positional else None
    if type(receiver) is Ref and run.heap[receiver.id].class_key is not None:
        for name in sorted(run.relevance.assigned(callee.path, callee.at, function.body).attributes):
            if run.store.read((receiver.id, name)) is None:
                continue
            run.store.write((receiver.id, name), run.unknown("skipped-store", at))
    parts = [symbol_of(value) for value in arguments.all_values()]
    symbol = f"{function.name}.{callee.at}({','.join(parts)})" if all(parts) and not arguments.open else ""
    return run.unknown("skipped", at, symbol)


def _explicit_self(run: Run, callee: FunctionValue, arguments: Arguments) -> Ref | None:
    """The instance in ``Base.__init__(self, ...)``."""
    first = arguments.positional[0] if callee.owner and arguments.positional else None
    if type(first) is not Ref or run.heap[first.id].class_key is None:
        return None
    return first if _class_key(callee.owner) in run.classes[run.heap[first.id].class_key].resolution else None  # type: ignore[index]


def _class_key(owner: str) -> tuple[str, int]:
    path, _, at = owner.rpartition("::")
    return path, int(at)


def run_frame(run: Run, frame: Frame, key: tuple[str, int], caller_place: object, at: int) -> Value:
    """Execute the body of an activation whose parameters are bound; its events become a ``Call``."""
    function = frame.function
    assert function is not None
    run.frames[frame.id] = frame
    saved = run.frame, run.grad, run.path, run.entry_path
    saved_autocast = run.autocast
    run.autocast = run.autocast or any(decorator_name(decorator) == "autocast" for decorator in function.decorators)
    run.stack.append(key)
    run.called.add(key)
    run.calls.append(caller_place)  # type: ignore[arg-type]
    run.frame = frame
    run.entry_path = run.path
    mode = gradient_of(run, function)
    if mode != "inherit":
        run.grad = mode  # type: ignore[assignment]
    try:
        with run.collecting() as tree:
            left = run.execute(function.body)
    finally:
        run.stack.pop()
        run.calls.pop()
        run.frame, run.grad, run.path, run.entry_path = saved
        if frame.id not in run.captured and not function.is_generator:
            run.store.finished.add(frame.id)
        run.autocast = saved_autocast
    run.add(Call(frame.symbol, sequence(tree), run.place(at)) if tree else sequence([]))
    return _result(run, frame, left, at)


def _result(run: Run, frame: Frame, left: str | None, at: int) -> Value:
    if frame.function is not None and frame.function.is_generator:
        summary = None
        for value in frame.yields[:8]:
            summary = value if summary is None else choose([*guarded(summary, FREE), *guarded(value, FREE)])
        return containers.make_iterator(run, at, "generator", summary if summary is not None else run.unknown("yield", at))
    options: list[tuple[Fact, Guard]] = []
    for value, guard in frame.returns:
        cut = guard if len(guard) <= 4 else frozenset(sorted(guard)[:4])
        options.extend(guarded(value, cut))
    if left is None:
        options.append((NONE, FREE))
    if not options:
        return run.unknown("never-returns", at)
    return choose(options)


def _bind_parameters(run: Run, function: ir.Function, arguments: Arguments, frame: Frame, at: int) -> None:
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    for parameter in function.parameters:
        key = (frame.id, parameter.name)
        run.births[key] = tuple(run.loops)
        if parameter.kind == "star":
            run.store.write(key, Tuple(tuple(positional)) if not arguments.open else run.unknown("star-arguments", at))
            positional = []
        elif parameter.kind == "star2":
            run.store.write(key, _rest(run, keywords, at, arguments.open))
        elif positional and parameter.kind != "keyword":
            run.store.write(key, _handed(run, positional.pop(0), parameter.name, at))
        elif parameter.name in keywords:
            run.store.write(key, _handed(run, keywords.pop(parameter.name), parameter.name, at))
        elif parameter.default is not None and not arguments.open:
            run.store.write(key, default_of(run, parameter, frame))
        else:
            run.store.write(key, run.unknown("missing-argument", at, f"{frame.id}:{parameter.name}"))


def _handed(run: Run, value: Value, name: str, at: int) -> Value:
    return with_trail(value, run.place(at), f"passed as `{name}`")


def _rest(run: Run, keywords: dict[str, Value], at: int, is_open: bool) -> Value:
    made = containers.make_dict(run, at)
    for name, value in keywords.items():
        containers.set_item(run, made, Constant(name), value, at)
    if is_open:
        containers.set_item(run, made, run.unknown("key", at), run.unknown("item", at), at)
    return made


def default_of(run: Run, parameter: ir.Parameter, frame: Frame) -> Value:
    """The default of a parameter, evaluated where the function is defined."""
    if parameter.default is None:
        return run.unknown("no-default", -1, f"{frame.id}:{parameter.name}")
    saved = run.frame
    outer = run.frames.get(frame.parent)
    run.frame = outer if outer is not None else Frame(run.fresh_id(), frame.path, frame.symbol, 0)
    try:
        return run.evaluate(parameter.default)
    finally:
        run.frame = saved


def _super(run: Run, node: ir.Call) -> Value:
    frame: Frame | None = run.frame
    while frame is not None and frame.receiver is None:
        frame = run.frames.get(frame.parent)
    if frame is None or frame.receiver is None or not isinstance(frame.receiver, (Ref, ClassValue)):
        return run.unknown("super", node.at)
    return Super(frame.receiver, frame.owner)


# --- classes -----------------------------------------------------------------------------------------


def class_info(run: Run, value: ClassValue) -> ClassInfo:
    """The description of a project class; made on first use."""
    key = (value.path, value.at)
    known = run.classes.get(key)
    if known is not None:
        return known
    node = run.class_nodes[key]
    saved = run.frame
    outer = run.frames.get(value.frame)
    run.frame = outer if outer is not None else Frame(run.fresh_id(), value.path, node.name, 0)
    try:
        bases = [run.evaluate(base.value) for base in node.bases if base.keyword is None and base.star == 0]
        for base in bases:
            for fact in facts(base):
                if type(fact) is ClassValue and (fact.path, fact.at) != key:
                    class_info(run, fact)
    except RecursionError:
        bases = []
    finally:
        run.frame = saved
    return describe(run, value, bases)


def info_of(run: Run, receiver: Fact) -> ClassInfo | None:
    """The class of an instance, or the class itself."""
    if type(receiver) is ClassValue:
        return class_info(run, receiver)
    if type(receiver) is Ref:
        key = run.heap[receiver.id].class_key
        return run.classes[key] if key is not None else None
    return None


def instantiate(run: Run, value: ClassValue, arguments: Arguments, at: int) -> Value:
    """Make an instance of a project class and run its ``__init__``."""
    info = class_info(run, value)
    if info.is_tuple and not info.methods and not arguments.open:
        fields = fields_of(run, info)
        defaults = [attributes.class_attribute(run, info, name, at) for name in fields]
        return named_tuple(run, RecordClass(tuple(fields), tuple(defaults)), arguments, at)
    made = new_instance(run, info, at)
    if info.is_module:
        run.record(Construction(run.site(at), info.name, made.id, {}, ()))
    method = find_method(run, info, "__init__")
    outer, run.forward_depth = run.forward_depth, 0
    if method is not None:
        call_function(run, method.function, arguments.shifted(made), at, made)
    else:
        _without_init(run, info, made, arguments)
    run.forward_depth = outer
    library.train_as_estimator(run, library_base(info), arguments, at)
    return made


def named_tuple(run: Run, kind: RecordClass, arguments: Arguments, at: int) -> Value:
    """An instance of a class of named tuples."""
    if arguments.open:
        return run.unknown("named-tuple", at)
    given = arguments.bound(kind.fields)
    defaults = kind.defaults or (None,) * len(kind.fields)
    items = [given.get(name, default) for name, default in zip(kind.fields, defaults, strict=True)]
    return Tuple(tuple(item if item is not None else run.unknown("no-field", at) for item in items), kind.fields)


def new_instance(run: Run, info: ClassInfo, at: int) -> Ref:
    """An instance whose ``__init__`` has not run."""
    base = library_base(info)
    loss = lookup.loss_class(base) if base else None
    layer = lookup.layer(base) if base else None
    kind = "module" if info.is_module else "instance"
    if base and lookup.optimizer(base) is not None:
        kind = "optimizer"
    elif base and "Dataset" in base:
        kind = "dataset"
    made = run.allocate(kind, at, info.name, class_key=info.key, library=base)
    if loss is not None and find_method(run, info, "forward") is None:
        run.heap[made.id].loss = loss
    if layer is not None and find_method(run, info, "forward") is None:
        run.heap[made.id].layer = layer
    return made


def call_init(run: Run, made: Ref, info: ClassInfo, at: int) -> None:
    """Run ``__init__`` with unknown arguments."""
    method = find_method(run, info, "__init__")
    if method is not None:
        call_function(run, method.function, Arguments([made], {}, [], {}, True), at, made)


def _without_init(run: Run, info: ClassInfo, made: Ref, arguments: Arguments) -> None:
    base = library_base(info)
    if base:
        objects.fill(run, run.heap[made.id], base, arguments)
    if info.is_record or not base:
        for name, value in arguments.bound(tuple(fields_of(run, info))).items():
            run.store.write((made.id, name), value)
    elif not info.is_module:
        for name in info.attributes.keys() & arguments.keywords.keys():
            run.store.write((made.id, name), arguments.keywords[name])


def iterate_instance(run: Run, receiver: Ref, info: ClassInfo, at: int) -> Value | None:
    """An element of an instance that defines ``__iter__`` or ``__getitem__``."""
    method = find_method(run, info, "__iter__")
    if method is not None:
        made = call_function(run, method.function, Arguments(positional=[receiver]), at, receiver)
        if type(made) is Ref and made.id != receiver.id:
            return containers.element(run, made, at)
        after = find_method(run, info, "__next__")
        if after is not None and made == receiver:
            return call_function(run, after.function, Arguments(positional=[receiver]), at, receiver)
        return None
    method = find_method(run, info, "__getitem__")
    if method is not None:
        index = run.unknown("index", at)
        return call_function(run, method.function, Arguments(positional=[receiver, index]), at, receiver)
    return None


# --- context managers --------------------------------------------------------------------------------


def enter(run: Run, context: ir.Expr, inside: Callable[[Value], None]) -> None:
    """Run ``inside`` under a context manager."""
    if isinstance(context, ir.Call):
        callee = run.evaluate(context.func)
        function = _generator(run, callee)
        if function is not None:
            arguments = evaluate_arguments(run, context)
            receiver = callee.receiver if type(callee) is Bound else None
            if receiver is not None:
                arguments = arguments.shifted(receiver)
            _enter_generator(run, function, arguments, receiver, context.at, inside)
            return
        value = call(run, callee, evaluate_arguments(run, context), context.at)
    else:
        value = run.evaluate(context)
    _enter_value(run, value, context.at, inside)


def _generator(run: Run, callee: Value) -> FunctionValue | None:
    function = callee.function if type(callee) is Bound else callee
    if type(function) is FunctionValue and run.functions[(function.path, function.at)].is_generator:
        return function
    return None


def _enter_generator(
    run: Run, callee: FunctionValue, arguments: Arguments, receiver: Value | None, at: int, inside: Callable[[Value], None]
) -> None:
    """A generator-based context manager: the body of the ``with`` runs where it yields, in the frame of the caller."""
    function = run.functions[(callee.path, callee.at)]
    outer = run.frame, run.entry_path
    frame = Frame(run.fresh_id(), callee.path, function.qualname, callee.frame, callee.owner, receiver, function, [], [])
    ran: list[bool] = []

    def at_yield(value: Value) -> None:
        if ran:
            return
        ran.append(True)
        inner = run.frame, run.entry_path
        run.frame, run.entry_path = outer
        try:
            inside(value)
        finally:
            run.frame, run.entry_path = inner

    key = (callee.path, callee.at)
    if key in run.stack or len(run.stack) >= run.depth_limit:
        inside(run.unknown("depth", at))
        return
    _bind_parameters(run, function, arguments, frame, at)
    run.hooks[frame.id] = at_yield
    run_frame(run, frame, key, run.place(at), at)
    if not ran:
        inside(run.unknown("context", at))


def _enter_value(run: Run, value: Value, at: int, inside: Callable[[Value], None]) -> None:
    effects = [fact for fact in facts(value) if type(fact) is Context]
    saved, saved_autocast, saved_condition = run.grad, run.autocast, run.acts_on
    if effects:
        run.grad = gradient_under(run, value)
        run.autocast = run.autocast or any(effect.effect == "autocast" for effect in effects)
        run.acts_on = next((effect.condition for effect in effects if effect.condition), run.acts_on)
    target = value
    info = info_of(run, value) if type(value) is Ref else None
    if info is not None and type(value) is Ref:
        method = find_method(run, info, "__enter__")
        if method is not None:
            target = call_function(run, method.function, Arguments(positional=[value]), at, value)
    inside(target)
    if info is not None and type(value) is Ref:
        method = find_method(run, info, "__exit__")
        if method is not None:
            call_function(run, method.function, Arguments(positional=[value, NONE, NONE, NONE]), at, value)
    run.grad, run.autocast, run.acts_on = saved, saved_autocast, saved_condition


def gradient_under(run: Run, value: Value) -> bool | None:
    """The gradient mode inside a context manager value."""
    modes: set[bool | None] = set()
    for fact in facts(value):
        if type(fact) is Context and fact.effect in ("no_grad", "grad", "set_grad"):
            modes.add({"no_grad": False, "grad": True}.get(fact.effect, fact.flag))
        else:
            modes.add(run.grad)
    return modes.pop() if len(modes) == 1 else None


def batch(run: Run, one: HeapObject, at: int) -> Value:
    """What a loader gives per iteration, from the ``__getitem__`` of its data set where that is of the project."""
    return objects.batch(run, one, at)


__all__ = ["MODULE_KINDS", "Arguments", "EventKind", "OperationCall", "attributes", "call", "conjoin", "truth"]
