"""Which scope a name belongs to, decided in one pass.

While a frame (a function, class, comprehension or the module) is lowered, its names and bindings are collected; when it is
closed, each name is either decided or handed to the frame around it. Names start as LOCAL, so only the others are written to.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from lintnn.frontend.ir import Name, Scope


class FrameKind(IntEnum):
    """What opens a frame. TYPE_PARAMETERS is the scope of ``def f[T]`` around the function itself."""

    MODULE = 0
    FUNCTION = 1
    CLASS = 2
    COMPREHENSION = 3
    TYPE_PARAMETERS = 4


_TRANSPARENT = frozenset({FrameKind.COMPREHENSION, FrameKind.TYPE_PARAMETERS})


class Frame:
    """The names of one scope while it is open: ``uses`` are its own, ``free`` those that nested scopes left undecided."""

    __slots__ = ("bound", "free", "globals", "is_generator", "kind", "nonlocals", "parent", "prefix", "uses")

    def __init__(self, kind: FrameKind, parent: Frame | None, prefix: str) -> None:
        self.kind = kind
        self.parent = parent
        self.prefix = prefix
        self.bound: dict[str, None] = {}
        self.uses: list[Name] = []
        self.free: list[Name] = []
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.is_generator = False

    def owner(self) -> Frame:
        """The frame that ``:=`` and ``yield`` belong to: comprehensions are evaluated within the frame around them."""
        frame = self
        while frame.kind in _TRANSPARENT and frame.parent is not None:
            frame = frame.parent
        return frame


def close(frame: Frame, module: Frame) -> None:
    """Decide the names that ``frame`` can decide and hand the others to its parent."""
    if frame.parent is None:
        _decide_module(frame)
        return
    for name in frame.globals:
        frame.bound.pop(name, None)
        module.bound[name] = None
    for name in frame.nonlocals:
        frame.bound.pop(name, None)
    _hand_up(frame.uses, frame, _heirs_of_uses(frame, frame.parent))
    if frame.kind is FrameKind.CLASS:
        frame.parent.free.extend(frame.free)
    else:
        _close_over(frame, frame.parent)


def _decide_module(frame: Frame) -> None:
    bound = frame.bound
    for names in (frame.uses, frame.free):
        for name in names:
            name.scope = Scope.GLOBAL if name.id in bound else Scope.BUILTIN


def _heirs_of_uses(frame: Frame, parent: Frame) -> list[Name]:
    """A comprehension's names are names of the frame around it, except that it cannot see a class."""
    if frame.kind is FrameKind.TYPE_PARAMETERS:
        return parent.uses
    if frame.kind is FrameKind.COMPREHENSION and parent.kind is not FrameKind.CLASS:
        return parent.uses
    return parent.free


def _hand_up(names: Iterable[Name], frame: Frame, heirs: list[Name]) -> None:
    bound = frame.bound
    declared = frame.globals
    for name in names:
        if name.id in bound:
            continue
        if name.id in declared:
            name.scope = Scope.GLOBAL
        else:
            heirs.append(name)


def _close_over(frame: Frame, parent: Frame) -> None:
    bound = frame.bound
    declared = frame.globals
    for name in frame.free:
        if name.id in bound:
            name.scope = Scope.CLOSURE
        elif name.id in declared:
            name.scope = Scope.GLOBAL
        else:
            parent.free.append(name)
