"""The last line of the reports for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lintnn.findings import Finding, Severity
from lintnn.report.context import ReportContext
from lintnn.report.terminal import plural


def summary(findings: Sequence[Finding], context: ReportContext) -> str:
    """How much was found, in how many files."""
    palette = context.palette
    if not findings:
        if not context.files:
            return "No Python files or notebooks found."
        return f"{palette.paint('All clear:', 'good')} no problems found in {plural(context.files, 'file')}."
    counts = Counter(finding.severity for finding in findings)
    parts = [palette.paint(plural(counts[severity], severity), severity) for severity in Severity if counts[severity]]
    places = len({finding.span.path for finding in findings})
    scope = plural(context.files, "file") if places >= context.files else f"{places} of {plural(context.files, 'file')}"
    return f"Found {_listed(parts)} in {scope}."


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
