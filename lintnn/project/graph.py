"""The import graph of a project: an edge from a file to every file of the project that it imports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lintnn.project.files import Files
from lintnn.project.importers import imported_files
from lintnn.project.imports import Imports

if TYPE_CHECKING:
    import networkx


def import_graph(files: Files, imports: Imports, paths: Iterable[str]) -> networkx.DiGraph[str]:
    """The graph over ``paths`` and what they import, found in their text without parsing it. networkx is loaded only here."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    for path in sorted(paths):
        graph.add_node(path)
        data = files.data(path)
        for target in sorted(set(imported_files(imports, path, data))) if data is not None else ():
            if target != path and not target.endswith("/"):
                graph.add_edge(path, target)
    return graph


def cycles(graph: networkx.DiGraph[str]) -> list[list[str]]:
    """The groups of files that import each other, each sorted, in a fixed order."""
    import networkx

    return sorted(sorted(group) for group in networkx.strongly_connected_components(graph) if len(group) > 1)


def evaluation_order(graph: networkx.DiGraph[str]) -> list[str]:
    """The files so that what a file imports stands before it; files of a cycle stand together, sorted."""
    import networkx

    condensed = networkx.condensation(graph)
    groups = networkx.lexicographical_topological_sort(condensed.reverse(), key=lambda group: min(condensed.nodes[group]["members"]))
    return [path for group in groups for path in sorted(condensed.nodes[group]["members"])]
