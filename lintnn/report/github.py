"""``github``: workflow commands that GitHub shows as annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lintnn.findings import Finding, Severity
from lintnn.report.context import ReportContext, message_with_cell
from lintnn.report.terminal import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """One command on a line."""
    for finding in findings:
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in _properties(finding).items())
        yield f"::{_COMMANDS[finding.severity]} {properties}::{_data(message_with_cell(finding))}\n"


def _properties(finding: Finding) -> dict[str, str | int]:
    span = finding.span
    properties: dict[str, str | int] = {"title": f"{finding.code} {finding.name}", "file": span.path}
    if span.cell is not None:  # a line of a cell is no line of the file
        return properties
    properties |= {"line": span.row, "endLine": span.end_row}
    if span.row == span.end_row:  # GitHub ignores columns of ranges over several lines
        properties |= {"col": span.column, "endColumn": span.end_column}
    return properties


def _data(text: str) -> str:
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
