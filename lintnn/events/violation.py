"""What the events floor says: a protocol broken, with the steps that show it."""

from __future__ import annotations

from msgspec import Struct

from lintnn.events.loops import LoopFacts
from lintnn.findings import Confidence, Place
from lintnn.values.happenings import Event, ObjectId

SURE_CHOICES = 1
"""A report at full confidence rests on at most this many free choices."""


class Step(Struct, frozen=True):
    """One event of the story and the role it plays there."""

    event: Event
    role: str


class Violation(Struct, frozen=True):
    """A broken protocol. ``machine`` is the rule's name, ``steps`` one path that breaks it, in order.

    ``choices`` counts the free choices of the path (each once), ``assumption`` says what else is taken for granted, ``loop`` is the
    innermost loop around the primary place. ``related`` are the other places of the path, then those of further reports of the same cause.
    """

    machine: str
    slot: ObjectId
    label: str
    steps: tuple[Step, ...]
    choices: int
    primary: Place
    related: tuple[Place, ...] = ()
    assumption: str = ""
    loop: LoopFacts | None = None

    @property
    def confidence(self) -> Confidence:
        """Full (high) on at most one free choice, else medium."""
        return Confidence.HIGH if self.choices <= SURE_CHOICES else Confidence.MEDIUM


def distinct(places: list[Place]) -> tuple[Place, ...]:
    """The places without repetitions, in order."""
    return tuple(dict.fromkeys(places))
