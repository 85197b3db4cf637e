"""``gitlab``: a code quality report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from lintnn.findings import Finding, Severity
from lintnn.report.context import ReportContext, message_with_cell

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """A list of objects. GitLab drops objects with equal fingerprints, so repeats get a number."""
    seen: Counter[str] = Counter()
    objects = []
    for finding in findings:
        seen[finding.fingerprint] += 1
        objects.append(_object(finding, seen[finding.fingerprint]))
    yield json.dumps(objects, indent=2) + "\n"


def _object(finding: Finding, repeat: int) -> dict[str, Any]:
    span = finding.span
    begin = {"line": span.row, "column": span.column} if span.cell is None else {"line": 1, "column": 1}
    end = {"line": span.end_row, "column": span.end_column} if span.cell is None else {"line": 1, "column": 1}
    return {
        "description": f"{finding.code} {finding.name}: {message_with_cell(finding)}",
        "check_name": finding.name,
        "fingerprint": finding.fingerprint if repeat == 1 else f"{finding.fingerprint}-{repeat}",
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": span.path, "positions": {"begin": begin, "end": end}},
    }
