"""``json`` and ``json-lines``: every field of a finding, under names that stay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lintnn.findings import Edit, Finding, Fix, Related, Span
from lintnn.report.context import ReportContext, whole_message


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """A list of objects."""
    yield json.dumps([as_object(finding) for finding in findings], indent=2) + "\n"


def render_lines(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """One object on a line."""
    for finding in findings:
        yield json.dumps(as_object(finding)) + "\n"


def as_object(finding: Finding) -> dict[str, Any]:
    """One finding. Rows and columns count code points from 1; ends are exclusive."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "message": whole_message(finding),
        "filename": finding.span.path,
        "location": _start(finding.span),
        "end_location": _end(finding.span),
        "cell": finding.span.cell,
        "related": [_related(related) for related in finding.related],
        "fix": _fix(finding.fix) if finding.fix else None,
        "fingerprint": finding.fingerprint,
        "url": None,
    }


def _start(span: Span) -> dict[str, int]:
    return {"row": span.row, "column": span.column}


def _end(span: Span) -> dict[str, int]:
    return {"row": span.end_row, "column": span.end_column}


def _related(related: Related) -> dict[str, Any]:
    span = related.span
    shown = {"filename": span.path, "location": _start(span), "end_location": _end(span), "message": related.message}
    return shown if span.cell is None else {**shown, "cell": span.cell}


def _fix(fix: Fix) -> dict[str, Any]:
    return {"applicability": fix.kind.value, "message": fix.message, "edits": [_edit(edit) for edit in fix.edits]}


def _edit(edit: Edit) -> dict[str, Any]:
    span = edit.span
    shown = {"filename": span.path, "location": _start(span), "end_location": _end(span), "content": edit.text}
    return shown if span.cell is None else {**shown, "cell": span.cell}
