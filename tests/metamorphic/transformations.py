"""Rewritings of a program that change nothing of what it does.

Each takes files by name and gives files by name, or None if there is nothing that it could rewrite.
"""

# ruff: noqa: N802

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence

import libcst as cst
from libcst import matchers as m
from libcst.metadata import Assignment, FunctionScope, GlobalScope, MetadataWrapper, Scope, ScopeProvider

Files = Mapping[str, str]
Transformation = Callable[[Files], dict[str, str] | None]

SUFFIX = "_2"
HELPER = "extracted_helper"
MOVED = "moved_away"


def _each(files: Files, rewrite: Callable[[str], str | None]) -> dict[str, str] | None:
    """Rewrite every file; None if none changes."""
    rewritten = {name: rewrite(text) for name, text in files.items()}
    if all(text is None for text in rewritten.values()):
        return None
    return {name: text if text is not None else files[name] for name, text in rewritten.items()}


# --- renaming ------------------------------------------------------------------------------------------------


def rename_variables(files: Files) -> dict[str, str] | None:
    """Give local variables and parameters other names; parameters that some call names stay."""
    keywords = {name for text in files.values() for name in _keywords(cst.parse_module(text))}
    return _each(files, lambda text: _renamed(text, keywords))


def _keywords(tree: cst.Module) -> set[str]:
    return {argument.keyword.value for argument in m.findall(tree, m.Arg(keyword=m.Name())) if argument.keyword}  # type: ignore[attr-defined]


def _renamed(text: str, kept: set[str]) -> str | None:
    wrapper = MetadataWrapper(cst.parse_module(text))
    tree = wrapper.module
    if m.findall(tree, m.Global() | m.Nonlocal() | m.Del()):
        return None
    names: dict[cst.CSTNode, str] = {}
    scopes = {scope for scope in wrapper.resolve(ScopeProvider).values() if isinstance(scope, FunctionScope)}
    for scope in scopes:
        for name in {assignment.name for assignment in scope.assignments}:
            if name not in kept and name not in ("self", "cls") and not name.startswith("__"):
                names.update(dict.fromkeys(_mentions(scope, name), name + SUFFIX))
    return tree.visit(_Renamer(names)).code if names else None


def _mentions(scope: Scope, name: str) -> Iterable[cst.CSTNode]:
    """The nodes that define or read a variable; nothing if it is a function, class or import, or is captured by a class."""
    assignments = [one for one in scope.assignments[name] if isinstance(one, Assignment)]
    if len(assignments) != len(scope.assignments[name]):
        return
    nodes = [one.node for one in assignments]
    if any(not isinstance(node, cst.Name | cst.Param) for node in nodes):
        return
    for node in nodes:
        yield node.name if isinstance(node, cst.Param) else node
    for assignment in assignments:
        for access in assignment.references:
            yield access.node


class _Renamer(cst.CSTTransformer):
    def __init__(self, names: Mapping[cst.CSTNode, str]) -> None:
        self._names = names

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        new = self._names.get(original_node)
        return updated_node if new is None else updated_node.with_changes(value=new)


# --- extracting a helper ---------------------------------------------------------------------------------------


def extract_helper(files: Files) -> dict[str, str] | None:
    """Move the value of the last ``name = call(…)`` of a function into a function of its own, in the file that has one."""
    for name in reversed(list(files)):
        extracted = _extracted(files[name])
        if extracted is not None:
            return {**files, name: extracted}
    return None


def _extracted(text: str) -> str | None:
    wrapper = MetadataWrapper(cst.parse_module(text))
    scopes = wrapper.resolve(ScopeProvider)
    finder = _CallFinder(scopes)
    wrapper.module.visit(finder)
    if not finder.found:
        return None
    call, variables = finder.found[-1]
    parameters = ", ".join(variables)
    helper = cst.parse_statement(f"def {HELPER}({parameters}):\n    return {cst.Module([]).code_for_node(call)}\n\n\n")
    replaced = wrapper.module.deep_replace(call, cst.parse_expression(f"{HELPER}({parameters})"))
    assert isinstance(replaced, cst.Module)
    body = list(replaced.body)
    body.insert(_after_imports(body), helper)
    return replaced.with_changes(body=body).code


def _after_imports(body: Sequence[cst.CSTNode]) -> int:
    imports = [i for i, one in enumerate(body) if m.matches(one, m.SimpleStatementLine(body=[m.Import() | m.ImportFrom()]))]
    return imports[-1] + 1 if imports else 0


class _CallFinder(cst.CSTVisitor):
    """Calls that are assigned to one name in a function, with the local variables that they read."""

    def __init__(self, scopes: Mapping[cst.CSTNode, Scope | None]) -> None:
        self._scopes = scopes
        self.found: list[tuple[cst.Call, list[str]]] = []

    def visit_Assign(self, node: cst.Assign) -> None:
        if len(node.targets) != 1 or not isinstance(node.targets[0].target, cst.Name) or not isinstance(node.value, cst.Call):
            return
        scope = self._scopes.get(node.value)
        hard = m.Lambda() | m.ListComp() | m.GeneratorExp() | m.DictComp() | m.SetComp() | m.Await() | m.Yield() | m.NamedExpr()
        if not isinstance(scope, FunctionScope) or m.findall(node.value, hard | m.Name("super")):
            return
        variables = dict.fromkeys(one.value for one in self._read(node.value) if not _is_global(scope, one.value))
        if variables and all(isinstance(self._scopes.get(one), FunctionScope) for one in self._read(node.value)):
            self.found.append((node.value, list(variables)))

    def _read(self, node: cst.CSTNode) -> list[cst.Name]:
        names: list[cst.Name] = []
        node.visit(_NameCollector(names))
        return names


