"""NN003: suppressions with a misspelt rule."""

from lintnn.checks.base import AnalyserRule
from lintnn.findings import Confidence, Severity


class UnknownRuleInSuppression(AnalyserRule):
    """Suppressions with a misspelt rule."""

    code = "NN003"
    name = "unknown-rule-in-suppression"
    severity = Severity.WARNING
    confidence = Confidence.HIGH
    summary = "a suppression comment names a rule that does not exist"
