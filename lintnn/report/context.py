"""What a report is given beside the findings, and the words that several formats share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from lintnn.config.rulebook import Rulebook
from lintnn.findings import Finding, Span
from lintnn.report.sources import Sources
from lintnn.report.terminal import Palette


class ReportContext(Struct, frozen=True, kw_only=True):
    """``files`` is the number of files read; ``errors`` are the sentences that went to standard error; ``cut`` is the number of
    functions that were too long to be followed to the end."""

    rulebook: Rulebook
    version: str
    files: int = 0
    errors: tuple[str, ...] = ()
    cut: int = 0
    sources: Sources = field(default_factory=Sources)
    palette: Palette = Palette(False)
    width: int = 120


Reporter: TypeAlias = Callable[[Sequence[Finding], ReportContext], Iterator[str]]
"""Turns findings into pieces of text, to be written one after the other."""


def place(span: Span) -> str:
    """``train.py:14:26``, in notebooks ``train.ipynb:cell 3:2:5``."""
    cell = "" if span.cell is None else f"cell {span.cell}:"
    return f"{span.path}:{cell}{span.row}:{span.column}"


def whole_message(finding: Finding) -> str:
    """Fact, reason and advice as one paragraph, for formats that have one field for it."""
    return " ".join(part for part in (finding.message, finding.why, finding.advice) if part)


def message_with_cell(finding: Finding) -> str:
    """The whole message, with the place inside a notebook for formats that know only lines of files."""
    span = finding.span
    within = "" if span.cell is None else f"cell {span.cell}, line {span.row}: "
    return within + whole_message(finding)
