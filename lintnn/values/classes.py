"""Classes of the project: their bases in resolution order, methods and attributes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.knowledge import lookup, records
from lintnn.knowledge.schema import Framework
from lintnn.values.domain import ClassValue, FunctionValue, LibraryName, Value, facts
from lintnn.values.run import Run


class Method(Struct, frozen=True, gc=False):
    """A method and what its decorators make of it: ``method``, ``property``, ``static``, ``class``."""

    function: FunctionValue
    kind: str


class ClassInfo(Struct, gc=False):
    """``resolution``: project classes and names of library classes, the class itself first. ``open``: some base is not known.
    ``is_record``: instances are output objects, with items by name; ``is_tuple``: they are named tuples."""

    key: tuple[str, int]
    name: str
    node: ir.Class
    frame: int
    methods: dict[str, Method]
    attributes: dict[str, ir.Expr]
    resolution: list[tuple[str, int] | str] = []
    open: bool = False
    is_module: bool = False
    framework: Framework | None = None
    values: dict[str, Value] = {}
    is_record: bool = False
    is_tuple: bool = False


_KINDS = {"property": "property", "cached_property": "property", "staticmethod": "static", "classmethod": "class", "setter": "setter"}


PLAIN_METACLASSES = frozenset({"ABCMeta", "EnumMeta", "type"})
"""Metaclasses that do not change how instances are made; any other may, so that the class is open."""


def decorator_name(decorator: ir.Expr) -> str:
    """The last name of a decorator expression."""
    match decorator:
        case ir.Name():
            return decorator.id
        case ir.Attribute():
            return decorator.attr
        case ir.Call():
            return decorator_name(decorator.func)
    return ""


def _kind(function: ir.Function) -> str:
    for decorator in function.decorators:
        kind = _KINDS.get(decorator_name(decorator))
        if kind is not None:
            return kind
    return "method"


def _members(body: list[ir.Stmt]) -> Iterator[ir.Stmt]:
    for statement in body:
        if isinstance(statement, ir.If):
            for arm in statement.arms:
                yield from _members(arm.body)
            yield from _members(statement.orelse)
        elif isinstance(statement, ir.Try):
            yield from _members(statement.body)
        else:
            yield statement


def describe(run: Run, value: ClassValue, bases: list[Value]) -> ClassInfo:
    """Make the description of a class out of its IR and the values of its bases."""
    key = (value.path, value.at)
    node = run.class_nodes[key]
    info = ClassInfo(key=key, name=node.name, node=node, frame=value.frame, methods={}, attributes={}, resolution=[key])
    for member in _members(node.body):
        if isinstance(member, ir.FunctionDef):
            function = member.function
            kind = _kind(function)
            if kind == "setter":
                continue
            run.functions[(value.path, function.at)] = function
            info.methods[function.name] = Method(FunctionValue(value.path, function.at, value.frame, f"{value.path}::{value.at}"), kind)
        elif isinstance(member, ir.Assign):
            for target in member.targets:
                if isinstance(target, ir.Name):
                    info.attributes[target.id] = member.value
        elif isinstance(member, ir.AnnAssign) and isinstance(member.target, ir.Name) and member.value is not None:
            info.attributes[member.target.id] = member.value
    run.classes[key] = info
    info.open = any(base.keyword == "metaclass" and decorator_name(base.value) not in PLAIN_METACLASSES for base in node.bases)
    for base in bases:
        _add_base(run, info, base)
    return info


def _add_base(run: Run, info: ClassInfo, base: Value) -> None:
    for fact in facts(base):
        if type(fact) is ClassValue and (fact.path, fact.at) in run.classes and (fact.path, fact.at) != info.key:
            other = run.classes[(fact.path, fact.at)]
            info.resolution = list(dict.fromkeys([*info.resolution, *other.resolution]))
            info.open |= other.open
            info.is_module |= other.is_module
            info.is_record |= other.is_record
            info.is_tuple |= other.is_tuple
            info.framework = info.framework or other.framework
        elif type(fact) is LibraryName:
            name = lookup.canonical(fact.name)
            info.is_tuple |= name in records.TUPLES
            info.is_record |= lookup.is_record(name)
            if name == "builtins.object" or name.startswith(("abc.", "typing.", "enum.")):
                continue
            info.resolution.append(name)
            info.is_module |= lookup.is_module_class(name)
            info.framework = info.framework or lookup.framework_of_base(name)
        else:
            info.open = True


def find_method(run: Run, info: ClassInfo, name: str, after: str = "") -> Method | None:
    """The method that an instance of the class has under this name; with ``after`` (a class as ``path::ordinal``), as ``super()``
    finds it there."""
    skipping = bool(after)
    for entry in info.resolution:
        if isinstance(entry, str):
            continue
        if skipping:
            skipping = f"{entry[0]}::{entry[1]}" != after
            continue
        found = run.classes[entry].methods.get(name)
        if found is not None:
            return found
    return None


def library_base(info: ClassInfo) -> str:
    """The first library class among the bases, empty if there is none."""
    return next((entry for entry in info.resolution if isinstance(entry, str)), "")


def fields_of(run: Run, info: ClassInfo) -> list[str]:
    """The annotated fields of a class in the order of a data class: those of its bases first."""
    names: dict[str, None] = {}
    for entry in reversed(info.resolution):
        if not isinstance(entry, str):
            body = run.classes[entry].node.body
            names.update((s.target.id, None) for s in body if isinstance(s, ir.AnnAssign) and isinstance(s.target, ir.Name))
    return list(names)
