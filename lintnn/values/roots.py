"""What is run: a file's module code as a script, then every function and method with symbolic arguments."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.knowledge.schema import Framework
from lintnn.project.symbols import SymbolTable
from lintnn.values import calls, interpreter, structure, training
from lintnn.values.classes import ClassInfo, Method, find_method
from lintnn.values.domain import (
    FREE,
    NONE,
    Bound,
    Choice,
    ClassValue,
    Constant,
    FunctionValue,
    LibraryName,
    Parameters,
    Partial,
    Ref,
    Tensor,
    Tuple,
    Unknown,
    Value,
    choose,
    facts,
    guarded,
)
from lintnn.values.happenings import (
    EMPTY,
    Loop,
    ObjectFacts,
    ObjectId,
    Trace,
    Tree,
    events_of,
)
from lintnn.values.heap import ANY, ITEMS, MODULE_KINDS, HeapObject
from lintnn.values.records import BackwardCall, Record
from lintnn.values.relevance import Relevance
from lintnn.values.run import MAX_DEPTH, SHALLOW_DEPTH, Frame, Observer, OutOfStepsError, Run, sequence

STEPS_PER_LINE = 7
"""A file's share of steps per line (and ``FREE_STEPS`` for every file); beyond it calls are followed to ``SHALLOW_DEPTH`` only."""
FREE_STEPS = 2_000
LAST_SHARE = 1.5
LAST_STEPS = 9_000
"""Beyond so many shares, and at least ``LAST_STEPS``, calls are not followed any more; the module's own code is not counted."""
IMPORT_STEPS = 3_000
"""Steps for the module code of one imported file."""
MAX_IMPORTED = 48
"""Imported files whose module code is run for one file, and ``MAX_IMPORT_DEPTH``, how many of them at once, one for the sake of the other.
Without these, hundreds of files that all import one another would each run the code of all others."""
MAX_IMPORT_DEPTH = 12
MAX_INHERITED = 24


class Unit(Struct, gc=False):
    """What the evaluation of one file gave. ``spent``: roots that ran out of steps; ``cut``: their names, each once."""

    path: str
    records: list[Record]
    traces: list[Trace]
    causes: dict[str, int]
    spent: int
    steps: int
    cut: list[str]


