"""NN002: suppressions that have outlived their reason."""

from lintnn.checks.base import AnalyserRule
from lintnn.findings import Confidence, FixKind, Severity


class UnusedSuppression(AnalyserRule):
    """Suppressions that have outlived their reason."""

    code = "NN002"
    name = "unused-suppression"
    severity = Severity.WARNING
    confidence = Confidence.HIGH
    fix = FixKind.SAFE
    summary = "a suppression comment suppresses nothing"
