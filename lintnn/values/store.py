"""The store: cells of variables and attributes, with cheap forks.

A fork runs a piece of code, takes its writes back and keeps them as a :class:`Changes` map; several such maps are merged into one
state. Forking
costs in proportion to what was written, not to what exists.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from lintnn.values.domain import FREE, NOTHING, Guard, Unknown, Value, choose, guarded

Key = Hashable
"""``(frame, name)`` for a variable, ``(object, attribute)`` for an attribute: frames and objects share one counter."""


ANY = "[any]"
"""The cell that holds the join of the items of a container of unknown length."""


class _Absent:
    """The content of a cell that was never written."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
Content = Value | _Absent
Changes = dict[Key, Content]


class Store:
    """Cells and the log of their old contents."""

    __slots__ = ("cells", "finished", "log")

    def __init__(self) -> None:
        self.cells: dict[Key, Value] = {}
        self.log: list[tuple[Key, Content]] = []
        self.finished: set[int] = set()
        """Frames that nobody can read any more: their cells are left out of what a fork keeps."""

    def read(self, key: Key) -> Value | None:
        """The value of a cell, None if it was never written."""
        return self.cells.get(key)

    def write(self, key: Key, value: Value) -> None:
        """A strong update."""
        self.log.append((key, self.cells.get(key, ABSENT)))
        self.cells[key] = value

    def erase(self, key: Key) -> None:
        """Forget a cell."""
        if key in self.cells:
            self.log.append((key, self.cells.pop(key)))

    def mark(self) -> int:
        """A point to which :meth:`take_back` can return."""
        return len(self.log)

    def take_back(self, mark: int) -> Changes:
        """Undo everything since the mark; returns what the cells held before the undoing."""
        changes: Changes = {}
        cells, log, finished = self.cells, self.log, self.finished
        for key, old in reversed(log[mark:]):
            if key not in changes and key[0] not in finished:  # type: ignore[index]
                changes[key] = cells.get(key, ABSENT)
            if old is ABSENT:
                cells.pop(key, None)
            else:
                cells[key] = old  # type: ignore[assignment]
        del log[mark:]
        return changes

    def settle(self, mark: int) -> None:
        """Make what was written since the mark part of every state: it stays when earlier marks are returned to."""
        del self.log[mark:]

    def merge(self, arms: list[tuple[Changes, Guard]], is_new: Callable[[Key], bool] | None = None) -> None:
        """Continue from the join of several arms, each under its guard. A cell absent in an arm is unknown there, unless it is one
        of an object that was made in the arm that wrote it (``is_new``), or the summary of a container to which an arm adds nothing:
        there is nothing else that such a cell can hold."""
        keys: dict[Key, None] = {}
        for changes, _ in arms:
            keys.update(dict.fromkeys(changes))
        single = len(arms) == 1
        for key in keys:
            options: list[tuple[object, Guard]] = []
            for changes, guard in arms:
                content: Content = changes[key] if key in changes else self.cells.get(key, ABSENT)
                if isinstance(content, _Absent):
                    if (is_new is not None and is_new(key)) or key[1] == ANY:  # type: ignore[index]
                        continue
                    if single:
                        self.erase(key)
                        break
                    content = UNSET
                options.extend(guarded(content, guard if is_new is None or not is_new(key) else FREE))
            else:
                if not options:
                    continue
                self.write(key, choose(options))  # type: ignore[arg-type]


UNSET: Value = Unknown("unset-on-a-path")
__all__ = ["ABSENT", "NOTHING", "UNSET", "Changes", "Key", "Store"]
