from __future__ import annotations

import os
import shutil

import pytest

from skafu.cache import fingerprint, surroundings

FILES = {"folder/a.yaml": "A", "folder/below/b.yaml": "B", "folder/empty": "", "folder/waivers.yaml": "W"}


@pytest.fixture
def root(tmp_path):
    for file, text in FILES.items():
        path = tmp_path / "root" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "root"


def print_of(root):
    return fingerprint(str(root), "folder", leaving_out=frozenset({"folder/waivers.yaml"}))


CHANGES = {
    "content": lambda root: (root / "folder/a.yaml").write_text("a"),
    "content-below": lambda root: (root / "folder/below/b.yaml").write_text("b"),
    "more": lambda root: (root / "folder/c.yaml").write_text(""),
    "less": lambda root: (root / "folder/empty").unlink(),
    "name": lambda root: (root / "folder/a.yaml").rename(root / "folder/z.yaml"),
    "place": lambda root: (root / "folder/a.yaml").rename(root / "folder/below/a.yaml"),
    "border": lambda root: ((root / "folder/a.yaml").write_text(""), (root / "folder/empty").write_text("A")),
    "link-to-file": lambda root: (root / "folder/l").symlink_to("a.yaml"),
    "link-to-folder": lambda root: (root / "folder/l").symlink_to("below"),
    "same-content-by-link": lambda root: (
        (root / "folder/a.yaml").rename(root / "elsewhere"),
        (root / "folder/a.yaml").symlink_to("../elsewhere"),
    ),
    "gone": lambda root: shutil.rmtree(root / "folder"),
    "run": lambda root: (root / "folder/a.yaml").chmod(0o755),
    "among-what-tools-leave": lambda root: (
        (root / "folder/__pycache__").mkdir(),
        (root / "folder/__pycache__/stack.yaml").write_text(""),
    ),
    "moved-behind-a-link": lambda root: (
        (root / "folder").rename(root / "real"),
        (root / "folder").symlink_to("real"),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_of_a_folder_is_another_fingerprint(root, change):
    before = print_of(root)
    change(root)
    assert print_of(root) != before


SAME = {
    "nothing": lambda _: None,
    "time": lambda root: os.utime(root / "folder/a.yaml", (0, 0)),
    "left-out": lambda root: (root / "folder/waivers.yaml").write_text("other"),
    "byte-code": lambda root: (root / "folder/a.pyc").write_text(""),
    "tools": lambda root: (root / "folder/.DS_Store").write_text(""),
    "byte-code-below": lambda root: (
        (root / "folder/__pycache__").mkdir(),
        (root / "folder/__pycache__/a.pyc").write_text(""),
    ),
    "elsewhere": lambda root: (root / "other.yaml").write_text(""),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_decides_nothing_changes_no_fingerprint(root, change):
    before = print_of(root)
    change(root)
    assert print_of(root) == before


def test_the_same_repository_elsewhere_has_the_same_fingerprint(root, tmp_path):
    shutil.copytree(root, tmp_path / "copy")
    assert print_of(tmp_path / "copy") == print_of(root)


def test_what_is_not_there_has_a_fingerprint_until_it_is(root):
    before = fingerprint(str(root), "later")
    assert fingerprint(str(root), "later") == before
    (root / "later").write_text("")
    assert fingerprint(str(root), "later") != before


def test_a_pipe_is_not_read(root):
    os.mkfifo(root / "folder/pipe")
    assert print_of(root) == print_of(root)


def test_a_path_that_no_file_can_have_is_a_fingerprint_too(root):
    assert fingerprint(str(root), "a\0b") == "no path"


@pytest.fixture
def environment(tmp_path):
    home = tmp_path / "checkov"
    packages = home / "lib/python3.11/site-packages"
    (packages / "checkov-3.3.30.dist-info").mkdir(parents=True)
    (home / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.9\n")
    return home, packages


def stands_on(home):
    return surroundings((home,))


ENVIRONMENTS = {
    "version": lambda _, packages: (packages / "checkov-3.3.30.dist-info").rename(
        packages / "checkov-3.3.31.dist-info"
    ),
    "one-more": lambda _, packages: (packages / "bc_jsonpath_ng-1.6.1.dist-info").mkdir(),
    "python": lambda home, _: (home / "pyvenv.cfg").write_text("version = 3.12.1\n"),
    "gone": lambda home, _: shutil.rmtree(home),
}


@pytest.mark.parametrize("change", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_another_version_in_an_environment_is_another_ground_to_stand_on(environment, change):
    before = stands_on(environment[0])
    assert stands_on(environment[0]) == before
    change(*environment)
    assert stands_on(environment[0]) != before


def test_another_version_beside_skafu_is_another_ground_to_stand_on(tmp_path, monkeypatch):
    before = stands_on(tmp_path)
    (tmp_path / "cfn_lint-9.9.9.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert stands_on(tmp_path / "none") != before


def test_another_python_or_another_line_of_skafu_is_another_ground_to_stand_on(tmp_path, monkeypatch):
    before = stands_on(tmp_path)
    monkeypatch.setattr("sys.version", "3.99.0 (main)")
    after = stands_on(tmp_path)
    monkeypatch.setattr("skafu.cache.ground.PACKAGE", tmp_path)
    assert len({before, after, stands_on(tmp_path)}) == 3
