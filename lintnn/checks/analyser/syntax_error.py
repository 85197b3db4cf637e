"""NN001: text that is not Python."""

from lintnn.checks.base import AnalyserRule
from lintnn.findings import Confidence, Severity


class SyntaxErrorRule(AnalyserRule):
    """Text that is not Python."""

    code = "NN001"
    name = "syntax-error"
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    summary = "a file or notebook cell cannot be decoded or parsed, so it is not analysed"