class Evaluator:
    """Evaluates files of a project, one after another; each is independent of those before it."""

    def __init__(self, table: SymbolTable, observer: Observer | None = None) -> None:
        self.table = table
        self.observer = observer
        self.relevance = Relevance(table)
        self.run = self._new_run()

    def _new_run(self) -> Run:
        run = interpreter.connect(Run(self.table, self.relevance))
        run.evaluate_module = self._evaluate_module
        run.observer = self.observer
        return run

    def unit(self, path: str) -> Unit:
        """Evaluate a file."""
        self.run.disconnect()
        self.run = run = self._new_run()
        run.begin_unit(path)
        self.traces: list[Trace] = []
        self.spent = 0
        self.cut: dict[str, None] = {}
        self.total = 0
        self.script_steps = 0
        self.share = FREE_STEPS
        self.evaluating: set[str] = set()
        self.import_depth = 0
        module = self.table.files.module(path)
        if module is None:
            return Unit(path, [], [], {}, 0, 0, [])
        self.share = FREE_STEPS + STEPS_PER_LINE * module.lines
        self._script(path, module)
        self.script_steps = self.total
        symbols = self.table.of(path)
        if symbols is not None:
            for function in symbols.functions.values():
                if (path, function.at) in run.called and not function.parameters:
                    continue
                self._function(path, function)
            for node in symbols.classes.values():
                self._class(path, node)
        return Unit(path, run.records, self.traces, run.causes, self.spent, self.total, list(self.cut))

    # --- module code ------------------------------------------------------------------------------

    def _script(self, path: str, module: ir.Module) -> None:
        run = self.run
        self.evaluating.add(path)

        def script() -> None:
            run.frame = Frame(run.fresh_id(), path, "", 0)
            run.path = frozenset({(f"{path}:__name__=='__main__'", True)})
            run.execute(module.body)

        self._rooted("<module>", path, script)
        run.path = FREE

    def _evaluate_module(self, path: str) -> None:
        """The module code of an imported file, for its global values only."""
        module = self.table.files.module(path)
        if module is None or path in self.evaluating:
            return
        run = self.run
        if len(self.evaluating) > MAX_IMPORTED or self.import_depth == MAX_IMPORT_DEPTH:
            run.causes["import-budget"] = run.causes.get("import-budget", 0) + 1
            return
        self.evaluating.add(path)
        self.import_depth += 1
        saved = run.frame, run.path, run.grad, run.loops, run.entry_path, run.steps, run.limit, run.forward_depth, run.calls, run.stack
        run.path, run.grad, run.loops, run.entry_path = frozenset({(f"{path}:__name__=='__main__'", False)}), True, [], FREE
        run.steps, run.limit, run.forward_depth, run.calls, run.stack = 0, IMPORT_STEPS, 0, [], []
        run.muted += 1
        depth, mark = run.event_depth(), run.store.mark()
        try:
            with run.numbering(path):
                run.frame = Frame(run.fresh_id(), path, "", 0)
                with run.collecting():
                    run.execute(module.body)
        except (OutOfStepsError, RecursionError):
            run.causes["import-budget"] = run.causes.get("import-budget", 0) + 1
        finally:
            run.cut_events(depth)
            run.store.settle(mark)
            run.muted -= 1
            self.import_depth -= 1
            run.frame, run.path, run.grad, run.loops, run.entry_path, run.steps, run.limit, run.forward_depth, run.calls, run.stack = saved

    # --- functions --------------------------------------------------------------------------------

    def _rooted(self, name: str, path: str, action: object, framework: Framework | None = None) -> bool:
        """Run a root with its own budget; keeps its trace. If the budget runs out, once more without following calls. False if that
        fails too."""
        last = self.script_steps + max(LAST_STEPS, LAST_SHARE * self.share)
        depth = MAX_DEPTH if self.total < self.share else SHALLOW_DEPTH if self.total < last else 1
        mark = self.run.store.mark()
        if self._attempt(name, path, action, framework, depth):
            return True
        self.run.store.take_back(mark)
        return depth > 1 and self._attempt(name, path, action, framework, 1)

    def _attempt(self, name: str, path: str, action: object, framework: Framework | None, depth: int) -> bool:
        run = self.run
        run.steps = 0
        run.depth_limit = depth
        run.contexts = {}
        run.reset_events()
        run.loops, run.each, run.calls, run.stack = [], [], [], []
        run.grad = True
        run.autocast = False
        run.acts_on = ""
        whole = True
        try:
            with run.collecting() as tree:
                action()  # type: ignore[operator]
            built = sequence(tree)
        except (OutOfStepsError, RecursionError):
            self.spent += 1
            self.cut.setdefault(name)
            whole = False
            run.reset_events()
            run.muted = 0
            run.forward_depth = 0
            run.members_in_progress.clear()
            run.loops, run.each, run.calls, run.stack = [], [], [], []
        self.total += run.steps
        if whole and _has_events(built):
            self.traces.append(Trace(name, path, built, object_facts(run, built, framework)))
        return whole

    def _function(self, path: str, function: ir.Function) -> None:
        run = self.run
        run.functions[(path, function.at)] = function
        mark = run.store.mark()
        value = FunctionValue(path, function.at, 0)
        self._rooted(function.qualname, path, lambda: self._symbolically(value, function, None, None))
        run.store.take_back(mark)

    def _symbolically(
        self, value: FunctionValue, function: ir.Function, receiver: Ref | None, framework: Framework | None, kind: str = "method"
    ) -> Value:
        """Run a function with symbolic arguments."""
        run = self.run
        owner = value.owner
        name = f"{run.class_nodes[calls._class_key(owner)].name}.{function.name}" if owner else function.qualname
        frame = Frame(run.fresh_id(), value.path, name, value.frame, owner, receiver, function, [], [])
        if framework is not None:
            frame.framework = framework.name
            if function.name in framework.training_methods:
                frame.role = "training"
            elif function.name in framework.evaluation_methods:
                frame.role = "evaluation"
                run.grad = False
        run.frames[frame.id] = frame
        parameters = list(function.parameters)
        if receiver is not None and parameters and kind in ("method", "property", "class"):
            first = parameters.pop(0)
            run.store.write((frame.id, first.name), receiver)
        for parameter in parameters:
            run.store.write((frame.id, parameter.name), self._symbol(frame, parameter))
            run.births[(frame.id, parameter.name)] = tuple(run.loops)
        run.path = run.entry_path = FREE
        return calls.run_frame(run, frame, (value.path, value.at), run.place(value.at), value.at)

    def _symbol(self, frame: Frame, parameter: ir.Parameter) -> Value:
        run = self.run
        symbol = f"{frame.id}:{parameter.name}"
        if parameter.kind == "star":
            return run.unknown("star-parameter", -1, symbol)
        annotated = self._annotated(frame, parameter, symbol)
        if annotated is not None:
            return annotated
        unknown = Unknown("parameter", symbol)
        if parameter.default is not None and not isinstance(parameter.default, ir.Literal):
            default = calls.default_of(run, parameter, frame)
            if any(type(fact) in (Ref, FunctionValue, LibraryName, ClassValue, Partial, Bound) for fact in facts(default)):
                literal = f"default of {symbol}"
                options = [*guarded(default, frozenset({(literal, True)})), (unknown, frozenset({(literal, False)}))]
                return Choice(tuple(options))
        return unknown

    def _annotated(self, frame: Frame, parameter: ir.Parameter, symbol: str) -> Value | None:
        annotation = parameter.annotation
        if isinstance(annotation, ir.Subscript):
            return self._annotated_container(frame, annotation, symbol)
        if not isinstance(annotation, (ir.Name, ir.Attribute)):
            return None
        run = self.run
        saved = run.frame
        run.frame = Frame(run.fresh_id(), frame.path, frame.symbol, 0)
        try:
            value = run.evaluate(annotation)
        finally:
            run.frame = saved
        if type(value) is LibraryName:
            name = lookup.canonical(value.name)
            if name == "torch.Tensor":
                return Tensor(symbol=symbol, role="argument")
            if lookup.is_module_class(name):
                run.evidence(run.object_of_symbol(symbol), "module")
            elif lookup.optimizer(name) is not None or name.endswith("optim.Optimizer"):
                run.evidence(run.object_of_symbol(symbol), "optimizer")
            elif name == lookup.GRAD_SCALER:
                run.evidence(run.object_of_symbol(symbol), "scaler")
            elif lookup.handle(name) is not None:
                return run.allocate("library", annotation.at, parameter.name, library=name, fresh=False)
        return None

    def _annotated_container(self, frame: Frame, annotation: ir.Subscript, symbol: str) -> Value | None:
        """``dict[str, torch.Tensor]``, ``list[torch.Tensor]``."""
        run = self.run
        names = {"dict": "dict", "Dict": "dict", "Mapping": "dict", "list": "list", "List": "list", "Sequence": "list"}
        base = annotation.value.attr if isinstance(annotation.value, ir.Attribute) else getattr(annotation.value, "id", "")
        items = annotation.index.items if isinstance(annotation.index, ir.TupleExpr) else [annotation.index]
        if base not in names or not isinstance(items[-1], (ir.Name, ir.Attribute)):
            return None
        saved = run.frame
        run.frame = Frame(run.fresh_id(), frame.path, frame.symbol, 0)
        try:
            value = run.evaluate(items[-1])
        finally:
            run.frame = saved
        if type(value) is not LibraryName or lookup.canonical(value.name) != "torch.Tensor":
            return None
        made = run.allocate(names[base], annotation.at, base)
        run.store.write((made.id, ANY), Tensor(symbol=f"{symbol}[?]", role="argument"))
        return made

    # --- classes ----------------------------------------------------------------------------------

    def _class(self, path: str, node: ir.Class) -> None:
        run = self.run
        run.class_nodes[(path, node.at)] = node
        mark = run.store.mark()
        run.frame = Frame(run.fresh_id(), path, "", 0)
        made: list[Ref] = []

        def construct() -> None:
            run.frame = Frame(run.fresh_id(), path, "", 0)
            info = calls.class_info(run, ClassValue(path, node.at))
            one = calls.new_instance(run, info, node.at)
            made[:] = [one]
            method = find_method(run, info, "__init__")
            if method is not None:
                function = run.functions[(method.function.path, method.function.at)]
                self._symbolically(method.function, function, one, None)
            structure.note_structure(run, info, one)

        traces = len(self.traces)
        whole = self._rooted(f"{node.name}.__init__", path, construct)
        if made and run.heap[made[0].id].kind == "module":
            del self.traces[traces:]
        info = run.classes.get((path, node.at))
        if made and info is not None:
            if not whole:
                run.store.take_back(mark)
            methods = self._methods(info)
            changed = self._changed_methods(info, methods)
            self._fill_attributes(info, made[0], methods, changed)
            for name, method in changed.items():
                self._method(path, info, made[0], name, method)
        run.store.take_back(mark)

    def _methods(self, info: ClassInfo) -> dict[str, Method]:
        """The methods of a class, of its project bases too where it is no plain module; without ``__init__``."""
        found = {name: method for name, method in info.methods.items() if name != "__init__"}
        if not info.is_module or info.framework is not None:
            for entry in info.resolution[1:]:
                if isinstance(entry, str):
                    continue
                for name, method in self.run.classes[entry].methods.items():
                    if len(found) < MAX_INHERITED and name != "__init__":
                        found.setdefault(name, method)
        return found

    def _names_of_self(self, method: Method) -> frozenset[str]:
        function = self.run.functions[(method.function.path, method.function.at)]
        return self.run.relevance.own_names(method.function.path, function)

    def _changed_methods(self, info: ClassInfo, methods: dict[str, Method]) -> dict[str, Method]:
        """The methods that are not what they are in a base class: its own, and inherited ones that lead to something of its own."""
        own = {name for name, method in methods.items() if info.methods.get(name) is method}
        names = own | set(info.methods) | set(info.attributes)
        for method in info.methods.values():
            function = self.run.functions[(method.function.path, method.function.at)]
            names |= self.run.relevance.assigned(method.function.path, function.at, function.body).attributes
        inherited = {name: self._names_of_self(method) for name, method in methods.items() if name not in own}
        growing = True
        while growing:
            led = {name for name, mentioned in inherited.items() if name not in names and mentioned & names}
            names |= led
            growing = bool(led)
        return {name: method for name, method in methods.items() if name in own or (name in names and inherited[name] & names)}

    def _fill_attributes(self, info: ClassInfo, one: Ref, methods: dict[str, Method], wanting: dict[str, Method]) -> None:
        """Attributes that methods other than ``__init__`` set and others read: run those methods once, and keep what ``__init__``
        left open, or None. ``wanting``: the methods that will be run."""
        run = self.run
        for name, method in methods.items():
            if method.kind != "method" or name in ("forward", "__call__"):
                continue
            function = run.functions[(method.function.path, method.function.at)]
            assigned = run.relevance.assigned(method.function.path, function.at, function.body).attributes
            stored = {attribute for attribute in assigned if run.store.read((one.id, attribute)) in (None, NONE)}
            if not stored or not any(stored & self._names_of_self(other) for key, other in wanting.items() if key != name):
                continue
            mark = run.store.mark()
            saved = self.traces
            self.traces = []
            run.muted += 1
            whole = self._rooted(name, info.key[0], lambda m=method, f=function: self._symbolically(m.function, f, one, None))
            run.muted = 0
            self.traces = saved
            changes = run.store.take_back(mark)
            if whole:
                for attribute in sorted(stored):
                    key = (one.id, attribute)
                    content = changes.get(key)
                    if content is None or not isinstance(content, Struct) or type(content) is Constant:
                        continue
                    before = run.store.read(key)
                    if before is None:
                        run.store.write(key, content)
                    elif before == NONE:
                        run.store.write(key, choose([(NONE, FREE), *guarded(content, FREE)]))

    def _method(self, path: str, info: ClassInfo, one: Ref, name: str, method: Method) -> None:
        run = self.run
        function = run.functions[(method.function.path, method.function.at)]
        mark = run.store.mark()
        receiver: Ref | None = one if method.kind != "static" else None
        inside = info.is_module and info.framework is None and name in ("forward", "__call__")
        run.forward_depth = 1 if inside else 0

        framework = info.framework
        repeated = framework is not None and receiver is not None and name in framework.training_methods
        manual = framework is not None and receiver is not None and training.is_manual(run, framework, receiver)

        def action() -> None:
            run.forward_depth = 1 if inside else 0
            if framework is not None and repeated:
                self._repeatedly(method.function, function, one, framework, manual)
            else:
                self._symbolically(method.function, function, receiver, framework, method.kind)

        self._rooted(f"{info.name}.{name}", path, action, None if manual else framework)
        run.forward_depth = 0
        run.store.take_back(mark)

    def _repeatedly(self, value: FunctionValue, function: ir.Function, receiver: Ref, framework: Framework, manual: bool) -> None:
        """Run a method that a framework calls for every batch, and then computes gradients of the result, unless asked not to."""
        run = self.run
        hooks = [None] * 2 if not manual or function.name != framework.training_methods[0] else [*framework.around]
        run.loops = [function.at]
        with run.collecting() as tree:
            self._hook(receiver, framework, hooks[0])
            result = self._symbolically(value, function, receiver, framework)
            self._hook(receiver, framework, hooks[1])
            if not manual and "backward" in framework.owns:
                for fact in facts(training.returned_loss(run, result, function.at)):
                    if type(fact) is Tensor:
                        run.record(BackwardCall(run.site(function.at), fact))
        run.loops = []
        run.add(Loop("data", EMPTY, sequence(tree), EMPTY, run.place(function.at)) if manual and tree else sequence(tree))

    def _hook(self, receiver: Ref, framework: Framework, name: str | None) -> None:
        """Run what a class does around every batch, if it does."""
        key = self.run.heap[receiver.id].class_key
        method = find_method(self.run, self.run.classes[key], name) if name is not None and key is not None else None
        if method is not None:
            function = self.run.functions[(method.function.path, method.function.at)]
            self._symbolically(method.function, function, receiver, framework)


