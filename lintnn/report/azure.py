"""``azure``: logging commands of Azure Pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lintnn.findings import Finding, Severity
from lintnn.report.context import ReportContext, message_with_cell
from lintnn.report.terminal import visible

_ESCAPES = {"%": "%AZP25", "\r": "%0D", "\n": "%0A", ";": "%3B", "]": "%5D"}


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """One command on a line; the pipeline knows errors and warnings only."""
    for finding in findings:
        kind = "error" if finding.severity is Severity.ERROR else "warning"
        span = finding.span
        position = f"linenumber={span.row};columnnumber={span.column};" if span.cell is None else ""
        yield (
            f"##vso[task.logissue type={kind};sourcepath={_escaped(span.path)};{position}code={finding.code};]"
            f"{_escaped(message_with_cell(finding), keep=';]')}\n"
        )


def _escaped(text: str, keep: str = "") -> str:
    return visible("".join(character if character in keep else _ESCAPES.get(character, character) for character in text))
