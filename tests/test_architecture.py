"""The shape of the package: which module may import what, and that rules, pages and derived files agree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lintnn import dev
from lintnn.checks import Check, all_checks, load_rule, rulebook
from lintnn.config.rulebook import Rule
from lintnn.explain import FACTS_END, FACTS_START, facts_line

PROJECT = Path(__file__).resolve().parent.parent
PACKAGE = PROJECT / "lintnn"

FLOORS = {
    "lintnn": 0,
    "lintnn.findings": 1,
    "lintnn.config": 1,
    "lintnn.frontend": 2,
    "lintnn.project": 3,
    "lintnn.knowledge": 4,
    "lintnn.values": 5,
    "lintnn.events": 6,
    "lintnn.model": 7,
    "lintnn.fixes": 8,
    "lintnn.checks": 9,
    "lintnn.engine": 10,
    "lintnn.report": 11,
    "lintnn.lsp": 11,
    "lintnn.trace": 11,
    "lintnn.cli": 11,
    "lintnn.explain": 11,
    "lintnn.testing": 11,
    "lintnn.ledger": 11,
    "lintnn.dev": 11,
    "lintnn.__main__": 11,
}
"""A module imports modules of its own floor's package and of floors with a smaller number; the faces of floor 11 know one another."""

OUTSIDE = {
    "libcst": {"lintnn.frontend", "lintnn.fixes"},
    "networkx": {"lintnn.project", "lintnn.events"},
    "click": {"lintnn.cli"},
    "pathspec": {"lintnn.config"},
    "pygls": {"lintnn.lsp"},
    "lsprotocol": {"lintnn.lsp"},
    "torch": {"lintnn.trace", "lintnn.testing"},
    "msgspec": set(FLOORS),
}
"""Packages from elsewhere, and the parts of lintnn that may import them."""

RESERVED = {"ast": {"lintnn.frontend"}, "pickle": set(), "marshal": set(), "shelve": set()}
"""Modules of the standard library that only some parts may import."""

