"""``full``: the fact, the code with the trail that leads to it, why it matters and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lintnn.findings import Confidence, Finding
from lintnn.report.context import ReportContext
from lintnn.report.frames import FramePainter
from lintnn.report.summary import summary
from lintnn.report.terminal import plural, visible, wrap

_MARGIN = 4


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """Findings one below the other, then the summary and where to read more."""
    for finding in findings:
        yield "\n".join([*_heading(finding, context), *_body(finding, context), "", ""])
    yield summary(findings, context) + "\n"
    if context.cut:
        yield context.palette.paint(_cut(context.cut), "faint") + "\n"
    if findings:
        yield context.palette.paint(f"Learn more about a rule: lintnn explain {findings[0].code}", "faint") + "\n"


def _cut(count: int) -> str:
    were, them = ("was", "it") if count == 1 else ("were", "them")
    return f"{plural(count, 'function')} {were} too long to be followed to the end; -v names {them}."


def _heading(finding: Finding, context: ReportContext) -> Iterator[str]:
    palette = context.palette
    label, name = f"{finding.severity}[{finding.code}]", finding.name
    doubt = "" if finding.confidence is Confidence.HIGH else f" ({finding.confidence} confidence)"
    opening = f"{label} {name}{doubt}:"
    first, *rest = _wrapped(visible(finding.message), len(opening) + 1, context.width)
    painted = f"{palette.paint(label, finding.severity)} {palette.paint(name, 'bold')}{palette.paint(doubt, 'faint')}:"
    yield f"{painted} {palette.prose(first)}".rstrip()
    for line in rest:
        yield " " * _MARGIN + palette.prose(line)


def _wrapped(text: str, used: int, width: int) -> list[str]:
    """Lines of which the first has less room than the others."""
    lines = wrap(text, width - used) or [""]
    first = lines[0]
    if used + len(first) > width:
        return ["", *wrap(text, width - _MARGIN)]
    return [first, *wrap(text[len(first) :], width - _MARGIN)] if text.startswith(first) else lines


def _body(finding: Finding, context: ReportContext) -> Iterator[str]:
    painter = FramePainter(finding, context)
    yield from painter.lines()
    notes = [("why", finding.why, "bold"), ("help", finding.advice, "help")]
    yield from painter.notes(note for note in notes if note[1])