def _has_events(tree: Tree) -> bool:
    return any(True for _ in events_of(tree))


# --- facts about objects -------------------------------------------------------------------------------

_OPTIMIZER_WORDS = ("opt", "solver", "adam", "sgd")


def kind_of(run: Run, one: HeapObject) -> str:
    """The kind of an object as the events floor knows it; of a symbolic one from what it was used as."""
    if one.kind in ("module", "layer"):
        return "module"
    if one.kind in ("optimizer", "scheduler", "scaler", "loader", "criterion"):
        return one.kind
    marks = run.heap_evidence(one.id)
    if one.kind not in ("symbol", "instance"):
        return "unknown"
    if "optimizer" in marks or {"stepped", "clearable"} <= marks:
        return "optimizer"
    if "scaler" in marks:
        return "scaler"
    if "scheduler" in marks:
        return "scheduler"
    if "module" in marks:
        return "module"
    name = one.label.rpartition(".")[2].lower()
    if "stepped" in marks and any(word in name for word in _OPTIMIZER_WORDS):
        return "optimizer"
    if "clearable" in marks and any(word in name for word in _OPTIMIZER_WORDS):
        return "optimizer"
    return "unknown"


def object_facts(run: Run, tree: Tree, framework: Framework | None) -> dict[ObjectId, ObjectFacts]:
    """Facts about the objects that the events of a root touch."""
    ids = {subject.object for event in events_of(tree) for subject in event.subjects if subject.object in run.heap}
    if not ids:
        return {}
    cells: dict[int, list[tuple[str, Value]]] = {}
    for key, value in run.store.cells.items():
        if isinstance(key, tuple) and key[0] in run.heap:
            cells.setdefault(key[0], []).append((key[1], value))
    for one in list(ids):
        owned = run.store.read((one, "[owns]"))
        if type(owned) is Parameters:
            ids |= owned.modules & set(run.heap)
    schedulers = {one for one in ids if run.heap[one].kind == "scheduler"}
    if schedulers:
        ids |= {optimizer for one in schedulers for optimizer in _steered(run, one)}
        kept = _kept(run, schedulers, cells)
    else:
        kept = frozenset()
    managed = framework is not None and "zero_grad" in framework.owns
    result = {one: _facts_of(run, one, cells, managed) for one in sorted(ids)}
    for one in schedulers:
        result[one] = replace(result[one], steers=_steered(run, one), kept=one in kept)
    return result


