"""``concise``: one line for a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lintnn.findings import Finding
from lintnn.report.context import ReportContext, place
from lintnn.report.summary import summary
from lintnn.report.terminal import visible


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """``path:row:column: severity[code] name: fact``, then the summary."""
    palette = context.palette
    for finding in findings:
        label = palette.paint(f"{finding.severity}[{finding.code}]", finding.severity)
        where = palette.paint(visible(place(finding.span)), "bold")
        yield f"{where}: {label} {finding.name}: {palette.prose(visible(finding.message))}\n"
    yield summary(findings, context) + "\n"
