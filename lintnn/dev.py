"""``python -m lintnn.dev``: what people who work on lintnn itself need.

``sync`` writes everything that is derived from the classes of the rules: the catalogue that the registry reads, the facts lines
of the pages and the table in ``rules/README.md``; ``sync --check`` says what is out of date. ``new-rule`` starts a rule.
``why-unknown TREE`` prints of how many sinks in a tree the facts are known, and why of the others they are not.
``import-graph TREE`` prints which files of a tree import each other in circles, and an order in which imported files come first.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from lintnn.checks.base import RuleClass
from lintnn.config.rulebook import Family, Rule, Rulebook
from lintnn.explain import FACTS_END, FACTS_START, facts_line

PROJECT = Path(__file__).resolve().parent.parent
PAGES = PROJECT / "rules"
CHECKS = PROJECT / "lintnn" / "checks"
CATALOGUE = CHECKS / "catalogue.py"
_FACTS = re.compile(f"{re.escape(FACTS_START)}.*?{re.escape(FACTS_END)}", re.DOTALL)


def rule_classes() -> Iterator[type[RuleClass]]:
    """The class of every rule, found by importing the modules below ``lintnn/checks``."""
    for path in sorted(CHECKS.glob("*/*.py")):
        if path.stem == "__init__":
            continue
        module = import_module(f"lintnn.checks.{path.parent.name}.{path.stem}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, RuleClass) and value.__module__ == module.__name__ and hasattr(value, "code"):
                yield value


def derived_files() -> dict[Path, str]:
    """Every derived file and what it has to hold."""
    book = Rulebook(found.facts() for found in rule_classes())
    files = {CATALOGUE: _catalogue(book), PAGES / "README.md": _index(book)}
    for rule in book:
        page = PAGES / rule.page_name
        if page.is_file():
            files[page] = with_facts(page.read_text(encoding="utf-8"), rule)
    return files


def with_facts(page: str, rule: Rule) -> str:
    """A page with the facts line of its rule between the markers."""
    return _FACTS.sub(lambda _: f"{FACTS_START}\n{facts_line(rule)}\n{FACTS_END}", page, count=1)


def stale_files() -> dict[Path, str]:
    """The derived files that do not hold what they have to."""
    return {path: text for path, text in derived_files().items() if not path.is_file() or path.read_text(encoding="utf-8") != text}


def _catalogue(book: Rulebook) -> str:
    lines = [
        '"""The facts of all rules, so that no check has to be imported to know them. Written by ``python -m lintnn.dev sync``."""',
        "",
        "from lintnn.config.rulebook import Family, Needs, Rule",
        "from lintnn.findings import Confidence, FixKind, Severity",
        "",
        "RULES: tuple[Rule, ...] = (",
    ]
    for rule in book:
        lines += [
            "    Rule(",
            f"        code={_quoted(rule.code)},",
            f"        name={_quoted(rule.name)},",
            f"        family=Family.{rule.family.name},",
            f"        severity=Severity.{rule.severity.name},",
            f"        confidence=Confidence.{rule.confidence.name},",
            f"        needs=Needs.{rule.needs.name},",
            f"        fix=FixKind.{rule.fix.name},",
            f"        summary={_quoted(rule.summary)},",
            f"        origin={_quoted(rule.origin)},",
            "    ),",
        ]
    return "\n".join([*lines, ")", ""])


def _quoted(text: str) -> str:
    return repr(text) if '"' in text and "'" not in text else json.dumps(text, ensure_ascii=False)


def _index(book: Rulebook) -> str:
    tiers = [sum(rule.tier == tier for rule in book) for tier in (1, 2, 3)]
    lines = [
        "# Rules",
        "",
        "Each rule has a page here. A page is documentation, the text of `lintnn explain`, and a test: its examples are analysed and its",
        "proofs are run with every change. The table is written by `python -m lintnn.dev sync`.",
        "",
        "Tier 1 is on by default and holds rules whose reports are nearly always true. Tier 2 (medium confidence) and tier 3 (notes)",
        "are on when they are selected by code, prefix, name, family or `ALL`.",
        "",
        f"{len(book)} rules: {tiers[0]} in tier 1, {tiers[1]} in tier 2, {tiers[2]} in tier 3.",
    ]
    for family in Family:
        rules = [rule for rule in book if rule.family is family]
        if not rules:
            continue
        lines += ["", f"## {family.heading}", "", f"Family `{family}`, codes `{family.prefix}…`.", ""]
        lines += ["| code | name | reports | severity | tier | fix |", "| --- | --- | --- | --- | --- | --- |"]
        lines += [_row(rule) for rule in rules]
    return "\n".join([*lines, ""])


def _row(rule: Rule) -> str:
    summary = rule.summary.replace("|", "\\|")
    return f"| [{rule.code}]({rule.page_name}) | {rule.name} | {summary} | {rule.severity} | {rule.tier} | {rule.fix} |"


def sync(check: bool) -> int:
    """Write the derived files; with ``check`` only name those that are out of date."""
    stale = stale_files()
    for path, text in stale.items():
        print(f"{'out of date' if check else 'written'}: {path.relative_to(PROJECT).as_posix()}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


_PAGE = """\
# {name} ({code})

