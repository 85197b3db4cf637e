"""Whether the evaluation of a call gave its caller anything that a rule could ever use."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.values.containers import held_by
from lintnn.values.domain import NONE, Bound, ClassValue, FunctionValue, Parameters, Partial, Ref, Tensor, Tuple, Unknown, Value, facts
from lintnn.values.happenings import Event, EventKind, ObjectId, Tree, events_of
from lintnn.values.run import Run
from lintnn.values.store import Key

_TELLING = frozenset({Tensor, FunctionValue, ClassValue, Partial, Bound, Parameters})
_DULL_KINDS = frozenset({"list", "dict", "set", "library", "symbol"})
"""Objects that are of no use themselves: what containers hold counts."""
_DULL_CAUSES = frozenset({"unknown-callee", "skipped", "depth", "contexts", "recursion", "attribute", "call", "inert", "never-returns"})
"""Causes of unknown values of which nothing is known; of others it may be known that they are no tensors."""


def is_telling(run: Run, value: Value, depth: int = 4) -> bool:
    """Whether a value is, or may be, something that training is made of: a tensor, a module, an optimizer, a function …"""
    for fact in facts(value):
        kind = type(fact)
        if kind in _TELLING:
            return True
        if kind is Ref and run.heap[fact.id].kind not in _DULL_KINDS:  # type: ignore[union-attr]
            return True
        if kind is Ref and depth and any(is_telling(run, content, depth - 1) for content in held_by(run, fact.id)):  # type: ignore[union-attr]
            return True
        if kind is Tuple and depth and any(is_telling(run, item, depth - 1) for item in fact.items):  # type: ignore[union-attr]
            return True
    return False


def _acts(run: Run, event: Event) -> bool:
    """Whether an event is one of the training protocol, the call of something that only might be a module left out."""
    if event.anything:
        return True
    if event.kind is EventKind.UNKNOWN or not event.subjects:
        return False
    return event.kind is not EventKind.FORWARD or any(_is_module(run, subject.object) for subject in event.subjects)


def _is_module(run: Run, one: ObjectId) -> bool:
    return one in run.heap and (run.heap[one].kind != "symbol" or run.is_module_symbol(one))


def is_fruitful(run: Run, result: Value, events: Iterable[Tree], mark: int, latest: int) -> bool:
    """Whether a call that began at ``mark`` of the store's log, when ``latest`` was the newest object, stored something telling in
    objects that existed before, returned something of which something is known, or was part of the training protocol."""
    if not all(fact == NONE or (type(fact) is Unknown and fact.cause in _DULL_CAUSES) for fact in facts(result)):
        return True
    if any(_acts(run, event) for tree in events for event in events_of(tree)):
        return True
    written = dict.fromkeys(key for key, _ in run.store.log[mark:])
    return any(_is_kept(run, key, latest) for key in written)


def _is_kept(run: Run, key: Key, latest: int) -> bool:
    """Whether a cell belongs to an object or module that existed before, and holds something telling now."""
    owner = key[0]  # type: ignore[index]
    content = run.store.read(key)
    if content is None:
        return False
    if isinstance(owner, str):
        return any(type(fact) in (Ref, Tensor) for fact in facts(content)) and is_telling(run, content)
    return owner in run.heap and not run.is_newer(key, latest) and is_telling(run, content)