CHECKS_MAY_IMPORT = (
    "lintnn.checks.base",
    "lintnn.frontend.ir",
    "lintnn.model",
    "lintnn.knowledge",
    "lintnn.values",
    "lintnn.events",
    "lintnn.findings",
    "lintnn.fixes",
)


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_of(name: str) -> Iterator[tuple[str, int]]:
    """Every module that a module imports anywhere in its text, with the line."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: relative import"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in MODULES else node.module), node.lineno


def part_of(module: str) -> str:
    """The entry of FLOORS that a module belongs to."""
    parts = module.split(".")
    return next((part for size in (2, 1) if (part := ".".join(parts[:size])) in FLOORS), module)


@pytest.mark.parametrize("name", list(MODULES))
def test_every_module_stands_on_a_floor(name: str) -> None:
    assert name == "lintnn" or part_of(name) != "lintnn", f"{name} is on no floor: add it to FLOORS"


@pytest.mark.parametrize("name", list(MODULES))
def test_floors_import_downwards(name: str) -> None:
    floor = FLOORS[part_of(name)]
    wrong = [
        f"line {line}: {imported} (floor {FLOORS[part_of(imported)]})"
        for imported, line in imports_of(name)
        if imported.split(".")[0] == "lintnn"
        and part_of(imported) != part_of(name)
        and FLOORS[part_of(imported)] >= floor
        and not (floor == FLOORS[part_of(imported)] and floor in (1, 11))
    ]
    assert not wrong, f"{name} (floor {floor}) imports {wrong}"


@pytest.mark.parametrize("name", list(MODULES))
def test_outside_packages_stay_where_they_belong(name: str) -> None:
    wrong = []
    for imported, line in imports_of(name):
        top = imported.split(".")[0]
        if top == "lintnn":
            continue
        if top in OUTSIDE or top in RESERVED:
            allowed = OUTSIDE.get(top, set()) | RESERVED.get(top, set())
        else:
            allowed = set(FLOORS) if top in sys.stdlib_module_names else set()
        if part_of(name) not in allowed:
            wrong.append(f"line {line}: {imported}")
    assert not wrong, f"{name} may not import {wrong}"


SHARED = {name for name in MODULES if name.startswith("lintnn.checks.")} - {rule.origin.partition(":")[0] for rule in rulebook()}
"""Modules beside the checks that hold no rule: what several checks share."""


@pytest.mark.parametrize("name", [name for name in MODULES if name.count(".") == 3 and name.startswith("lintnn.checks.")])
def test_checks_are_pure_and_know_no_other_check(name: str) -> None:
    allowed_outside = {
        "__future__",
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "itertools",
        "math",
        "msgspec",
        "operator",
        "re",
        "typing",
    }
    wrong = [
        f"line {line}: {imported}"
        for imported, line in imports_of(name)
        if not imported.startswith(CHECKS_MAY_IMPORT) and imported not in SHARED and imported.split(".")[0] not in allowed_outside
    ]
    assert not wrong, f"{name} may not import {wrong}"


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("from lintnn.cli import run; run(['--version'])", ("libcst", "networkx", "torch", "pathspec", "lintnn.engine", "lintnn.checks")),
        ("from lintnn.cli import run; run(['explain', 'NN001'])", ("libcst", "networkx", "torch", "pathspec", "lintnn.engine")),
        ("from lintnn.cli import run; run(['rules'])", ("libcst", "networkx", "torch", "pathspec", "lintnn.engine")),
        ("import lintnn.report.sarif, lintnn.report.full", ("libcst", "networkx", "torch", "click", "lintnn.engine")),
        ("import lintnn.config.selectors", ("libcst", "networkx", "torch", "click", "pathspec")),
    ],
)
def test_quick_commands_import_nothing_heavy(statement: str, absent: tuple[str, ...]) -> None:
    probe = f"{statement}\nimport sys; print(*[name for name in {absent!r} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    pages = {path.name for path in (PROJECT / "rules").glob("NN*.md")}
    assert pages == {rule.page_name for rule in rulebook()}


@pytest.mark.parametrize("rule", rulebook().rules, ids=lambda rule: rule.code)
def test_the_facts_of_a_page_are_those_of_its_class(rule: Rule) -> None:
    page = (PROJECT / "rules" / rule.page_name).read_text(encoding="utf-8")
    assert page.startswith(f"# {rule.name} ({rule.code})\n")
    assert f"{FACTS_START}\n{facts_line(rule)}\n{FACTS_END}" in page, "run: python -m lintnn.dev sync"


@pytest.mark.parametrize("rule", rulebook().rules, ids=lambda rule: rule.code)
def test_the_facts_of_a_rule_are_well_formed(rule: Rule) -> None:
    assert rule.code.startswith(rule.family.prefix)
    assert not rule.summary.endswith(".")
    assert ". " not in rule.summary, "one phrase"
    assert len(rule.summary) <= 120
    module, _, name = rule.origin.partition(":")
    assert module == f"lintnn.checks.{rule.family}.{rule.name.replace('-', '_')}"
    assert load_rule(rule).__name__ == name


def test_the_code_map_names_every_module() -> None:
    text = (PACKAGE / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_/]+\.py)`", text)) | {f"report/{name}.py" for name in re.findall(r"`(\w+)`", _row_of(text, "report/"))}
    rules = {f"{rule.origin.partition(':')[0].removeprefix('lintnn.').replace('.', '/')}.py" for rule in rulebook()}
    there = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"}
    assert there - rules - named == set(), "modules that the code map leaves out"
    assert [name for name in sorted(named - there) if "/" in name and not (PROJECT / name).is_file()] == [], "files that do not exist"


def _row_of(text: str, module: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| `{module}` |"))


def test_codes_and_names_are_unique() -> None:
    keys = [key for rule in rulebook() for key in (rule.code, rule.name)]
    assert len(keys) == len(set(keys))


def test_derived_files_are_up_to_date() -> None:
    assert [path.name for path in dev.stale_files()] == [], "run: python -m lintnn.dev sync"


def test_checks_are_sorted_and_can_be_made() -> None:
    codes = [check.code for check in all_checks()]
    assert codes == sorted(codes)
    assert all(isinstance(check(), Check) for check in all_checks())
    assert {"NN001", "NN002", "NN003", "NN009"}.isdisjoint(codes)
