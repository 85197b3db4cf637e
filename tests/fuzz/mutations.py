"""Programs nobody wrote: statements of examples deleted, doubled, swapped, and mixed with those of other examples."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Sequence

Blocks = list[list[ast.stmt]]
MAX_STEPS = 4


def blocks_of(tree: ast.Module) -> Blocks:
    """All lists of statements of a program, the outermost first."""
    return list(_blocks(tree))


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            yield value
        children = value if isinstance(value, list) else [value]
        for child in children:
            if isinstance(child, ast.AST) and name not in ("ctx", "annotation"):
                yield from _blocks(child)


def mutate(source: str, others: Sequence[str], chance: random.Random) -> str:
    """One to four mutations of a program; the result is Python again."""
    tree = ast.parse(source + "\npass\n")
    for _ in range(chance.randint(1, MAX_STEPS)):
        block = chance.choice(blocks_of(tree))
        chance.choice(MUTATIONS)(block, others, chance)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _delete(block: list[ast.stmt], others: Sequence[str], chance: random.Random) -> None:
    del block[chance.randrange(len(block))]
    if not block:
        block.append(ast.Pass())


def _duplicate(block: list[ast.stmt], others: Sequence[str], chance: random.Random) -> None:
    block.insert(chance.randrange(len(block) + 1), chance.choice(block))


def _swap(block: list[ast.stmt], others: Sequence[str], chance: random.Random) -> None:
    first, second = chance.randrange(len(block)), chance.randrange(len(block))
    block[first], block[second] = block[second], block[first]


def _splice(block: list[ast.stmt], others: Sequence[str], chance: random.Random) -> None:
    foreign = chance.choice(blocks_of(ast.parse(chance.choice(others) + "\npass\n")))
    block.insert(chance.randrange(len(block) + 1), chance.choice(foreign))


def _wrap(block: list[ast.stmt], others: Sequence[str], chance: random.Random) -> None:
    at = chance.randrange(len(block))
    test = ast.Name(chance.choice(["flag", "x", "self"]), ast.Load())
    wrappers: list[Callable[[ast.stmt], ast.stmt]] = [
        lambda one: ast.If(test, [one], []),
        lambda one: ast.While(test, [one], []),
        lambda one: ast.For(ast.Name("i", ast.Store()), test, [one], []),
        lambda one: ast.Try([one], [ast.ExceptHandler(None, None, [ast.Pass()])], [], []),
        lambda one: ast.With([ast.withitem(test, None)], [one]),
    ]
    block[at] = chance.choice(wrappers)(block[at])


MUTATIONS: Sequence[Callable[[list[ast.stmt], Sequence[str], random.Random], None]] = (_delete, _duplicate, _swap, _splice, _wrap)
