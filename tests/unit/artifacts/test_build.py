"""Packages are installed for the runtime in Lambda, whatever machine installs them, and leave no trace of it."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import zipfile

import pytest

from skafu.artifacts import ArtifactError, build, pack

pytestmark = pytest.mark.slow

ARM = "manylinux_2_17_aarch64"
INTEL = "manylinux_2_17_x86_64"


def wheel(folder, tag, content, name="sample", version="1.0"):
    """A wheel with one module that holds `content`, and a command."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as made:
        made.writestr(f"{name}.py", content)
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        made.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        made.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name} = {name}:main\n")
        made.writestr(f"{info}/RECORD", "")


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A folder that wheels come from, and nothing else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return folder


@pytest.fixture
def function(repository, template):
    """A function on arm64 whose manifest lists something; returns what is in its zip."""

    def build(manifest, folder, tell=lambda _: None):
        template(
            "F:",
            "  Type: AWS::Lambda::Function",
            "  Properties: {Code: src, Role: r, Handler: a.b, Runtime: python3.12, Architectures: [arm64]}",
        )
        repository.write("src/app.py", "import sample\n")
        repository.write("src/requirements.txt", manifest)
        return pack(repository.need(), repository.root, folder, tell)

    return build


def contents(packed):
    with zipfile.ZipFile(packed.file) as made:
        return {name: made.read(name).decode() for name in made.namelist()}


def test_packages_are_those_of_the_functions_runtime_and_architecture(registry, function, tmp_path):
    for tag, content in (
        (f"cp312-cp312-{ARM}", "right"),
        (f"cp312-cp312-{INTEL}", "another architecture"),
        (f"cp311-cp311-{ARM}", "another version"),
        (f"cp311-cp311-{INTEL}", "of this machine"),
    ):
        wheel(registry, tag, content)
    told = []
    found = contents(function("sample==1.0; python_version == '3.12'", tmp_path / "out", told.append))
    assert sorted(found) == [
        "app.py",
        "requirements.txt",
        "sample-1.0.dist-info/METADATA",
        "sample-1.0.dist-info/WHEEL",
        "sample-1.0.dist-info/entry_points.txt",
        "sample.py",
    ]
    assert found["sample.py"] == "right"
    assert told == ["installing stacks/app/app/src/requirements.txt for python3.12 on arm64"]


def test_two_builds_make_the_same_bytes(registry, function, tmp_path):
    wheel(registry, "py3-none-any", "")
    first = function("sample", tmp_path / "first")
    second = function("sample", tmp_path / "second")
    assert (first.key, first.sha256, first.file.read_bytes()) == (
        second.key,
        second.sha256,
        second.file.read_bytes(),
    )


def test_where_a_package_has_a_file_of_ours_ours_is_packed(registry, function, tmp_path):
    wheel(registry, "py3-none-any", "theirs", name="app")
    assert contents(function("app", tmp_path / "out"))["app.py"] == "import sample\n"


def test_a_layer_holds_its_packages_in_the_folder_of_its_language(registry, repository, template, tmp_path):
    wheel(registry, "py3-none-any", "")
    template(
        "L:",
        "  Type: AWS::Serverless::LayerVersion",
        "  Metadata: {BuildMethod: python3.12}",
        "  Properties: {ContentUri: src}",
    )
    repository.write("src/requirements.txt", "sample")
    found = contents(pack(repository.need(), repository.root, tmp_path / "out"))
    assert {"python/sample.py", "python/requirements.txt"} < set(found)
    assert all(name.startswith("python/") for name in found)


def test_what_cannot_be_installed_is_an_error_at_the_manifest_with_what_the_tool_said(
    registry, function, tmp_path
):
    wheel(registry, f"cp312-cp312-{INTEL}", "another architecture")
    with pytest.raises(ArtifactError) as failed:
        function("sample==1.0", tmp_path / "out")
    assert str(failed.value.at).startswith("stacks/app/app/src/requirements.txt")
    assert failed.value.message.startswith("its packages cannot be installed for python3.12 on arm64: ")
    assert "sample" in failed.value.message


