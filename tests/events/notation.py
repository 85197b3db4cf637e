"""A small notation for trees of events, so that tests read like the programs they stand for.

One event a line: ``backward net``, ``step opt scaled``, ``forward net no-grad``, ``clear ?opt`` (possibly), ``unknown anything``.
Blocks are indented: ``for data:``, ``for epochs:``, ``while:``, ``if cond:`` or ``unless cond:``, ``else:``, ``call name:``, ``try:`` with
``except:``, ``else:`` and ``finally:``. ``once`` and ``single`` after a loop's kind set its flags; ``use name`` repeats the tree of
``call name``. Jumps are their own words. The place of anything is its line number.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from lintnn.findings import Place
from lintnn.values.happenings import (
    EMPTY,
    Arm,
    Branch,
    Call,
    Event,
    EventKind,
    Exit,
    Jump,
    Loop,
    ObjectFacts,
    Protected,
    Sequence,
    Subject,
    Trace,
    Tree,
)

PATH = "train.py"
FLAGS = {"scaled", "plain", "optimizer", "module", "parameters"}


@dataclass
class Line:
    number: int
    indent: int
    text: str


class Reader:
    """Reads a block of lines into a tree; names become object ids in the order of ``names``."""

    def __init__(self, text: str, names: list[str]) -> None:
        numbered = enumerate(dedent(text).strip("\n").splitlines(), 1)
        self.lines = [Line(number, len(line) - len(line.lstrip()), line.strip()) for number, line in numbered if line.strip()]
        self.names = names
        self.next = 0
        self.called: dict[str, Tree] = {}

    def block(self, indent: int) -> Tree:
        items: list[Tree] = []
        while self.next < len(self.lines) and self.lines[self.next].indent == indent:
            items.append(self.statement(self.lines[self.next]))
        return Sequence(tuple(items))

    def body(self, line: Line) -> Tree:
        if self.next < len(self.lines) and self.lines[self.next].indent > line.indent:
            return self.block(self.lines[self.next].indent)
        return EMPTY

    def clause(self, line: Line, word: str) -> Tree | None:
        following = self.lines[self.next] if self.next < len(self.lines) else None
        if following is None or following.indent != line.indent or following.text != word:
            return None
        self.next += 1
        return self.body(following)

    def statement(self, line: Line) -> Tree:
        self.next += 1
        word, _, rest = line.text.rstrip(":").partition(" ")
        at = Place(PATH, line.number)
        if word in ("for", "while"):
            kind, *flags = rest.split() if word == "for" else ["while", *rest.split()]
            body = self.body(line)
            orelse = self.clause(line, "else:") or EMPTY
            return Loop(kind, EMPTY, body, orelse, at, once="once" in flags, many="single" not in flags)
        if word == "if":
            arms = (Arm(True, self.body(line)), Arm(False, self.clause(line, "else:") or EMPTY))
            return Branch(rest or None, arms, at)
        if word == "unless":
            arms = (Arm(False, self.body(line)), Arm(True, self.clause(line, "else:") or EMPTY))
            return Branch(rest or None, arms, at)
        if word == "call":
            self.called[rest] = self.body(line)
            return Call(rest, self.called[rest], at)
        if word == "use":
            return Call(rest, self.called[rest], at)
        if word == "try":
            return self.protected(line)
        if word in set(Exit):
            return Jump(Exit(word))
        return self.event(EventKind(word), rest.split(), at)

    def protected(self, line: Line) -> Tree:
        body = self.body(line)
        handlers: list[Tree] = []
        while (handler := self.clause(line, "except:")) is not None:
            handlers.append(handler)
        orelse = self.clause(line, "else:") or EMPTY
        return Protected(body, tuple(handlers), orelse, self.clause(line, "finally:") or EMPTY)

    def event(self, kind: EventKind, words: list[str], at: Place) -> Event:
        grad: bool | None = {"no-grad": False, "any-grad": None}.get(words[-1] if words else "", True)
        subjects = [word for word in words if word.lstrip("?") in self.names]
        detail = next((word for word in words if word in FLAGS or word == "unknown"), "")
        named = tuple(Subject(self.names.index(word.lstrip("?")), not word.startswith("?")) for word in subjects)
        return Event(kind, named, at, grad, detail, anything="anything" in words)


def optimizer(*owns: str, **facts: object) -> dict[str, object]:
    """An optimizer built here that owns exactly these modules."""
    return {"kind": "optimizer", "owns": owns, "owns_unknown": False, "fresh": True, **facts}


def symbolic(kind: str, **facts: object) -> dict[str, object]:
    """An object that comes from outside."""
    return {"kind": kind, **facts}


def module(*parts: str, **facts: object) -> dict[str, object]:
    """A module built here with exactly these parts."""
    return {"kind": "module", "parts": parts, "parts_unknown": False, "fresh": True, **facts}


def trace(text: str, **objects: dict[str, object]) -> Trace:
    """A trace: by default ``net`` is a module and ``opt`` its optimizer, both built here."""
    described = objects or {"net": module(), "opt": optimizer("net"), "scaler": symbolic("scaler")}
    names = list(described)
    tree = Reader(text, names).block(0)
    return Trace("root", PATH, tree, {names.index(name): _facts(name, facts, names) for name, facts in described.items()})


def _facts(name: str, facts: dict[str, object], names: list[str]) -> ObjectFacts:
    linked = {key: frozenset(names.index(one) for one in value) for key, value in facts.items() if isinstance(value, tuple)}
    return ObjectFacts(label=name, **{**facts, **linked})  # type: ignore[arg-type]
