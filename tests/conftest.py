"""Rules of the whole test run: a test that is skipped or expected to fail is a failure unless ``allowed_skips.toml`` says why."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

import pytest

ALLOWED_FILE = Path(__file__).with_name("allowed_skips.toml")


class SkipGuard:
    """Collects what did not really run and turns it into a failed run."""

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed
        self.offenders: dict[str, str] = {}

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        expected_failure = hasattr(report, "wasxfail")
        if not (report.skipped or expected_failure):
            return
        if not any(fnmatch.fnmatch(report.nodeid, pattern) for pattern in self.allowed):
            self.offenders[report.nodeid] = "expected to fail" if expected_failure else "skipped"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.note(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.offenders and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.offenders:
            terminalreporter.section("skipped without permission", red=True)
            for test, what in sorted(self.offenders.items()):
                terminalreporter.line(f"{test}: {what}, and not listed with a reason in {ALLOWED_FILE.name}", red=True)


def allowed_tests(text: str) -> list[str]:
    """The patterns of a list of permissions; each has to come with a reason."""
    entries = tomllib.loads(text).get("allowed", [])
    for entry in entries:
        if set(entry) != {"test", "reason"} or not entry["reason"].strip():
            raise ValueError(f"{ALLOWED_FILE.name}: each entry needs `test` and `reason`: {entry}")
    return [entry["test"] for entry in entries]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SkipGuard(allowed_tests(ALLOWED_FILE.read_text(encoding="utf-8"))), "skip-guard")
