"""What the top level of a file defines: functions, classes, imports, assigned names. And lookups across files."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.project.files import Files
from lintnn.project.imports import Imports
from lintnn.project.uses import AttributeUses


class Symbols(Struct, gc=False):
    """The bindings of a file's top level; of several bindings of a name the last one counts. ``stars``: modules imported with ``*``."""

    functions: dict[str, ir.Function]
    classes: dict[str, ir.Class]
    modules: dict[str, tuple[str, int, str | None]]
    """Imported names: (module, level, name in it or None for the module itself)."""
    assigned: set[str]
    stars: list[tuple[str, int]]


def _walk(body: list[ir.Stmt]) -> Iterator[ir.Stmt]:
    for statement in body:
        yield statement
        match statement:
            case ir.If():
                for arm in statement.arms:
                    yield from _walk(arm.body)
                yield from _walk(statement.orelse)
            case ir.Try():
                yield from _walk(statement.body)
                for handler in statement.handlers:
                    yield from _walk(handler.body)
                yield from _walk(statement.orelse)
                yield from _walk(statement.final)
            case ir.With() | ir.For() | ir.While():
                yield from _walk(statement.body)


def target_names(target: ir.Expr) -> Iterator[str]:
    """The names that an assignment target binds."""
    match target:
        case ir.Name():
            yield target.id
        case ir.TupleExpr() | ir.ListExpr():
            for item in target.items:
                yield from target_names(item)
        case ir.Starred():
            yield from target_names(target.value)


def symbols_of(module: ir.Module) -> Symbols:
    """The top level's bindings, those inside ``if``, ``try``, ``with`` and loops included."""
    found = Symbols({}, {}, {}, set(), [])
    for statement in _walk(module.body):
        match statement:
            case ir.FunctionDef():
                found.functions[statement.function.name] = statement.function
            case ir.ClassDef():
                found.classes[statement.definition.name] = statement.definition
            case ir.Import():
                for dotted, alias in statement.names:
                    name = alias or dotted.partition(".")[0]
                    found.modules[name] = (dotted if alias else name, 0, None)
            case ir.ImportFrom():
                if not statement.names:
                    found.stars.append((statement.module, statement.level))
                for name, alias in statement.names:
                    found.modules.setdefault(alias or name, (statement.module, statement.level, name))
            case ir.Assign():
                for target in statement.targets:
                    found.assigned.update(target_names(target))
            case ir.AnnAssign() | ir.AugAssign():
                found.assigned.update(target_names(statement.target))
            case ir.For():
                found.assigned.update(target_names(statement.target))
            case ir.With():
                for item in statement.items:
                    if item.target is not None:
                        found.assigned.update(target_names(item.target))
    return found


def _bound_names(symbols: Symbols) -> set[str]:
    return {*symbols.functions, *symbols.classes, *symbols.modules, *symbols.assigned}


class SymbolTable:
    """Top-level symbols of every file, made on demand."""

    def __init__(self, files: Files, imports: Imports) -> None:
        self.files = files
        self.imports = imports
        self._symbols: dict[str, Symbols | None] = {}
        self._stars: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._exporters: dict[tuple[str, str], str | None] = {}
        self._binders: dict[str, set[str]] = {}
        self._uses: AttributeUses | None = None
        self._values: dict[str, dict[str, list[ir.Expr]]] = {}

    def of(self, path: str) -> Symbols | None:
        """The symbols of a file, None if it cannot be read."""
        if path not in self._symbols:
            module = None if path.endswith("/") else self.files.module(path)
            found = self._symbols[path] = None if module is None else symbols_of(module)
            for name in _bound_names(found) if found is not None else ():
                self._binders.setdefault(name, set()).add(path)
        return self._symbols[path]

    def star_imports(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The project files, and the library modules, whose names ``from … import *`` brings into a file, directly or through each
        other."""
        known = self._stars.get(path)
        if known is None:
            known = self._stars[path] = self._follow_stars(path)
        return known

    def _follow_stars(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        files: dict[str, None] = {}
        libraries: dict[str, None] = {}
        pending = [path]
        while pending:
            current = pending.pop(0)
            symbols = self.of(current)
            for module, level in symbols.stars if symbols is not None else ():
                target = self.imports.resolve(current, module, level)
                if target is None:
                    libraries.setdefault(module)
                elif target not in files and target != path:
                    files[target] = None
                    pending.append(target)
        return tuple(files), tuple(libraries)

    def star_exporter(self, path: str, name: str) -> str | None:
        """The project file that a star import of ``path`` takes ``name`` from."""
        key = (path, name)
        if key not in self._exporters:
            files = self.star_imports(path)[0]
            binders = self._binders.get(name)
            self._exporters[key] = None if binders is None else next((file for file in files if file in binders), None)
        return self._exporters[key]

    def assigned_values(self, path: str, name: str) -> list[ir.Expr]:
        """The expressions that the top level of a file assigns to a name."""
        module = self.files.module(path)
        return [] if module is None else self._values_by_name(path, module).get(name, [])

    def _values_by_name(self, path: str, module: ir.Module) -> dict[str, list[ir.Expr]]:
        known = self._values.get(path)
        if known is None:
            known = self._values[path] = {}
            for statement in _walk(module.body):
                if isinstance(statement, ir.Assign | ir.AnnAssign) and statement.value is not None:
                    targets = statement.targets if isinstance(statement, ir.Assign) else [statement.target]
                    for name in (name for target in targets for name in target_names(target)):
                        known.setdefault(name, []).append(statement.value)
        return known

    def methods(self, path: str, name: str) -> list[ir.Function]:
        """The methods of a name in the top-level classes of a file."""
        symbols = self.of(path)
        bodies = [] if symbols is None else [definition.body for definition in symbols.classes.values()]
        defined = [statement.function for body in bodies for statement in body if isinstance(statement, ir.FunctionDef)]
        return [function for function in defined if function.name == name]

    def uses(self) -> AttributeUses:
        """Which attributes the files of the project read; found when it is first asked for."""
        if self._uses is None:
            self._uses = AttributeUses(self.files)
        return self._uses
