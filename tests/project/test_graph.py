"""The import graph: edges, cycles and an order in which imported files come first."""

from __future__ import annotations

from pathlib import Path

from lintnn.frontend.lower import lower_file
from lintnn.project.files import Files
from lintnn.project.graph import cycles, evaluation_order, import_graph
from lintnn.project.imports import Imports

FILES = {
    "train.py": b"import model\nfrom data import loaders\n",
    "model.py": b"from layers.blocks import Block\nimport torch\n",
    "layers/__init__.py": b"",
    "layers/blocks.py": b"from .heads import Head\n",
    "layers/heads.py": b"from . import blocks\n",
    "data/loaders.py": b"import torch\n",
}


def graph_of(tmp_path: Path) -> tuple[list[tuple[str, str]], list[list[str]], list[str]]:
    files = Files(tmp_path, lower_file, FILES)
    (tmp_path / "data").mkdir()
    (tmp_path / "layers").mkdir()
    graph = import_graph(files, Imports(files), FILES)
    return sorted(graph.edges), cycles(graph), evaluation_order(graph)


def test_edges_lead_to_what_a_file_imports(tmp_path: Path) -> None:
    edges, _, _ = graph_of(tmp_path)
    assert ("train.py", "model.py") in edges
    assert ("train.py", "data/loaders.py") in edges
    assert ("model.py", "layers/blocks.py") in edges
    assert ("layers/blocks.py", "layers/heads.py") in edges
    assert not [edge for edge in edges if "torch" in edge[1]]


def test_files_that_import_each_other_are_a_cycle(tmp_path: Path) -> None:
    _, groups, _ = graph_of(tmp_path)
    assert groups == [["layers/blocks.py", "layers/heads.py"]]


def test_what_a_file_imports_comes_before_it(tmp_path: Path) -> None:
    edges, groups, order = graph_of(tmp_path)
    together = {frozenset(group) for group in groups}
    assert all(order.index(target) < order.index(source) for source, target in edges if frozenset((source, target)) not in together)
    assert sorted(order) == sorted(FILES)
