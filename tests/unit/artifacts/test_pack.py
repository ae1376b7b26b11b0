"""What is packed is what was approved, with the same bytes everywhere."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zipfile

import pytest

from skafu.artifacts import ArtifactError, archive, pack


@pytest.fixture
def function(repository, template):
    """A function whose code lies in `src`."""
    template(
        "F: {Type: AWS::Lambda::Function, Properties: {Code: src, Role: r, Handler: a.b, Runtime: python3.12}}"
    )
    repository.write("src/app.py", "print()\n")
    repository.write("src/lib/bootstrap", "#!/bin/sh\n", runs=True)
    repository.write("src/lib/ä.txt", "")
    repository.write("src/__pycache__/app.pyc", "left behind")
    return repository


def entries(file):
    with zipfile.ZipFile(file) as made:
        return [
            (one.filename, stat.S_IMODE(one.external_attr >> 16), one.date_time[0], one.extra)
            for one in made.infolist()
        ]


def test_a_folder_becomes_a_zip_without_times_owners_and_leftovers(function, tmp_path):
    packed = pack(function.need(), function.root, tmp_path / "out")
    assert entries(packed.file) == [
        ("app.py", 0o644, 1980, b""),
        ("lib/bootstrap", 0o755, 1980, b""),
        ("lib/ä.txt", 0o644, 1980, b""),
    ]
    whole = packed.file.read_bytes()
    assert (packed.sha256, packed.size) == (hashlib.sha256(whole).hexdigest(), len(whole))
    assert packed.file.name == packed.key == function.need().digest
    assert list((tmp_path / "out").iterdir()) == [packed.file]


def test_a_copy_made_elsewhere_at_another_time_becomes_the_same_bytes(function, tmp_path):
    here = pack(function.need(), function.root, tmp_path / "here")
    other = tmp_path / "other"
    shutil.copytree(function.root, other, copy_function=shutil.copy)
    for path in other.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    there = pack(function.need(), other, tmp_path / "there")
    assert (there.key, there.file.read_bytes()) == (here.key, here.file.read_bytes())


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda src: (src / "app.py").write_text("other"), ""),
        (lambda src: (src / "new.py").write_text(""), ""),
        (lambda src: (src / "app.py").chmod(0o755), ""),
        (lambda src: (src / "app.py").rename(src / "main.py"), ""),
        (lambda src: (src / "x").symlink_to("/etc"), ", and now x is a symbolic link"),
        (lambda src: os.mkfifo(src / "x"), ", and now x is neither a file nor a folder"),
    ],
    ids=["content", "a new file", "a mode", "a name", "a link", "a pipe"],
)
def test_code_that_was_edited_after_it_was_approved_is_not_packed(function, tmp_path, edit, said):
    need = function.need()
    edit(function.root / need.source)
    with pytest.raises(ArtifactError) as refused:
        pack(need, function.root, tmp_path / "out")
    assert refused.value.message == f"stacks/app/app/src was edited after it was approved{said}"
    assert list((tmp_path / "out").iterdir()) == []


def test_code_that_is_gone_cannot_be_read(function, tmp_path):
    need = function.need()
    shutil.rmtree(function.root / need.source)
    with pytest.raises(ArtifactError, match="src cannot be read: No such file or directory"):
        pack(need, function.root, tmp_path / "out")


def test_a_file_that_is_uploaded_as_it_is_has_its_own_bytes(repository, template, tmp_path):
    template(
        "S: {Type: AWS::StepFunctions::StateMachine, Properties: {DefinitionS3Location: m.json, RoleArn: r}}"
    )
    repository.write("m.json", "{}")
    packed = pack(repository.need(), repository.root, tmp_path / "out")
    assert (packed.file.read_text(), packed.size, packed.key.split("/")[1]) == ("{}", 2, "m.json")


def test_an_empty_folder_is_no_package(repository, template, tmp_path):
    template(
        "F: {Type: AWS::Lambda::Function, Properties: {Code: src, Role: r, Handler: a.b, Runtime: nodejs22.x}}"
    )
    repository.write("src/__pycache__/x")
    with pytest.raises(ArtifactError, match="src holds no file, and Lambda takes no empty package"):
        pack(repository.need(), repository.root, tmp_path / "out")


def test_more_than_lambda_takes_unzipped_is_refused(function, repository, template, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "UNZIPPED_LIMIT", 17)  # bytes; the three files have 18
    with pytest.raises(ArtifactError, match="src is larger than the 250 MB that Lambda takes unzipped"):
        pack(function.need(), function.root, tmp_path / "out")

    with zipfile.ZipFile(repository.write("made.zip"), "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros", bytes(18))
    template("F: {Type: AWS::Lambda::Function, Properties: {Code: made.zip, Role: r}}")
    with pytest.raises(ArtifactError, match=r"made.zip is larger than the 250 MB"):
        pack(repository.need(), repository.root, tmp_path / "out")


def test_a_disk_that_is_full_leaves_nothing_behind(function, tmp_path):
    blocked = tmp_path / "out"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(ArtifactError, match="src cannot be packed: File exists"):
        pack(function.need(), function.root, blocked)
