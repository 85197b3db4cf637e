"""``rdjson``: the diagnostic format of reviewdog."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lintnn.findings import Finding, Severity, Span
from lintnn.report.context import ReportContext, message_with_cell

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """One object that holds all diagnostics."""
    document = {"source": {"name": "lintnn"}, "diagnostics": [_diagnostic(finding) for finding in findings]}
    yield json.dumps(document, indent=2) + "\n"


def _diagnostic(finding: Finding) -> dict[str, Any]:
    edits = finding.fix.edits if finding.fix else ()
    return {
        "message": message_with_cell(finding),
        "location": _location(finding.span),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code},
        "related_locations": [{"message": related.message, "location": _location(related.span)} for related in finding.related],
        "suggestions": [{"range": _range(edit.span), "text": edit.text} for edit in edits if edit.span.cell is None],
    }


def _location(span: Span) -> dict[str, Any]:
    return {"path": span.path} if span.cell is not None else {"path": span.path, "range": _range(span)}


def _range(span: Span) -> dict[str, Any]:
    return {"start": {"line": span.row, "column": span.column}, "end": {"line": span.end_row, "column": span.end_column}}