@pytest.mark.parametrize(
    "manifest", ["sample==1.0", "--no-binary sample\nsample==1.0", "sample @ file://WHEELS/sample-1.0.tar.gz"]
)
def test_nothing_is_built_from_source(registry, function, tmp_path, manifest):
    marker = tmp_path / "ran"
    with tarfile.open(registry / "sample-1.0.tar.gz", "w:gz") as made:
        for name, text in (
            ("setup.py", f"open({str(marker)!r}, 'w')"),
            ("PKG-INFO", "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n"),
        ):
            entry = tarfile.TarInfo(f"sample-1.0/{name}")
            entry.size = len(text)
            made.addfile(entry, io.BytesIO(text.encode()))
    with pytest.raises(ArtifactError, match=r"cannot be installed|never built"):
        function(manifest.replace("WHEELS", str(registry)), tmp_path / "out")
    assert not marker.exists()


def test_code_is_built_from_what_was_approved_or_not_at_all(registry, function, repository, tmp_path):
    wheel(registry, "py3-none-any", "")
    function("sample", tmp_path / "out")
    need = repository.need()
    repository.write("src/requirements.txt", "other")
    with pytest.raises(ArtifactError, match="was edited after it was approved"):
        pack(need, repository.root, tmp_path / "again")


@pytest.fixture
def npm(repository, template, tmp_path, monkeypatch):
    """A function for Node.js, and an npm that does what it is told instead; returns what is said against it."""

    def write(script):
        path = tmp_path / "bin/npm"
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(path.parent), prepend=os.pathsep)
        template(
            "F:",
            "  Type: AWS::Lambda::Function",
            "  Properties: {Code: src, Role: r, Handler: a.b, Runtime: nodejs22.x, Architectures: [arm64]}",
        )
        repository.write("src/package.json", "{}")
        with pytest.raises(ArtifactError) as failed:
            pack(repository.need(), repository.root, tmp_path / "out")
        return failed.value.message

    return write


def test_a_tool_sees_nothing_of_aws_and_is_told_for_what_it_installs(npm, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    npm(f"env > {tmp_path}/seen; exit 1")
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "seen").read_text().splitlines())
    assert [name for name in seen if name.startswith("AWS_")] == []
    assert (seen["npm_config_cpu"], seen["npm_config_ignore_scripts"]) == ("arm64", "true")


def test_the_last_lines_of_what_a_tool_said_are_told(npm):
    said = npm("for i in $(seq 100); do echo line $i >&2; done; exit 1").splitlines()
    assert said[0].startswith("its packages cannot be installed for nodejs22.x on arm64: ")
    assert (len(said), said[-1]) == (12, "line 100")


def test_a_tool_that_never_ends_is_ended_with_all_it_started(npm, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "TIME_LIMIT", 1)
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    said = npm(f"exec 9>{tmp_path}/pipe; sleep 30; echo still there >&9")
    os.set_blocking(reader, True)
    assert (said.split(": ")[1], os.read(reader, 100)) == ("it took longer than 1 seconds", b"")
    os.close(reader)


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm on this machine")
def test_packages_for_node_are_installed_and_no_script_of_theirs_runs(repository, template, tmp_path):
    marker = tmp_path / "ran"
    package = {"name": "dep", "version": "1.0.0", "scripts": {"postinstall": f"touch {marker}"}}
    dependency = io.BytesIO()
    with tarfile.open(fileobj=dependency, mode="w:gz") as made:
        for name, text in (("package.json", json.dumps(package)), ("index.js", "// dep")):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            made.addfile(entry, io.BytesIO(text.encode()))
    template(
        "F: {Type: AWS::Lambda::Function, Properties: {Code: src, Role: r, Handler: a.b, Runtime: nodejs22.x}}"
    )
    repository.write("src/app.js", "require('dep')")
    repository.write("src/dep.tgz", dependency.getvalue())
    manifest = {"name": "app", "version": "1.0.0", "dependencies": {"dep": "file:dep.tgz"}}
    repository.write("src/package.json", json.dumps(manifest))

    with zipfile.ZipFile(pack(repository.need(), repository.root, tmp_path / "out").file) as made:
        found = set(made.namelist())
    assert found == {
        "app.js",
        "dep.tgz",
        "node_modules/dep/index.js",
        "node_modules/dep/package.json",
        "package.json",
    }
    assert not marker.exists()