def _steered(run: Run, scheduler: ObjectId) -> frozenset[ObjectId]:
    """The optimizer that a scheduler was given, if that is certain."""
    given = run.heap[scheduler].arguments.get("optimizer")
    if type(given) is not Ref:
        return frozenset()
    one = run.heap[given.id]
    return frozenset({given.id}) if one.kind == "optimizer" and one.class_key is None else frozenset()


_PASSIVE = frozenset({"list", "dict", "iterator", "set"})
"""Kinds of objects that do nothing with what they hold."""


def _kept(run: Run, schedulers: set[ObjectId], cells: dict[int, list[tuple[str, Value]]]) -> frozenset[ObjectId]:
    """The schedulers that an instance holds in an attribute, or that were given to what was constructed."""
    held = [value for one, pairs in cells.items() if run.heap[one].kind not in _PASSIVE for _, value in pairs]
    held += [value for other in run.heap.values() for value in other.arguments.values() if other.kind != "iterator"]
    within: set[ObjectId] = set()
    for value in held:
        for fact in facts(value):
            if type(fact) is Ref:
                inner = (item for item in (run.store.read((fact.id, name)) for name in (ITEMS, ANY)) if item is not None)
                within |= {fact.id, *(part.id for item in inner for part in _refs(item))}
            elif type(fact) is Tuple:
                within |= {part.id for part in _refs(fact)}
    return frozenset(schedulers & within)


