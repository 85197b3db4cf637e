"""What the interpreter is certain of agrees with what torch does, wherever an example can be run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from lintnn.values.domain import FALSE, Constant, Tensor, Tuple, Unknown, Value, choose
from tests.oracle.cases import Outcome, Program, programs, run_all
from tests.oracle.comparing import disagreement
from tests.oracle.instrument import instrument

PROGRAMS = programs()
DOCUMENTS = sorted({program.document for program in PROGRAMS})
MUST_RUN = 0.9
"""The least share of the programs that has to run."""
MUST_COMPARE = 3000
"""The least number of concrete values that a fact could have contradicted."""
MISSING = (
    "lightning",
    "accelerate",
    "skorch",
    "torchvision",
    "transformers",
    "deepspeed",
    "torch_geometric",
    "company_training",
    "ignite",
    "sklearn",
    "pandas",
    "timm",
    "tqdm",
    "huggingface_hub",
    *("'data'", "'helpers'", "'nets'", "'adapters'", "'callbacks'", "'engine'"),
)
"""Packages that examples import and that this project does not install, and files of their own project that they only name."""


@pytest.fixture(scope="module")
def outcomes() -> Mapping[str, Sequence[Outcome]]:
    """All programs run once; their outcomes by document."""
    done = run_all(PROGRAMS)
    return {document: [one for one in done if one.program.document == document] for document in DOCUMENTS}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_facts_agree_with_torch(document: str, outcomes: Mapping[str, Sequence[Outcome]]) -> None:
    found = [line for outcome in outcomes[document] for line in outcome.disagreements]
    assert not found, "\n".join(found)


def test_enough_programs_run(outcomes: Mapping[str, Sequence[Outcome]]) -> None:
    every = [outcome for document in DOCUMENTS for outcome in outcomes[document]]
    silent = [f"{one.program.document}: {one.program.title}: {one.problem}" for one in every if one.problem]
    assert len(every) - len(silent) >= MUST_RUN * len(every), "\n".join(silent)
    assert sum(one.compared for one in every) >= MUST_COMPARE


def test_every_suite_runs(outcomes: Mapping[str, Sequence[Outcome]]) -> None:
    suites = [outcome for document in DOCUMENTS if not document.startswith("NN") for outcome in outcomes[document]]
    assert [f"{one.program.title}: {one.problem}" for one in suites if one.problem and not _misses_package(one)] == []


def _misses_package(outcome: Outcome) -> bool:
    return outcome.problem.startswith("ModuleNotFoundError") and any(name in outcome.problem for name in MISSING)


def test_examples_fail_for_known_reasons_only(outcomes: Mapping[str, Sequence[Outcome]]) -> None:
    """A program of a page that cannot run misses a package, shows a crash, or takes too long; it is never broken by the recorder."""
    every = [outcome for document in DOCUMENTS for outcome in outcomes[document] if outcome.problem]
    unexpected = [one for one in every if one.problem.startswith(("NameError", "SyntaxError", "ImportError"))]
    unexpected += [one for one in every if one.problem.startswith("ModuleNotFoundError") and not _misses_package(one)]
    assert [f"{one.program.document}: {one.program.title}: {one.problem}" for one in unexpected] == []


def test_a_wrong_fact_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle sees it if a table says something else than torch does."""
    monkeypatch.setattr("lintnn.values.ops.dtypes.promote", lambda left, right: "float16")
    source = "import torch\n\na = torch.zeros(2)\nb = a + torch.zeros(2, dtype=torch.float64)\n"
    [outcome] = run_all([Program("example", "promotion", {"example.py": source})])
    assert outcome.problem == ""
    assert len(outcome.disagreements) == 1
    assert "its dtype is float64, not float16" in outcome.disagreements[0]


def test_functions_that_nothing_calls_are_tried() -> None:
    source = "import torch\n\n\ndef activate(x):\n    y = torch.softmax(x, 1)\n    return y\n"
    [outcome] = run_all([Program("example", "driven", {"example.py": source})])
    assert (outcome.problem, outcome.compared, outcome.disagreements) == ("", 2, ())


CONCRETE = {"kind": "tensor", "dtype": "float32", "grad": True, "shape": [4, 3], "least": -2.0, "greatest": 3.0}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Unknown("nothing"), ""),
        (Tensor(), ""),
        (Tensor("float32", attached=True, after="raw", units=3, rank=2), ""),
        (Tensor("float64"), "its dtype is float32, not float64"),
        (Tensor(attached=False), "requires_grad is True, not False"),
        (Tensor("float32", rank=1), "it has 2 axes, not 1"),
        (Tensor("float32", units=7), "its shape is [4, 3]: no axis of 7"),
        (Tensor("float32", after="softmax"), "its numbers lie between -2 and 3, which is no softmax"),
        (Tensor("float32", array=True), "it is a tensor, no array"),
        (Constant(1), "it is a tensor, not 1"),
        (Tuple((Tensor("float32"),)), "it is a tensor, no tuple of 1"),
        (choose([(Constant(1), frozenset()), (Tensor("float32"), frozenset())]), ""),
        (FALSE, "it is a tensor, not False"),
    ],
)
def test_a_value_contradicts_or_agrees(value: Value, reason: str) -> None:
    assert disagreement([(value, {})], CONCRETE) == reason


def test_the_instrumented_program_does_the_same() -> None:
    source = "a = b = [1, 2]\nb[0] += 5\n(c, *d), e = (1, 2, 3), 4\nfor i in a:\n    f = i\ndef g():\n    return f\nh = g()\n"
    seen: dict[tuple[int, int], object] = {}

    def record(file: str, row: int, column: int, value: object) -> object:
        seen[row, column] = value
        return value

    namespace = {"__lintnn_record__": record}
    exec(instrument(source, "x.py"), namespace)
    assert {name: namespace[name] for name in "abcdefh"} == {"a": [6, 2], "b": [6, 2], "c": 1, "d": [2, 3], "e": 4, "f": 2, "h": 2}
    assert seen == {
        (1, 1): [6, 2], (1, 5): [6, 2], (3, 2): 1, (3, 6): [2, 3], (3, 10): 4, (4, 5): 2, (5, 5): 2, (7, 12): 2, (8, 1): 2
    }  # fmt: skip
