"""What a module looks like when its ``__init__`` is done: unregistered sub-modules, a base that was never initialised."""

from __future__ import annotations

from lintnn.values.classes import ClassInfo, find_method
from lintnn.values.domain import Fact, Ref, Tensor, Tuple, Value, facts
from lintnn.values.happenings import ObjectId
from lintnn.values.heap import LAST, MODULE_KINDS
from lintnn.values.records import HeldModules, Uninitialised
from lintnn.values.run import Run

SUPER = "[super]"
"""The cell that tells that ``nn.Module.__init__`` has run."""
PLAIN = frozenset({"list", "dict"})
MAX_OBJECTS = 400

Cells = dict[ObjectId, list[tuple[str, Value]]]


def before_super(run: Run, one: ObjectId) -> bool:
    """Whether the object's ``__init__`` is running and has certainly not reached the one of ``nn.Module`` yet."""
    key = run.heap[one].class_key
    if key is None or not run.classes[key].is_module or run.classes[key].open:
        return False
    method = find_method(run, run.classes[key], "__init__")
    if method is None or (method.function.path, method.function.at) not in run.stack:
        return False
    return run.store.read((one, SUPER)) is None


def note_structure(run: Run, info: ClassInfo, made: Ref) -> None:
    """Note what rules ask about a new instance of a module class."""
    if not info.is_module:
        return
    if not info.open and find_method(run, info, "__init__") is not None and run.store.read((made.id, SUPER)) is None:
        run.record(Uninitialised(info.key))
    cells = _cells(run)
    registered = _registered(run, made.id, cells)
    for name, value in cells.get(made.id, ()):
        if name.startswith("["):
            continue
        kinds = {_container(run, fact) for fact in facts(value)}
        if len(kinds) != 1 or "" in kinds:
            continue
        held = tuple(dict.fromkeys(one for fact in facts(value) for one in _modules_in(run, fact, cells)))
        if held and not any(one in registered for one in held):
            weighted = any(_weighted(run, one, cells, set()) for one in held)
            run.record(HeldModules(info.key, name, kinds.pop(), held, weighted))


def _cells(run: Run) -> Cells:
    found: Cells = {}
    for key, value in run.store.cells.items():
        if isinstance(key, tuple) and isinstance(key[0], int) and key[0] in run.heap:
            found.setdefault(key[0], []).append((key[1], value))
    return found


def parts(run: Run, one: ObjectId) -> set[ObjectId]:
    """A module and the modules that are registered in it, at all depths."""
    return _registered(run, one, _cells(run)) | {one}


def _registered(run: Run, one: ObjectId, cells: Cells) -> set[ObjectId]:
    found: set[ObjectId] = set()
    pending = [one]
    while pending and len(found) < MAX_OBJECTS:
        current = pending.pop()
        for name, value in cells.get(current, ()):
            for inner in _in_cell(run, name, value):
                if inner not in found:
                    found.add(inner)
                    pending.append(inner)
    return found


def _direct(run: Run, fact: Fact) -> list[ObjectId]:
    """Modules that are the value of a cell; the items of a registering container are a tuple in a cell of it."""
    if type(fact) is Ref and run.heap[fact.id].kind in MODULE_KINDS:
        return [fact.id]
    return []


def _in_cell(run: Run, name: str, value: Value) -> list[ObjectId]:
    """The modules that a cell of a module registers: attributes that are modules, the items of registering containers."""
    found: list[ObjectId] = []
    for fact in facts(value):
        if type(fact) is Tuple and name.startswith("["):
            found.extend(one for item in fact.items for inner in facts(item) for one in _direct(run, inner))
        else:
            found.extend(_direct(run, fact))
    return found


def _container(run: Run, fact: Fact) -> str:
    if type(fact) is Tuple:
        return "tuple"
    if type(fact) is Ref and run.heap[fact.id].kind in PLAIN:
        return run.heap[fact.id].kind
    return ""


def _modules_in(run: Run, fact: Fact, cells: Cells, depth: int = 0) -> list[ObjectId]:
    if depth > 4:
        return []
    if type(fact) is Tuple:
        return [one for item in fact.items for inner in facts(item) for one in _modules_in(run, inner, cells, depth + 1)]
    if type(fact) is not Ref:
        return []
    if run.heap[fact.id].kind in MODULE_KINDS:
        return [fact.id]
    if run.heap[fact.id].kind in PLAIN:
        inside = [value for name, value in cells.get(fact.id, ()) if name not in ("[keys]", LAST)]
        return [one for value in inside for inner in facts(value) for one in _modules_in(run, inner, cells, depth + 1)]
    return []


def _weighted(run: Run, one: ObjectId, cells: Cells, seen: set[ObjectId]) -> bool:
    """Whether a module surely has parameters, statistics or a mode."""
    if one in seen or len(seen) > MAX_OBJECTS:
        return False
    seen.add(one)
    module = run.heap[one]
    if module.loader is not None:
        return True
    if module.layer is not None and (module.layer.has_parameters or module.layer.mode in ("dropout", "statistics")):
        return True
    for name, value in cells.get(one, ()):
        if any(type(fact) is Tensor and fact.role == "parameter" for fact in facts(value)):
            return True
        if any(_weighted(run, other, cells, seen) for other in _in_cell(run, name, value)):
            return True
    return False
