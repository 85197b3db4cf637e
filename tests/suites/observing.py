"""Runs the interpreter over files that are held in memory and keeps every value it tells its observer."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from lintnn.findings import Place, Span
from lintnn.frontend.lower import lower_file
from lintnn.frontend.positions import spans
from lintnn.project.files import Files
from lintnn.project.imports import Imports
from lintnn.project.symbols import SymbolTable
from lintnn.values.domain import Tensor, Value, facts, reveal
from lintnn.values.heap import HeapObject
from lintnn.values.roots import Evaluator
from lintnn.values.run import Run


class Observation(Struct, frozen=True):
    """A value as it came to be. ``root`` is what ran: ``program`` (the module code), or the file and row of a function that ran with
    symbolic arguments. ``objects``: the heap that its references mean."""

    span: Span
    value: Value
    root: str
    calls: int
    """How many calls led here from the root."""
    objects: Mapping[int, HeapObject]

    @property
    def text(self) -> str:
        """The value as suites write it; objects by kind and name."""
        words = (reveal(fact, lambda one: f"{self.objects[one].kind}({self.objects[one].label})") for fact in facts(self.value))
        return " | ".join(dict.fromkeys(words))

    @property
    def range(self) -> str:
        """The ranges of the tensors that the value may be."""
        return " | ".join(dict.fromkeys(fact.range or "unknown" for fact in facts(self.value) if type(fact) is Tensor))


class _Seen(NamedTuple):
    place: Place
    value: Value
    root: Place | None
    calls: int
    objects: Mapping[int, HeapObject]


GIVING_UP = frozenset({"recursion", "depth", "contexts", "import-budget"})
"""Causes of an unknown that stand for calls which were not evaluated."""


def observe(files: Mapping[str, str]) -> list[Observation]:
    """All values of some files, those of the last file's module code first; then what the other roots and files give."""
    return observe_all(files)[0]


def observe_all(files: Mapping[str, str]) -> tuple[list[Observation], bool]:
    """The values of some files, and whether every call of a known function was evaluated."""
    seen: list[_Seen] = []
    program = list(files)[-1]
    running = (f"{program}:__name__=='__main__'", True)

    def note(run: Run, at: int, value: Value) -> None:
        in_program = running in run.path or not run.stack
        root = None if in_program else Place(*run.stack[0])
        seen.append(_Seen(run.place(at), value, root, len(run.stack) - (not in_program), run.heap))

    data = {path: text.encode() for path, text in files.items()}
    with tempfile.TemporaryDirectory(prefix="lintnn-suite-") as empty:
        table = SymbolTable(held := Files(Path(empty), lower_file, data), Imports(held))
        evaluator = Evaluator(table, note)
        units = [evaluator.unit(path) for path in [program, *[path for path in files if path != program]]]
    wanted = {place for one in seen for place in (one.place, one.root) if place is not None and place.at >= 0}
    places: dict[Place, Span] = {}
    for path in files:
        found_here = spans(data[path], path, path, {place.at for place in wanted if place.path == path})
        places |= {Place(path, at): span for at, span in found_here.items()}
    found = [
        Observation(places[one.place], one.value, _root_name(one.root, places), one.calls, one.objects)
        for one in seen
        if one.place in places and (one.root is None or one.root in places)
    ]
    return found, not any(unit.spent or GIVING_UP & unit.causes.keys() for unit in units)


def _root_name(root: Place | None, places: Mapping[Place, Span]) -> str:
    return "program" if root is None else f"{root.path}:{places[root].row}"
