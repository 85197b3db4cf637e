"""Names: which cell a name means, and what imported names stand for."""

from __future__ import annotations

import builtins

from lintnn.frontend import ir
from lintnn.knowledge import lookup
from lintnn.values.domain import (
    ClassValue,
    FunctionValue,
    LibraryName,
    ModuleValue,
    Unknown,
    Value,
)
from lintnn.values.run import Frame, Run

PYTHON_NAMES = frozenset(dir(builtins))
LOCAL, CLOSURE = ir.Scope.LOCAL, ir.Scope.CLOSURE


def key_of_binding(run: Run, name: str) -> object:
    """The cell that a definition or import of ``name`` in the current code writes."""
    return (run.frame.path, name) if run.frame.function is None else (run.frame.id, name)


def key_of_name(run: Run, node: ir.Name) -> object:
    """The cell that a name in the current code means."""
    frame, scope = run.frame, node.scope
    if scope == LOCAL:
        return (frame.path if frame.function is None else frame.id, node.id)
    return _closure_key(run, node.id) if scope == CLOSURE else (frame.path, node.id)


def _closure_key(run: Run, name: str) -> object:
    frame = run.frames.get(run.frame.parent) if run.frame.parent else None
    while frame is not None:
        if run.store.read((frame.id, name)) is not None or (frame.function is not None and name in frame.function.locals):
            return (frame.id, name)
        frame = run.frames.get(frame.parent) if frame.parent else None
    return (run.frame.id, name)


def read_name(run: Run, node: ir.Name) -> Value:
    """What a name stands for."""
    value = run.store.cells.get(key_of_name(run, node))
    if value is not None:
        return value
    if node.scope == ir.Scope.LOCAL:
        if run.frame.function is None:
            return global_value(run, run.frame.path, node.id, node.at)
        return run.unknown("unset-local", node.at, f"{run.frame.id}:{node.id}")
    if node.scope == ir.Scope.CLOSURE:
        return run.unknown("closure", node.at, f"{run.frame.parent}:{node.id}")
    return global_value(run, run.frame.path, node.id, node.at)


def global_value(run: Run, path: str, name: str, at: int) -> Value:
    """What a module-level name of a file stands for: from its cells, else its definitions, else the builtins."""
    value = run.store.read((path, name)) or run.builtins.get((path, name))
    if value is not None:
        return value
    found = definition(run, path, name)
    if found is not None:
        run.store.write((path, name), found)
        return found
    symbols = run.table.of(path)
    if symbols is not None:
        if name in symbols.assigned:
            run.evaluate_module(path)
            value = run.store.read((path, name))
            return value if value is not None else run.unknown("global", at, f"{path}:{name}")
        if symbols.stars:
            found = _from_star(run, path, name, at)
            if found is not None:
                return found
    if name == "__name__":
        return Unknown("module-name", f"{path}:__name__")
    found = run.builtins[(path, name)] = LibraryName(f"builtins.{name}")
    return found


def _from_star(run: Run, path: str, name: str, at: int) -> Value | None:
    """What a star import gives for a name; None if no star import has it."""
    exporter = run.table.star_exporter(path, name)
    if exporter is not None:
        return global_value(run, exporter, name, at)
    for library in run.table.star_imports(path)[1]:
        qualified = f"{library}.{name}"
        if lookup.is_known(qualified) and not lookup.is_inert(qualified) and name not in PYTHON_NAMES:
            return LibraryName(qualified)
    return None


def definition(run: Run, path: str, name: str) -> Value | None:
    """A function, class or import that the file's top level defines under this name."""
    symbols = run.table.of(path)
    if symbols is None:
        return None
    function = symbols.functions.get(name)
    if function is not None:
        run.functions[(path, function.at)] = function
        return decorated(run, path, function)
    node = symbols.classes.get(name)
    if node is not None:
        run.class_nodes[(path, node.at)] = node
        return ClassValue(path, node.at)
    imported = symbols.modules.get(name)
    if imported is not None:
        module, level, inner = imported
        saved = run.frame
        run.frame = Frame(run.fresh_id(), path, "", 0)
        try:
            return import_module(run, module, level) if inner is None else import_name(run, module, level, inner)
        finally:
            run.frame = saved
    return None


def decorated(run: Run, path: str, function: ir.Function) -> Value:
    """A top-level function; decorators of the project are taken as transparent."""
    return FunctionValue(path, function.at, 0)


def import_module(run: Run, dotted: str, level: int) -> Value:
    """What ``import dotted`` binds (the module itself)."""
    if not level and _is_library(run, dotted):
        return LibraryName(dotted)
    target = run.table.imports.resolve(run.frame.path, dotted, level)
    return ModuleValue(target) if target is not None else LibraryName(dotted)


def import_name(run: Run, module: str, level: int, name: str) -> Value:
    """What ``from module import name`` binds."""
    if not level and _is_library(run, module):
        return LibraryName(f"{module}.{name}")
    target = run.table.imports.resolve(run.frame.path, module, level)
    if target is None:
        return LibraryName(f"{module}.{name}" if not level else f"?.{module}.{name}")
    return member(run, target, name, -1)


def _is_library(run: Run, dotted: str) -> bool:
    """Whether a dotted name is a library's: known as one, and no file of the project stands where a script would find it first."""
    top = dotted.partition(".")[0]
    if not lookup.is_library(top):
        return False
    candidates = (run.table.imports.resolve(run.frame.path, name) for name in dict.fromkeys((top, dotted)))
    return not any(found is not None and found.endswith(".py") and found != run.frame.path for found in candidates)


def member(run: Run, target: str, name: str, at: int) -> Value:
    """``name`` of a project module or package."""
    symbols = run.table.of(target)
    if symbols is not None and (
        name in symbols.functions or name in symbols.classes or name in symbols.modules or name in symbols.assigned
    ):
        key = (target, name)
        if key in run.members_in_progress:
            return run.unknown("import-cycle", at, f"{target}:{name}")
        run.members_in_progress.add(key)
        try:
            return global_value(run, target, name, at)
        finally:
            run.members_in_progress.discard(key)
    inner = run.table.imports.submodule(target, name)
    if inner is not None:
        return ModuleValue(inner)
    if symbols is not None and symbols.stars:
        found = _from_star(run, target, name, at)
        if found is not None:
            return found
    return run.unknown("missing-member", at, f"{target}:{name}")
