"""Names across files, where files import one another in circles."""

from __future__ import annotations

from pathlib import Path

import pytest

from lintnn.frontend.lower import lower_file
from lintnn.project.files import Files
from lintnn.project.imports import Imports
from lintnn.project.symbols import SymbolTable
from lintnn.values.roots import MAX_IMPORT_DEPTH, MAX_IMPORTED, Evaluator
from tests.engine.projects import write

COUNT = 3 * MAX_IMPORTED


@pytest.fixture
def ring(tmp_path: Path) -> SymbolTable:
    """Files each of which imports everything from the next; every global value is made from that of the next."""
    write(
        tmp_path,
        {
            f"m{number}.py": f"from m{(number + 1) % COUNT} import *\n\nvalue{number} = [value{(number + 1) % COUNT}]\n"
            for number in range(COUNT)
        },
    )
    files = Files(tmp_path, lower_file)
    return SymbolTable(files, Imports(files))


def test_a_star_import_reaches_every_file_of_a_ring(ring: SymbolTable) -> None:
    assert ring.star_exporter("m0.py", f"value{COUNT - 1}") == f"m{COUNT - 1}.py"
    assert ring.star_exporter("m0.py", "value0") is None, "a file does not import from itself"
    assert ring.star_exporter("m0.py", "print") is None


def test_the_first_of_several_exporters_counts(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "from b import *\nfrom c import *\n", "b.py": "from d import *\n", "c.py": "x = 1\n", "d.py": "x = 2\n"})
    files = Files(tmp_path, lower_file)
    table = SymbolTable(files, Imports(files))
    assert table.of("d.py") is not None, "what was looked at before does not matter"
    assert table.star_exporter("a.py", "x") == "c.py"


def test_a_ring_of_imports_is_not_run_as_a_whole_for_each_file(ring: SymbolTable) -> None:
    evaluator = Evaluator(ring)
    unit = evaluator.unit("m0.py")
    assert len(evaluator.evaluating) == MAX_IMPORT_DEPTH + 1
    assert unit.causes["import-budget"] == 1


def test_of_many_imports_some_are_run(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(COUNT)]
    write(tmp_path, {f"{name}.py": f"{name}_value = [1]\n" for name in names})
    write(tmp_path, {"all.py": "\n".join(f"from {name} import {name}_value\nprint({name}_value)" for name in names) + "\n"})
    files = Files(tmp_path, lower_file)
    evaluator = Evaluator(SymbolTable(files, Imports(files)))
    assert evaluator.unit("all.py").causes["import-budget"] == COUNT - MAX_IMPORTED
    assert len(evaluator.evaluating) == MAX_IMPORTED + 1


def test_a_long_line_of_ancestors(tmp_path: Path) -> None:
    count = 1000
    text = "".join(f"class C{number}(C{number - 1}):\n    pass\n" for number in range(1, count))
    write(tmp_path, {"a.py": "from torch import nn\n\nclass C0(nn.Module):\n    pass\n" + text})
    files = Files(tmp_path, lower_file)
    evaluator = Evaluator(SymbolTable(files, Imports(files)))
    evaluator.unit("a.py")
    longest = max((info.resolution for info in evaluator.run.classes.values()), key=len)
    assert (len(longest), longest[-1]) == (count + 1, "torch.nn.Module")