def _refs(value: Value) -> Iterator[Ref]:
    for fact in facts(value):
        if type(fact) is Ref:
            yield fact
        elif type(fact) is Tuple:
            yield from (part for item in fact.items for part in facts(item) if type(part) is Ref)


def _facts_of(run: Run, one: ObjectId, cells: dict[int, list[tuple[str, Value]]], managed: bool) -> ObjectFacts:
    object_ = run.heap[one]
    kind = kind_of(run, object_)
    parts, unknown = _parts(run, one, cells)
    owned = run.store.read((one, "[owns]"))
    owns = owned.modules if type(owned) is Parameters else frozenset()
    mode = _mode_dependence(run, object_, parts, unknown) if kind == "module" else None
    initial = "train" if object_.fresh and kind == "module" and (object_.loader is None or object_.loader.mode == "train") else "unknown"
    if object_.loader is not None and object_.loader.mode == "eval":
        initial = "eval"
    if object_.class_key is not None and run.classes[object_.class_key].open:
        initial = "unknown" if object_.loader is None else initial
    return ObjectFacts(
        kind=kind,
        label=object_.label,
        place=object_.place,
        owns=owns,
        owns_unknown=type(owned) is not Parameters or owned.others or not owned.modules,
        parts=frozenset(parts),
        parts_unknown=unknown,
        fresh=object_.fresh,
        many=object_.many,
        mode_dependent=mode,
        initial_mode=initial,
        gradients_cleared_elsewhere=managed,
        frozen=run.store.read((one, "[frozen]")) is not None,
    )


