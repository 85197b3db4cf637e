"""What lintnn says: findings, the places they point at, and the edits that repair them."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """How bad the reported harm is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Confidence(StrEnum):
    """How often reports of a rule are true. HIGH is on by default; LOW is tier 3."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class FixKind(StrEnum):
    """SAFE leaves every run that worked working; UNSAFE may change a deliberate choice."""

    NONE = "no"
    UNSAFE = "unsafe"
    SAFE = "safe"


class Place(Struct, frozen=True, order=True, array_like=True, gc=False):
    """A node of a file: the file's path relative to the project root and the node's ordinal (see ``frontend.ir``)."""

    path: str
    at: int


class Span(Struct, frozen=True, order=True, gc=False):
    """A range of text. Rows and columns (code points) count from 1, the end is exclusive; in notebooks rows count in ``cell``."""

    path: str
    row: int
    column: int
    end_row: int
    end_column: int
    cell: int | None = None


class Note(Struct, frozen=True, gc=False):
    """A place of evidence, before positions are known: one step of the trail."""

    place: Place
    message: str


class Report(Struct, frozen=True, gc=False):
    """What a check says before positions are known; the engine turns it into a :class:`Finding`.

    ``message`` states the fact in one sentence; ``why`` says what harm it does; ``advice`` says what to write instead.
    ``symbol`` is the qualified name of the function or class around the primary place.
    """

    code: str
    place: Place
    message: str
    why: str
    advice: str
    notes: tuple[Note, ...] = ()
    confidence: Confidence = Confidence.HIGH
    symbol: str = ""


class Related(Struct, frozen=True, gc=False):
    """A place of evidence with its text range."""

    span: Span
    message: str


class Edit(Struct, frozen=True, gc=False):
    """Replace the text of ``span`` by ``text``."""

    span: Span
    text: str


class Fix(Struct, frozen=True, gc=False):
    """A repair: what it does, how safe it is, and its edits."""

    kind: FixKind
    message: str
    edits: tuple[Edit, ...]


class Finding(Struct, frozen=True, gc=False):
    """One report, ready to be shown."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    why: str
    advice: str
    span: Span
    related: tuple[Related, ...]
    fingerprint: str
    symbol: str = ""
    fix: Fix | None = None