{start}{end}

One sentence: what is reported.

## Why it matters

What goes wrong, with a number that the proof shows.

## Bad

```py
import torch  # error
```

## Good

```py
import torch
```

## Proof

```py proof
import torch

assert torch.tensor(1.0).item() == 1.0, "assert the harm here"
```

## Limits

What the rule cannot see.

## References
"""

_MODULE = '''\
"""{code}: say what is wrong in one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lintnn.checks.base import Check, Family, Needs
from lintnn.findings import Confidence, Report, Severity

if TYPE_CHECKING:
    from lintnn.model import SemanticModel


class {class_name}(Check[Report]):
    """Say how the rule decides."""

    code = "{code}"
    name = "{name}"
    family = Family.{family}
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    summary = "say what is reported in one phrase"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        raise NotImplementedError("ask the model for the places")
'''


def new_rule(code: str, name: str, family: Family) -> int:
    """Write the page and the module of a new rule; both fail until they are filled in."""
    if not re.fullmatch(re.escape(family.prefix) + r"\d\d", code):
        print(f"error: the codes of the family {family} are {family.prefix} and two digits", file=sys.stderr)
        return 2
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        print("error: a name is lower-case words joined by hyphens", file=sys.stderr)
        return 2
    page = PAGES / f"{code}-{name}.md"
    module = CHECKS / family.value / f"{name.replace('-', '_')}.py"
    taken = [*PAGES.glob(f"{code}-*.md"), *([module] if module.exists() else [])]
    if taken:
        print(f"error: {taken[0].relative_to(PROJECT).as_posix()} is there already", file=sys.stderr)
        return 2
    class_name = "".join(word.capitalize() for word in name.split("-"))
    page.write_text(_PAGE.format(name=name, code=code, start=FACTS_START, end=FACTS_END), encoding="utf-8")
    module.write_text(_MODULE.format(code=code, name=name, class_name=class_name, family=family.name), encoding="utf-8")
    return sync(check=False)


def why_unknown(tree: Path, top: int, places: bool) -> int:
    """Print the unknown ledger of a file or folder; with ``places`` every sink that is not known, too."""
    from lintnn.config.discovery import discover
    from lintnn.config.settings import Settings, project_root
    from lintnn.ledger import survey, table, unknown_places

    root = project_root(tree)
    found = discover([tree], Settings(folder=root))
    for error in found.errors:
        print(f"error: {error}", file=sys.stderr)
    paths = [path.relative_to(root).as_posix() for path in found.files]
    ledger = survey(root, paths)
    if places:
        print(*unknown_places(ledger, root), "", sep="\n")
    print(*table(ledger, top), sep="\n")
    return 2 if found.errors else 0


def show_import_graph(tree: Path) -> int:
    """Print the import graph of a file or folder: its size, its cycles, and the files with what they import before them."""
    from lintnn.config.discovery import discover
    from lintnn.config.settings import Settings, project_root
    from lintnn.frontend.lower import lower_file
    from lintnn.project.files import Files
    from lintnn.project.graph import cycles, evaluation_order, import_graph
    from lintnn.project.imports import Imports

    root = project_root(tree)
    found = discover([tree], Settings(folder=root))
    for error in found.errors:
        print(f"error: {error}", file=sys.stderr)
    files = Files(root, lower_file)
    graph = import_graph(files, Imports(files), [path.relative_to(root).as_posix() for path in found.files])
    print(f"{graph.number_of_nodes()} files, {graph.number_of_edges()} imports between them")
    for group in cycles(graph):
        print("cycle:", " ".join(group))
    print(*evaluation_order(graph), sep="\n")
    return 2 if found.errors else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lintnn.dev", description="Tools for people who work on lintnn.")
    commands = parser.add_subparsers(dest="command", required=True)
    synced = commands.add_parser("sync", help="write catalogue, facts lines and table of rules")
    synced.add_argument("--check", action="store_true", help="only name files that are out of date")
    created = commands.add_parser("new-rule", help="start a rule: page and module")
    created.add_argument("code")
    created.add_argument("name")
    created.add_argument("--family", type=Family, choices=list(Family), required=True)
    asked = commands.add_parser("why-unknown", help="print what is known at sinks, and the causes of unknown values")
    asked.add_argument("tree", type=Path)
    asked.add_argument("--top", type=int, default=8, help="how many causes to show of each kind (default: 8)")
    asked.add_argument("--places", action="store_true", help="name every sink that is not known")
    drawn = commands.add_parser("import-graph", help="print the import cycles of a tree and an order of evaluation")
    drawn.add_argument("tree", type=Path)
    given = parser.parse_args(arguments)
    if given.command == "import-graph":
        return show_import_graph(given.tree)
    if given.command == "sync":
        return sync(given.check)
    if given.command == "why-unknown":
        return why_unknown(given.tree, given.top, given.places)
    return new_rule(given.code, given.name, given.family)


if __name__ == "__main__":
    sys.exit(main())
