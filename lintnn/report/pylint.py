"""``pylint``: the lines of pylint's parseable output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lintnn.findings import Finding
from lintnn.report.context import ReportContext, message_with_cell
from lintnn.report.terminal import visible


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """``path:line: [code] message``."""
    for finding in findings:
        row = 1 if finding.span.cell is not None else finding.span.row
        yield f"{visible(finding.span.path)}:{row}: [{finding.code}({finding.name})] {visible(message_with_cell(finding))}\n"
