"""``grouped``: the findings of a file under its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from lintnn.findings import Finding
from lintnn.report.context import ReportContext
from lintnn.report.summary import summary
from lintnn.report.terminal import visible, wrap


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """A heading for each file, its findings in columns, then the summary."""
    for path, group in groupby(findings, key=lambda finding: finding.span.path):
        yield context.palette.paint(visible(path), "bold") + "\n"
        yield from _rows(list(group), context)
        yield "\n"
    yield summary(findings, context) + "\n"


def _rows(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    palette = context.palette
    places = [_place(finding) for finding in findings]
    widest = max(map(len, places))
    for finding, where in zip(findings, places, strict=True):
        indent = widest + 4 + len(finding.code)
        lines = wrap(f"{visible(finding.message)} ({finding.name})", max(30, context.width - indent))
        yield f"  {where:<{widest}} {palette.paint(finding.code, finding.severity)} {palette.prose(lines[0])}\n"
        for line in lines[1:]:
            yield " " * indent + palette.prose(line) + "\n"


def _place(finding: Finding) -> str:
    span = finding.span
    return f"{span.row}:{span.column}" if span.cell is None else f"cell {span.cell}:{span.row}:{span.column}"
