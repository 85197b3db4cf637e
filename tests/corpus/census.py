"""How often a folder of Python files uses each torch name, and what share of these uses the knowledge tables know.

``python -m tests.corpus.census FOLDER`` prints the two shares and the most used names that the tables lack.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch

from lintnn.knowledge import lookup

BUILTIN_METHODS = frozenset(name for kind in (str, bytes, list, dict, set, tuple, int, float) for name in dir(kind))
"""Method names that a count by name alone cannot tell from those of builtins."""

MODULE_METHODS = frozenset(dir(torch.nn.Module))
METHODS = frozenset(name for name in dir(torch.Tensor) if not name.startswith("_")) - BUILTIN_METHODS - MODULE_METHODS

NOT_COUNTED = frozenset(("torch.Tensor", "torch.nn", "torch.nn.functional", "torch.optim", "torch.cuda", "torch.cuda.amp", "torch.linalg"))
"""Annotations and module names, which say nothing about what is called."""


@dataclass(slots=True)
class Census:
    """Uses by name: qualified ``torch`` names (called or passed on) and called tensor methods."""

    qualified: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Share:
    """How many uses there are and how many of them the tables know; ``missing`` are the most used unknown names."""

    uses: int
    known: int
    missing: tuple[tuple[str, int], ...]

    @property
    def fraction(self) -> float:
        """The known share, 1.0 where nothing is used."""
        return self.known / self.uses if self.uses else 1.0


def count(folder: Path) -> Census:
    """Count the torch names in all Python files below ``folder`` that parse."""
    census = Census()
    for tree in _trees(folder):
        _count_tree(tree, census)
    return census


def share(uses: Counter[str], known: Callable[[str], bool], top: int = 60) -> Share:
    """Which part of ``uses`` is known."""
    missing = Counter({name: number for name, number in uses.items() if not known(name)})
    total = sum(uses.values())
    return Share(uses=total, known=total - sum(missing.values()), missing=tuple(missing.most_common(top)))


def known_shares(census: Census) -> tuple[Share, Share]:
    """What the tables know of the qualified names, and of the methods."""
    methods = share(census.methods, lambda name: lookup.operation_of_method(name) is not None)
    return share(census.qualified, lookup.is_known), methods


def _trees(folder: Path) -> Iterator[ast.Module]:
    for path in sorted(folder.rglob("*.py")):
        text = path.read_bytes()
        if b"torch" not in text:
            continue
        try:
            yield ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue


def _count_tree(tree: ast.Module, census: Census) -> None:
    aliases: dict[str, str] = {}
    inner: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                aliases.update((a.asname or a.name.split(".")[0], a.name if a.asname else a.name.split(".")[0]) for a in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                aliases.update((a.asname or a.name, f"{module}.{a.name}") for a in names)
            case ast.Call(func=ast.Attribute() as callee) if callee.attr in METHODS and _qualified(callee, aliases) is None:
                census.methods[callee.attr] += 1
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            inner.add(id(node.value))
        if isinstance(node, (ast.Attribute, ast.Name)) and id(node) not in inner:
            name = _qualified(node, aliases)
            if name is not None and name.startswith("torch.") and name not in NOT_COUNTED:
                census.qualified[name] += 1


def _qualified(node: ast.expr, aliases: dict[str, str]) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in aliases:
        return None
    return ".".join([aliases[node.id], *reversed(parts)])


def _report(title: str, result: Share) -> str:
    missing = ", ".join(f"{name} {number}" for name, number in result.missing)
    return f"{title}: {result.known} of {result.uses} uses known ({result.fraction:.1%})\n  most used unknown: {missing}"


def main() -> None:
    """Print both shares for the folder named on the command line."""
    names, methods = known_shares(count(Path(sys.argv[1])))
    sys.stdout.write(f"{_report('qualified names', names)}\n{_report('tensor methods', methods)}\n")


if __name__ == "__main__":
    main()
