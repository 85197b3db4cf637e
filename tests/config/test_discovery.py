"""From paths to files: suffixes, excludes, ignore files of git, links, and paths that cannot be searched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lintnn.config.discovery import discover
from lintnn.config.settings import Settings


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, *names: str, text: str = "") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(root: Path, *paths: str, **options: object) -> list[str]:
    settings = Settings(folder=root, **options)  # type: ignore[arg-type]
    result = discover([root / path for path in paths or (".",)], settings)
    assert result.errors == []
    return [path.relative_to(root).as_posix() for path in result.files]


def test_python_files_and_notebooks_are_found_in_order(tree: Path) -> None:
    write(tree, "b.py", "a/z.ipynb", "a/y.py", "c.txt", "d.pyi", "e.pyc")
    assert found(tree) == ["a/y.py", "a/z.ipynb", "b.py"]


def test_each_file_is_found_once_however_often_it_is_named(tree: Path) -> None:
    write(tree, "a/x.py", "a/y.py")
    assert found(tree, ".", "a", "a/x.py", "a/../a/y.py") == ["a/x.py", "a/y.py"]


@pytest.mark.parametrize(
    "folder", [".git", ".venv", "venv", "node_modules", "__pycache__", "build", "dist", ".tox", "site-packages", "x.egg-info"]
)
def test_folders_left_out_by_default(tree: Path, folder: str) -> None:
    write(tree, "kept.py", f"{folder}/left.py", f"deep/{folder}/left.py")
    assert found(tree) == ["kept.py"]


def test_a_folder_that_is_named_is_searched_although_its_name_is_excluded(tree: Path) -> None:
    write(tree, "venv/lib/site-packages/pkg/a.py", "venv/lib/build/b.py")
    assert found(tree, "venv/lib/site-packages/pkg") == ["venv/lib/site-packages/pkg/a.py"]
    assert found(tree, "venv") == []


def test_files_that_are_named_are_always_taken(tree: Path) -> None:
    write(tree, "build/a.py", "script", ".gitignore", text="build\n")
    assert found(tree, "build/a.py", "script") == ["build/a.py", "script"]


def test_force_exclude_leaves_out_named_files_too(tree: Path) -> None:
    write(tree, "build/a.py", "src/gen/b.py", "src/c.py")
    assert found(tree, "build/a.py", "src/gen/b.py", "src/c.py", force_exclude=True, extend_exclude=("src/gen",)) == ["src/c.py"]


def test_exclude_patterns_are_relative_to_the_settings(tree: Path) -> None:
    write(tree, "src/gen/a.py", "src/lib/gen/b.py", "src/lib/c_pb2.py", "src/lib/d.py")
    assert found(tree, "src", extend_exclude=("src/gen/", "*_pb2.py")) == ["src/lib/d.py", "src/lib/gen/b.py"]


def test_exclude_replaces_the_defaults(tree: Path) -> None:
    write(tree, "build/a.py", "b.py")
    assert found(tree, exclude=("b.py",)) == ["build/a.py"]


def test_nested_ignore_files_are_respected(tree: Path) -> None:
    write(tree, "a.py", "out/b.py", "src/data/c.py", "src/data/keep.py", "src/d.py", "other/data/e.py")
    write(tree, ".gitignore", text="/out/\n")
    write(tree, "src/.gitignore", text="data/*\n!data/keep.py\n")
    assert found(tree) == ["a.py", "other/data/e.py", "src/d.py", "src/data/keep.py"]
    assert "out/b.py" in found(tree, respect_gitignore=False)


def test_ignore_files_above_the_searched_folder_count_up_to_the_repository(tree: Path) -> None:
    write(tree, "repo/.git/HEAD", "repo/src/lib/a.py", "repo/src/lib/b_gen.py", "repo/src/lib/c.py")
    write(tree, ".gitignore", text="c.py\n")
    write(tree, "repo/.gitignore", text="*_gen.py\n")
    assert found(tree, "repo/src/lib") == ["repo/src/lib/a.py", "repo/src/lib/c.py"]


def test_an_ignored_folder_that_is_named_is_searched(tree: Path) -> None:
    write(tree, ".git/HEAD", "scratch/a.py")
    write(tree, ".gitignore", text="scratch/\n")
    assert found(tree, "scratch") == ["scratch/a.py"]
    assert found(tree) == []


def test_lines_that_are_no_pattern_are_skipped_as_git_does(tree: Path) -> None:
    write(tree, "a.py", "b.py")
    write(tree, ".gitignore", text="!\na.py\n")
    assert found(tree) == ["b.py"]


def test_loops_of_links_end(tree: Path) -> None:
    write(tree, "pkg/a.py")
    (tree / "pkg" / "again").symlink_to(tree / "pkg", target_is_directory=True)
    (tree / "self.py").symlink_to(tree / "self.py")
    (tree / "gone.py").symlink_to(tree / "nowhere.py")
    assert found(tree) == ["pkg/a.py"]


def test_a_link_to_a_file_that_is_found_anyway_adds_nothing(tree: Path) -> None:
    write(tree, "a.py", "elsewhere.txt")
    (tree / "b.py").symlink_to(tree / "a.py")
    (tree / "c.py").symlink_to(tree / "elsewhere.txt")
    assert found(tree) == ["a.py", "c.py"]


def test_what_is_no_regular_file_is_left_alone(tree: Path) -> None:
    write(tree, "a.py")
    os.mkfifo(tree / "pipe.py")
    (tree / "folder.py").mkdir()
    assert found(tree) == ["a.py"]
    assert discover([Path("pipe.py")], Settings(folder=tree)).errors == ["pipe.py: is not a regular file"]


def test_a_missing_path_is_named_as_it_was_given(tree: Path) -> None:
    write(tree, "a.py")
    result = discover([Path("a.py"), Path("nope/x.py"), tree / "gone"], Settings(folder=tree))
    assert [path.name for path in result.files] == ["a.py"]
    assert result.errors == ["nope/x.py: no such file or folder", "gone: no such file or folder"]


def test_an_empty_folder_gives_nothing(tree: Path) -> None:
    assert found(tree) == []


def test_names_may_hold_anything(tree: Path) -> None:
    write(tree, "ümlaut 文件.py", "#x.py", "[a].py", "-.py")
    assert found(tree) == ["#x.py", "-.py", "[a].py", "ümlaut 文件.py"]
