"""``sarif``: version 2.1.0, with the trail as a code flow and the page of a rule as its help."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from lintnn.config.rulebook import Rule
from lintnn.explain import page_text
from lintnn.findings import Confidence, Edit, Finding, Severity, Span
from lintnn.report.context import ReportContext, message_with_cell

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """One run. Rules that report nothing are left out."""
    reported = {finding.code for finding in findings}
    rules = [rule for rule in context.rulebook if rule.code in reported]
    index = {rule.code: position for position, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "lintnn", "version": context.version, "rules": [_rule(rule) for rule in rules]}},
        "invocations": [_invocation(context)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index) for finding in findings],
    }
    yield json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    page = page_text(rule) or rule.summary
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": rule.summary},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.tier == 1},
        "properties": {
            "tags": ["pytorch", rule.family.value],
            "precision": _PRECISION[rule.confidence],
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _invocation(context: ReportContext) -> dict[str, Any]:
    notes = [{"level": "error", "message": {"text": error}} for error in context.errors]
    return {"executionSuccessful": not notes, "toolExecutionNotifications": notes}


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": message_with_cell(finding)},
        "locations": [_location(finding.span)],
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint, "lintnn/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.value},
    }
    if finding.code in index:
        result["ruleIndex"] = index[finding.code]
    if finding.related:
        related = [_location(step.span, step.message, number) for number, step in enumerate(finding.related, 1)]
        result["relatedLocations"] = related
        steps = [{"location": location} for location in [*related, _location(finding.span, finding.message)]]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if finding.fix:
        result["fixes"] = [{"description": {"text": finding.fix.message}, "artifactChanges": _changes(finding.fix.edits)}]
    return result


def _location(span: Span, message: str | None = None, number: int | None = None) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(span.path)}, "region": _region(span)}}
    if message is not None:
        location["message"] = {"text": message}
    if number is not None:
        location["id"] = number
    if span.cell is not None:
        location["properties"] = {"cell": span.cell}
    return location


def _changes(edits: Sequence[Edit]) -> list[dict[str, Any]]:
    by_path: dict[str, list[dict[str, Any]]] = {}
    for edit in edits:
        replacement = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        by_path.setdefault(edit.span.path, []).append(replacement)
    return [{"artifactLocation": {"uri": _uri(path)}, "replacements": replacements} for path, replacements in by_path.items()]


def _region(span: Span) -> dict[str, int]:
    return {"startLine": span.row, "startColumn": span.column, "endLine": span.end_row, "endColumn": span.end_column}


def _uri(path: str) -> str:
    return quote(path.replace("\\", "/"), safe="/", errors="surrogateescape")
