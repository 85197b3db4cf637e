"""The other commands: explain, rules, config, version and help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lintnn import __version__
from lintnn.checks import rulebook
from lintnn.explain import parts, render, shortened
from lintnn.report.terminal import Palette
from tests.cli.conftest import Lintnn


@pytest.mark.parametrize("key", ["NN001", "nn001", "syntax-error"])
def test_explain_shows_the_page(lintnn: Lintnn, key: str) -> None:
    answer = lintnn("explain", key)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("syntax-error (NN001)\n════════════════════\n\nThe analyser itself · error · tier 1, on by default")
    assert "WHY IT MATTERS" in answer.out
    assert "<!--" not in answer.out


def test_explain_can_show_everything_or_the_source(lintnn: Lintnn) -> None:
    short, whole = lintnn("explain", "NN001"), lintnn("explain", "NN001", "--all")
    assert "lintnn explain NN001 --all" in short.out
    assert len(whole.out) > len(short.out)
    assert lintnn("explain", "NN001", "--markdown").out.startswith("# syntax-error (NN001)\n")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("NN00999", "error: unknown rule `NN00999` (did you mean `NN009`?); `lintnn rules` lists them all\n"),
        ("sintax-error", "error: unknown rule `sintax-error` (did you mean `syntax-error`?); `lintnn rules` lists them all\n"),
    ],
)
def test_explain_suggests_a_rule(lintnn: Lintnn, key: str, message: str) -> None:
    answer = lintnn("explain", key)
    assert (answer.code, answer.out, answer.err) == (2, "", message)


@pytest.mark.parametrize("key", ["losses", "LOSSES", "NN3"])
def test_explain_of_a_family_lists_its_rules(lintnn: Lintnn, key: str) -> None:
    answer = lintnn("explain", key)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("What goes into the loss (losses, NN3)\n  NN301  1  softmax-before-cross-entropy ")
    assert all((f"  {rule.code}  " in answer.out) is (rule.family == "losses") for rule in rulebook())
    assert answer.out.endswith("\nLearn more about a rule: lintnn explain NN301\n")
    assert lintnn("explain", key, "--markdown").code == 2


def test_a_reader_that_goes_away_is_no_failure() -> None:
    program = "import sys; from lintnn.cli import run; sys.exit(run(['rules']))"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_closed_streams_are_no_failure() -> None:
    program = f"exec {sys.executable} -m lintnn rules >&- 2>&-"
    assert subprocess.run(["/bin/sh", "-c", program], check=False).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([sys.executable, "-m", "lintnn", "rules"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: No space left on device\n")


PAGE = """\
# some-rule (NN399)

<!-- facts -->
**Losses** · error
<!-- /facts -->

A sentence that
goes on.

## Bad

First:

```py
f()  # error
```

Second:

```py
g()  # error
```

## Proof

```py proof
assert True
```

## References

- See [the docs](https://example.org/x) and
  [a page](NN301-x.md)
- *More*
"""


def test_a_page_in_a_terminal() -> None:
    assert render(list(shortened(list(parts(PAGE)), "NN399")), 80, Palette(False)) == (
        "some-rule (NN399)\n═════════════════\n\nLosses · error\n\nA sentence that goes on.\n\nBAD\n\nFirst:\n\n    f()  # error\n\n"
        "REFERENCES\n\n- See the docs <https://example.org/x> and a page\n- More\n\n"
        "1 more example and the proof: `lintnn explain NN399 --all`\n"
    )


def test_the_whole_page_in_a_terminal() -> None:
    text = render(list(parts(PAGE)), 80, Palette(True))
    assert "g()  \x1b[1;31m# error\x1b[0m" in text
    assert "    assert True\n" in text


def test_rules_lists_every_rule_with_its_tier(lintnn: Lintnn) -> None:
    answer = lintnn("rules")
    assert answer.code == 0
    for rule in rulebook():
        assert f"  {rule.code}  {rule.tier}  {rule.name} " in answer.out
    assert f"\n{len(rulebook())} rules, " in answer.out


def test_rules_can_be_narrowed_and_read_by_programs(lintnn: Lintnn) -> None:
    answer = lintnn("rules", "NN001,unused-suppression", "--output-format", "json")
    shown = json.loads(answer.out)
    assert [rule["code"] for rule in shown] == ["NN001", "NN002"]
    assert shown[0] == {
        "code": "NN001",
        "name": "syntax-error",
        "family": "analyser",
        "severity": "error",
        "confidence": "high",
        "tier": 1,
        "needs": "syntax",
        "fix": "no",
        "summary": "a file or notebook cell cannot be decoded or parsed, so it is not analysed",
    }
    assert lintnn("rules", "nonsense").code == 2


def test_config_shows_what_holds_and_where_it_comes_from(lintnn: Lintnn, tmp_path: Path) -> None:
    (tmp_path / "lintnn.toml").write_text('ignore = ["NN002"]\n')
    answer = lintnn("config", "x.py", "--extend-exclude", "gen")
    lines = answer.out.splitlines()
    assert (answer.code, lines[0]) == (0, "# settings file: lintnn.toml")
    assert 'ignore = ["NN002"]' in lines
    assert 'extend-exclude = ["gen"]' in lines
    assert "NN001" in lines[-1]
    assert "NN002" not in lines[-1]


def test_version_and_help(lintnn: Lintnn) -> None:
    assert lintnn("--version").out == f"lintnn {__version__}\n"
    text = lintnn("--help").out
    assert text.startswith("Usage: lintnn [check] [OPTIONS] PATH...\n       lintnn COMMAND [OPTIONS] ...\n")
    assert all(word in text for word in ("--select", "--output-format", "explain", "rules", "config", "--version"))
    assert "Exit code: 0" in lintnn("check", "--help").out


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run([sys.executable, "-m", "lintnn", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"lintnn {__version__}\n"


def test_the_program_and_the_safe_module_call_import_nothing_from_the_current_folder(tmp_path: Path) -> None:
    """``pip`` writes a script like this one; Python puts its folder, not the current one, first."""
    project = tmp_path / "project"
    project.mkdir()
    for name in ("types", "enum", "random", "click", "torch", "lintnn"):
        (project / f"{name}.py").write_text(f"raise SystemExit('imported {name}')\n")
    script = tmp_path / "lintnn"
    script.write_text("import sys\nfrom lintnn.__main__ import main\nsys.exit(main())\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for command in ([sys.executable, str(script)], [sys.executable, "-P", "-m", "lintnn"]):
        done = subprocess.run([*command, "."], cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "All clear: no problems found in 6 files.\n", "")
