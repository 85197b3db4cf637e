"""The formats for machines: the fields that other programs rely on."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from lintnn.config.settings import OUTPUT_FORMATS
from lintnn.report import FOR_PEOPLE, statistics_reporter
from lintnn.report.context import ReportContext
from tests.report.conftest import ALL, BOOK, CROSS_FILE, IN_NOTEBOOK, SEVERAL_LINES, Render, span

WHOLE = (
    "`nn.CrossEntropyLoss` applies log-softmax itself, but its input has been through `softmax`. "
    "The loss cannot fall below 1.46. Return the raw scores."
)


def test_json_has_exactly_the_promised_fields(render: Render) -> None:
    [shown] = json.loads(render("json", [CROSS_FILE]))
    assert shown == {
        "code": "NN301",
        "name": "softmax-before-cross-entropy",
        "severity": "error",
        "confidence": "high",
        "message": WHOLE,
        "filename": "train.py",
        "location": {"row": 7, "column": 22},
        "end_location": {"row": 7, "column": 29},
        "cell": None,
        "related": [
            {
                "filename": "model.py",
                "location": {"row": 6, "column": 16},
                "end_location": {"row": 6, "column": 44},
                "message": "`softmax` is applied here",
            },
            {
                "filename": "train.py",
                "location": {"row": 6, "column": 15},
                "end_location": {"row": 6, "column": 28},
                "message": "the result becomes `outputs`",
            },
            {
                "filename": "train.py",
                "location": {"row": 3, "column": 13},
                "end_location": {"row": 3, "column": 34},
                "message": "this loss expects raw scores",
            },
        ],
        "fix": {
            "applicability": "unsafe",
            "message": "Return the raw scores",
            "edits": [
                {
                    "filename": "model.py",
                    "location": {"row": 6, "column": 16},
                    "end_location": {"row": 6, "column": 44},
                    "content": "self.fc(x)",
                }
            ],
        },
        "fingerprint": "f1",
        "url": None,
    }


def test_json_counts_rows_inside_cells(render: Render) -> None:
    [shown] = json.loads(render("json", [IN_NOTEBOOK]))
    assert (shown["cell"], shown["location"], shown["fix"]) == (2, {"row": 2, "column": 1}, None)
    assert shown["related"][0]["cell"] == 2


def test_json_lines_are_the_same_objects(render: Render) -> None:
    assert [json.loads(line) for line in render("json-lines").splitlines()] == json.loads(render("json"))


def sarif_run(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    assert isinstance(run, dict)
    return run


def test_sarif_describes_the_rules_that_report(render: Render) -> None:
    run = sarif_run(render("sarif", [CROSS_FILE]))
    [rule] = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"], rule["defaultConfiguration"]["level"]) == ("NN301", "SoftmaxBeforeCrossEntropy", "error")
    assert rule["properties"] == {"tags": ["pytorch", "losses"], "precision": "high", "problem.severity": "error"}
    assert rule["help"]["markdown"].startswith("# softmax-before-cross-entropy (NN301)\n")
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert run["columnKind"] == "unicodeCodePoints"


def test_sarif_shows_the_trail_as_a_code_flow_that_ends_at_the_finding(render: Render) -> None:
    [result] = sarif_run(render("sarif", [CROSS_FILE]))["results"]
    [flow] = result["codeFlows"]
    steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    assert [step["physicalLocation"]["artifactLocation"]["uri"] for step in steps] == ["model.py", "train.py", "train.py", "train.py"]
    assert steps[0]["message"] == {"text": "`softmax` is applied here"}
    assert steps[-1]["physicalLocation"] == result["locations"][0]["physicalLocation"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 22, "endLine": 7, "endColumn": 29}
    assert result["partialFingerprints"]["primaryLocationLineHash"] == "f1"
    assert (result["ruleId"], result["ruleIndex"], result["message"]["text"]) == ("NN301", 0, WHOLE)


def test_sarif_paths_are_relative_and_quoted(render: Render) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, span=span("my code/ü#.py", 1, 1, 2), related=())
    [result] = sarif_run(render("sarif", [finding]))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20code/%C3%BC%23.py"


def test_sarif_tells_whether_the_run_succeeded(render: Render) -> None:
    assert sarif_run(render("sarif", []))["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    [failed] = sarif_run(render("sarif", [], errors=("x: no such file",)))["invocations"]
    assert failed["executionSuccessful"] is False
    assert failed["toolExecutionNotifications"][0]["message"]["text"] == "x: no such file"


def test_github_commands(render: Render) -> None:
    notebook, lines, one = render("github").splitlines()
    assert one == f"::error title=NN301 softmax-before-cross-entropy,file=train.py,line=7,endLine=7,col=22,endColumn=29::{WHOLE}"
    assert lines == "::notice title=NN101 missing-zero-grad,file=train.py,line=5,endLine=8::Gradients: 100 %25 kept,%0Anever cleared."
    assert notebook.startswith("::warning title=NN503 discarded-tensor-result,file=nb.ipynb::cell 2, line 2: The result")


def test_github_escapes_properties(render: Render) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, span=span("a,b:c%.py", 1, 1, 2))
    assert ",file=a%2Cb%3Ac%25.py,line=1," in render("github", [finding])


def test_gitlab_fingerprints_differ(render: Render) -> None:
    shown = json.loads(render("gitlab"))
    assert [entry["fingerprint"] for entry in shown] == ["f2", "f2-2", "f1"]
    assert [entry["severity"] for entry in shown] == ["minor", "info", "major"]
    assert shown[2]["location"] == {"path": "train.py", "positions": {"begin": {"line": 7, "column": 22}, "end": {"line": 7, "column": 29}}}
    assert shown[2]["check_name"] == "softmax-before-cross-entropy"


def test_junit_has_a_suite_for_each_file(render: Render) -> None:
    root = ElementTree.fromstring(render("junit"))
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [("nb.ipynb", "1"), ("train.py", "2")]
    failure = root[1][1][0]
    assert (failure.get("type"), failure.text) == ("error", f"train.py:7:22: {WHOLE}")


def test_junit_is_not_empty_when_nothing_is_found(render: Render) -> None:
    root = ElementTree.fromstring(render("junit", []))
    assert (root.get("tests"), root.get("failures"), len(root.findall(".//testcase")), root.findall(".//failure")) == ("1", "0", 1, [])


def test_junit_survives_characters_that_xml_forbids(render: Render) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, message="bad \x00\x1b <tag> & \ufffe", span=span("\x01.py", 1, 1, 2))
    assert ElementTree.fromstring(render("junit", [finding])).get("failures") == "1"


def test_rdjson_has_ranges_and_related_places(render: Render) -> None:
    notebook, _, one = json.loads(render("rdjson"))["diagnostics"]
    assert one["location"] == {"path": "train.py", "range": {"start": {"line": 7, "column": 22}, "end": {"line": 7, "column": 29}}}
    assert (one["severity"], one["code"]) == ("ERROR", {"value": "NN301"})
    assert [related["location"]["path"] for related in one["related_locations"]] == ["model.py", "train.py", "train.py"]
    assert notebook["location"] == {"path": "nb.ipynb"}


def test_azure_commands(render: Render) -> None:
    finding = msgspec.structs.replace(CROSS_FILE, span=span("a;b].py", 7, 22, 29), message="100 %\nsure;", why="", advice="")
    assert render("azure", [finding]) == (
        "##vso[task.logissue type=error;sourcepath=a%3Bb%5D.py;linenumber=7;columnnumber=22;code=NN301;]100 %AZP25%0Asure;\n"
    )


def test_pylint_lines(render: Render) -> None:
    lines = render("pylint").splitlines()
    assert lines[2] == f"train.py:7: [NN301(softmax-before-cross-entropy)] {WHOLE}"
    assert lines[0].startswith("nb.ipynb:1: [NN503(discarded-tensor-result)] cell 2, line 2: ")


@pytest.mark.parametrize("name", [name for name in OUTPUT_FORMATS if name not in FOR_PEOPLE])
def test_machines_get_no_colours_and_plain_characters(render: Render, name: str) -> None:
    odd = msgspec.structs.replace(CROSS_FILE, span=span("\udcff\x1b.py", 1, 1, 2), related=())
    text = render(name, [odd], colour=True)
    assert "\x1b" not in text
    assert text.encode("utf-8")
    assert text.endswith("\n")


def test_statistics_count_rules() -> None:
    context = ReportContext(rulebook=BOOK, version="1", files=2)
    text = "".join(statistics_reporter("full")([*ALL, SEVERAL_LINES], context))
    assert text.splitlines()[:3] == [
        "2  NN101  missing-zero-grad",
        "1  NN301  softmax-before-cross-entropy",
        "1  NN503  discarded-tensor-result",
    ]
    counts = json.loads("".join(statistics_reporter("sarif")([IN_NOTEBOOK], context)))
    assert counts == [{"code": "NN503", "name": "discarded-tensor-result", "count": 1}]
