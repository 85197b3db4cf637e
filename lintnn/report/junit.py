"""``junit``: a test suite for each file, a failed case for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.etree import ElementTree

from lintnn.findings import Finding
from lintnn.report.context import ReportContext, message_with_cell, place
from lintnn.report.terminal import visible


def render(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """An XML document; without findings it holds one case that passed, since no case at all is read as "nothing ran"."""
    root = ElementTree.Element("testsuites", name="lintnn", tests=str(len(findings) or 1), failures=str(len(findings)), errors="0")
    if not findings:
        suite = ElementTree.SubElement(root, "testsuite", name="lintnn", tests="1", failures="0", errors="0")
        ElementTree.SubElement(suite, "testcase", name="no findings", classname="lintnn")
    for path, group in groupby(findings, key=lambda finding: finding.span.path):
        _suite(root, visible(path), list(group))
    ElementTree.indent(root)
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: ElementTree.Element, path: str, findings: Sequence[Finding]) -> None:
    count = str(len(findings))
    suite = ElementTree.SubElement(root, "testsuite", name=path, tests=count, failures=count, errors="0")
    for finding in findings:
        span = finding.span
        case = ElementTree.SubElement(suite, "testcase", name=f"{finding.code} {finding.name}", classname=path, file=path)
        case.attrib |= {"line": str(span.row), "column": str(span.column)} if span.cell is None else {}
        failure = ElementTree.SubElement(case, "failure", message=visible(finding.message), type=finding.severity.value)
        failure.text = visible(f"{place(span)}: {message_with_cell(finding)}")
