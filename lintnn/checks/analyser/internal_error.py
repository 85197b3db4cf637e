"""NN009: failures of lintnn itself."""

from lintnn.checks.base import AnalyserRule
from lintnn.findings import Confidence, Severity


class InternalError(AnalyserRule):
    """Failures of lintnn itself."""

    code = "NN009"
    name = "internal-error"
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    summary = "a rule or the interpreter failed on this file; the other rules and files were still analysed"