def _parts(run: Run, one: ObjectId, cells: dict[int, list[tuple[str, Value]]]) -> tuple[set[ObjectId], bool]:
    """The submodules of a module, at all depths, and whether there may be others."""
    found: set[ObjectId] = set()
    unknown = False
    pending = [one]
    seen = {one}
    while pending and len(seen) < 400:
        current = pending.pop()
        object_ = run.heap[current]
        if (
            object_.kind == "symbol"
            or object_.loader is not None
            or (object_.class_key is not None and run.classes[object_.class_key].open)
        ):
            unknown = True
        for name, value in cells.get(current, ()):
            for fact in facts(value):
                for inner in _modules_in(run, fact):
                    if inner not in seen:
                        seen.add(inner)
                        if run.heap[inner].kind in MODULE_KINDS or run.heap[inner].kind == "symbol":
                            found.add(inner)
                        pending.append(inner)
                if (
                    type(fact) is Unknown
                    and not name.startswith("[")
                    and fact.symbol in run.symbols
                    and run.is_module_symbol(run.symbols[fact.symbol])
                ):
                    found.add(run.symbols[fact.symbol])
                    unknown = True
    return found, unknown


def _modules_in(run: Run, fact: object) -> list[ObjectId]:
    if type(fact) is Ref and run.heap[fact.id].kind in (*MODULE_KINDS, "list", "dict"):
        return [fact.id]
    if type(fact) is Tuple:
        return [inner for item in fact.items for f in facts(item) for inner in _modules_in(run, f)]
    return []