class _NameCollector(cst.CSTVisitor):
    def __init__(self, names: list[cst.Name]) -> None:
        self._names = names

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        node.value.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self._names.append(node)


def _is_global(scope: Scope, name: str) -> bool:
    found = scope[name]
    return hasattr(builtins, name) or (bool(found) and all(isinstance(one.scope, GlobalScope) for one in found))


# --- moving and reordering -----------------------------------------------------------------------------------


def move_class(files: Files) -> dict[str, str] | None:
    """Move the first class that needs nothing but imports to a file of its own."""
    for name, text in files.items():
        moved = None if "/" in name else _moved(text)
        if moved is not None:
            home, away = moved
            return {f"{MOVED}.py": away, **files, name: home}
    return None


def _moved(text: str) -> tuple[str, str] | None:
    wrapper = MetadataWrapper(cst.parse_module(text))
    tree = wrapper.module
    scopes = wrapper.resolve(ScopeProvider)
    imports = [one for one in tree.body if m.matches(one, m.SimpleStatementLine(body=[m.Import() | m.ImportFrom()]))]
    imported = set(_bound_by(imports))
    own = {assignment.name for scope in {scopes.get(tree)} if scope is not None for assignment in scope.assignments}
    for node in tree.body:
        if isinstance(node, cst.ClassDef) and not _names_in(node) & (own - imported - {node.name.value}):
            away = cst.Module([*imports, node]).code
            line = cst.parse_statement(f"from {MOVED} import {node.name.value}\n")
            body = [line if one is node else one for one in tree.body]
            return tree.with_changes(body=body).code, away
    return None


def _bound_by(imports: Iterable[cst.CSTNode]) -> Iterable[str]:
    for statement in imports:
        for alias in m.findall(statement, m.ImportAlias()):
            assert isinstance(alias, cst.ImportAlias)
            yield alias.evaluated_alias or alias.evaluated_name.partition(".")[0]


def _names_in(node: cst.CSTNode) -> set[str]:
    names: list[cst.Name] = []
    node.visit(_NameCollector(names))
    return {name.value for name in names}


def reorder_definitions(files: Files) -> dict[str, str] | None:
    """Turn round the order of functions that stand side by side, and of the methods of each class."""
    return _each(files, _reordered)


def _reordered(text: str) -> str | None:
    tree = cst.parse_module(text)
    methods = tree.visit(_Reorderer())
    changed = methods.with_changes(body=_turned(methods.body))
    return None if changed.code == text else changed.code


class _Reorderer(cst.CSTTransformer):
    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.BaseStatement:
        if not isinstance(updated_node.body, cst.IndentedBlock):
            return updated_node
        return updated_node.with_changes(body=updated_node.body.with_changes(body=_turned(updated_node.body.body)))


def _turned(body: Sequence[cst.CSTNode]) -> list[cst.CSTNode]:
    """Runs of plain functions are reversed; those with decorators or defaults stay where they are."""
    result: list[cst.CSTNode] = []
    run: list[cst.CSTNode] = []
    for node in body:
        if isinstance(node, cst.FunctionDef) and not node.decorators and not any(one.default for one in node.params.params):
            run.append(node)
            continue
        result += [*reversed(run), node]
        run = []
    return [*result, *reversed(run)]


# --- dead code ---------------------------------------------------------------------------------------------------


def add_dead_code(files: Files) -> dict[str, str] | None:
    """Add a function that nobody calls, a variable that nobody reads, a condition that never holds."""
    return _each(files, lambda text: cst.parse_module(text).visit(_DeadCode()).code + DEAD_FUNCTION)


DEAD_FUNCTION = '''

def never_called(first, second=None):
    """Nobody calls this."""
    if second is None:
        return first
    return [first, second]
'''


class _DeadCode(cst.CSTTransformer):
    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.BaseStatement:
        if not isinstance(updated_node.body, cst.IndentedBlock) or m.findall(updated_node.body, m.Yield()):
            return updated_node
        body = list(updated_node.body.body)
        at = 1 if m.matches(body[0], m.SimpleStatementLine(body=[m.Expr(m.SimpleString())])) else 0
        body[at:at] = [cst.parse_statement("unused_number = 40 + 2\n"), cst.parse_statement("if False:\n    unused_number = 7\n")]
        return updated_node.with_changes(body=updated_node.body.with_changes(body=body))

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.BaseStatement:
        if not isinstance(updated_node.body, cst.IndentedBlock):
            return updated_node
        body = [cst.parse_statement("pass\n"), *updated_node.body.body, cst.parse_statement("unused_text = 'the end'\n")]
        return updated_node.with_changes(body=updated_node.body.with_changes(body=body))


TRANSFORMATIONS: Mapping[str, Transformation] = {
    "rename": rename_variables,
    "extract": extract_helper,
    "move": move_class,
    "reorder": reorder_definitions,
    "dead-code": add_dead_code,
}
