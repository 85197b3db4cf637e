"""NN901: listings of files are paired, or give class indices, in the order of the file system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, FixKind, Note, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import children, walk

LISTINGS = frozenset({"listdir", "glob", "iglob", "rglob", "iterdir", "scandir"})
KEEPS_ORDER = frozenset({"list", "tuple"})
SORTS = frozenset({"sorted", "natsorted", "os_sorted", "humansorted", "realsorted"})
Key = tuple[str, str]
"""A variable or an attribute of ``self``: (``name`` or ``self``, its name)."""


class UnsortedFilePairing(Check[Report]):
    code = "NN901"
    name = "unsorted-file-pairing"
    family = Family.DATA
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "two listings of files are paired without sorting, or a listing gives class indices"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Pairs of listings, scope by scope: a function with its own variables, a class with its attributes."""
        if not model.mentions(*LISTINGS):
            return
        scopes: list[tuple[object, str]] = [(node, "self") for node in model.nodes(ir.Class)]
        scopes += [(node, "name") for node in model.nodes(ir.Function)]
        scopes.append((model.module, "name"))
        seen: set[int] = set()
        for scope, kind in scopes:
            nodes = list(walk(scope)) if kind == "self" else list(_own(scope))
            listed = _listed(nodes, kind)
            for at, message, keys in _uses(nodes, listed, kind):
                if at not in seen:
                    seen.add(at)
                    notes = tuple(Note(Place(model.path, listed[key]), "listed here, in any order") for key in keys)
                    yield self._report(Place(model.path, at), message, notes)

    def _report(self, place: Place, message: str, notes: tuple[Note, ...]) -> Report:
        return Report(
            code=self.code,
            place=place,
            message=message,
            why="A listing comes in the order of the file system: on another machine images get the labels of others, without any error.",
            advice="Sort each listing where it is made: `sorted(os.listdir(folder))`.",
            notes=notes,
            confidence=Confidence.HIGH,
        )


def _own(scope: object) -> Iterator[object]:
    """The nodes of a scope without those of functions and classes inside."""
    pending: list[object] = list(scope.body)  # type: ignore[attr-defined]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ir.Class, ir.Function)):
            pending.extend(children(node))


def _key(node: ir.Expr, kind: str) -> Key | None:
    if kind == "name":
        return ("name", node.id) if isinstance(node, ir.Name) else None
    is_own = isinstance(node, ir.Attribute) and isinstance(node.value, ir.Name) and node.value.id == "self"
    return ("self", node.attr) if is_own else None  # type: ignore[union-attr]


def _listed(nodes: list[object], kind: str) -> dict[Key, int]:
    """What only ever holds a listing in its first order, and where that is made."""
    found: dict[Key, int] = {}
    spoiled: set[Key] = set()
    for node in nodes:
        if isinstance(node, ir.Assign):
            for target in node.targets:
                key = _key(target, kind)
                if key is not None:
                    if _is_listing(node.value) and key not in found:
                        found[key] = node.value.at
                    else:
                        spoiled.add(key)
        elif isinstance(node, ir.ExprStmt) and isinstance(node.value, ir.Call):
            spoiled.update(key for key in _touched(node.value, kind) if key is not None)
    return {key: at for key, at in found.items() if key not in spoiled}


def _touched(call: ir.Call, kind: str) -> list[Key | None]:
    """What a statement may reorder: ``x.sort()``, ``shuffle(x)``."""
    receiver = [call.func.value] if isinstance(call.func, ir.Attribute) else []
    return [_key(part, kind) for part in (*receiver, *(argument.value for argument in call.args))]


def _is_listing(node: ir.Expr) -> bool:
    """Whether an expression gives a listing as the file system does: also filtered, mapped or copied."""
    if isinstance(node, ir.Comprehension):
        return node.kind == "list" and len(node.clauses) == 1 and _is_listing(node.clauses[0].iter)
    if not isinstance(node, ir.Call):
        return False
    name = node.func.attr if isinstance(node.func, ir.Attribute) else node.func.id if isinstance(node.func, ir.Name) else ""
    if name in KEEPS_ORDER and node.args:
        return _is_listing(node.args[0].value)
    return name in LISTINGS


def _uses(nodes: list[object], listed: dict[Key, int], kind: str) -> Iterator[tuple[int, str, list[Key]]]:
    for node in nodes:
        if isinstance(node, ir.Call):
            yield from _pairing(node, listed, kind)
        elif isinstance(node, ir.Comprehension) and node.kind == "dict" and _numbers(node, listed, kind):
            yield node.at, "Class indices are numbered in the order of a listing.", []
    if kind == "self":
        yield from _indexed(nodes, listed)


def _pairing(call: ir.Call, listed: dict[Key, int], kind: str) -> Iterator[tuple[int, str, list[Key]]]:
    if isinstance(call.func, ir.Name) and call.func.id == "zip" and len(call.args) > 1:
        parts = [argument.value for argument in call.args]
        keys = [key for part in parts if (key := _key(part, kind)) in listed and key is not None]
        if len(keys) + sum(_is_listing(part) for part in parts) > 1:
            yield call.at, "Two listings of files are paired by `zip`, each in an order of its own.", keys
        elif any(_is_sort(part) for part in parts):
            yield call.at, "`zip` gets what `sort()` returns, which is None.", []
    if isinstance(call.func, ir.Attribute) and call.func.attr == "index" and len(call.args) == 1:
        key = _key(call.func.value, kind)
        if key is not None and key in listed:
            yield call.at, "The position in a listing is used as an index of a class.", [key]


def _is_sort(node: ir.Expr) -> bool:
    return isinstance(node, ir.Call) and isinstance(node.func, ir.Attribute) and node.func.attr == "sort" and not node.args


def _numbers(node: ir.Comprehension, listed: dict[Key, int], kind: str) -> bool:
    """``{name: i for i, name in enumerate(listing)}``."""
    source = node.clauses[0].iter
    if not isinstance(source, ir.Call) or not isinstance(source.func, ir.Name) or source.func.id != "enumerate" or not source.args:
        return False
    inner = source.args[0].value
    return _is_listing(inner) or _key(inner, kind) in listed


def _indexed(nodes: list[object], listed: dict[Key, int]) -> Iterator[tuple[int, str, list[Key]]]:
    """``self.images[i]`` and ``self.masks[i]`` in one function."""
    for function in nodes:
        if not isinstance(function, ir.Function) or function.name != "__getitem__":
            continue
        by_index: dict[str, dict[Key, int]] = {}
        for node in walk(function):
            if isinstance(node, ir.Subscript) and isinstance(node.index, ir.Name):
                key = _key(node.value, "self")
                if key is not None and key in listed:
                    by_index.setdefault(node.index.id, {}).setdefault(key, node.at)
        for used in by_index.values():
            if len(used) > 1:
                yield max(used.values()), "Two listings of files are indexed together, each in an order of its own.", sorted(used)