def _mode_dependence(run: Run, object_: HeapObject, parts: set[ObjectId], unknown: bool) -> bool | None:
    """Whether a module behaves otherwise in evaluation mode: dropout with p > 0, batch statistics, or code that asks for ``training``."""
    verdict: bool | None = None if unknown else False
    for one in (object_.id, *sorted(parts)):
        part = run.heap[one]
        if part.layer is not None and part.layer.mode != "never":
            if _dependent(part):
                return True
        if part.loader is not None:
            if part.loader.mode_dependence in ("dropout", "statistics"):
                return True
            verdict = None
        if part.class_key is not None and _asks_for_training(run, part.class_key):
            return True
        if part.class_key is not None and _calls_unknown(run, part.id, part.class_key):
            verdict = None
        if part.kind == "layer" and part.layer is None:
            verdict = None
    return verdict


def _calls_unknown(run: Run, one: ObjectId, key: tuple[str, int]) -> bool:
    """Whether a module calls an attribute of its own of which nothing is known."""
    for entry in run.classes[key].resolution:
        if isinstance(entry, str):
            continue
        for name in sorted(run.relevance.habits(entry[0], run.classes[entry].node).called):
            value = run.store.read((one, name))
            if value is not None and any(type(fact) is Unknown for fact in facts(value)):
                return True
    return False


def _dependent(part: HeapObject) -> bool:
    layer = part.layer
    assert layer is not None
    if layer.mode == "statistics":
        tracking = part.arguments.get("track_running_stats")
        return not (type(tracking) is Constant and tracking.value is False)
    if layer.mode == "dropout":
        chance = part.arguments.get("p", part.arguments.get("dropout", NONE))
        return not (type(chance) is Constant and chance.value in (0, 0.0)) and not (chance == NONE and "dropout" in layer.parameters)
    return False


def _asks_for_training(run: Run, key: tuple[str, int]) -> bool:
    """Whether the code of a class, or of one it inherits from, reads ``self.training``."""
    entries = (entry for entry in run.classes[key].resolution if not isinstance(entry, str))
    return any(run.relevance.habits(entry[0], run.classes[entry].node).asks_for_training for entry in entries)
