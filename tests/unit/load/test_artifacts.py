from __future__ import annotations

import os

import pytest

from skafu.load import DocumentError, digest_artifact
from skafu.load.document import parse_document
from skafu.model.artifacts import local_artifacts

FILE = "stacks/app/template.yaml"


def template(text):
    return parse_document(text, FILE, rule="template-syntax")


def function(code):
    return template(
        f"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: {code}\n"
    )


@pytest.fixture
def digest(tmp_path):
    """Digest of what a template names, or what is said against it."""
    (tmp_path / "stacks/app").mkdir(parents=True, exist_ok=True)

    def digested(code="src"):
        (node,) = local_artifacts(function(code))
        try:
            return digest_artifact(tmp_path, FILE, node)
        except DocumentError as bad:
            return str(bad)

    return digested


@pytest.fixture
def src(tmp_path):
    folder = tmp_path / "stacks/app/src"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("print()")
    (folder / "data").mkdir()
    (folder / "data/x.json").write_text("{}")
    return folder


def test_only_what_is_local_is_named():
    found = local_artifacts(
        template(
            """
Globals: {Function: {CodeUri: global}}
Resources:
  A: {Type: AWS::Serverless::Function, Properties: {CodeUri: own}}
  B: {Type: AWS::Serverless::Function, Properties: {CodeUri: "s3://bucket/key"}}
  C: {Type: AWS::Serverless::Function, Properties: {CodeUri: {Bucket: b, Key: k}}}
  D: {Type: AWS::Lambda::Function, Properties: {Code: code.zip}}
  E: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: "print()"}}}
  F: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: api.yaml}}
  G: {Type: AWS::S3::Bucket, Properties: {CodeUri: not-code}}
  H: 5
"""
        )
    )
    assert [node.value for node in found] == ["global", "own", "code.zip", "api.yaml"]


def test_what_is_named_in_branches_and_loops_is_local_too_and_a_function_that_names_nothing_lies_beside():
    found = local_artifacts(
        template(
            """
Resources:
  A: {Type: AWS::Lambda::Function, Properties: {Code: !If [C, one, !If [D, "s3://b/k", two]]}}
  B: {Type: AWS::Serverless::Function, Properties: {Handler: a.b}}
  "Fn::ForEach::L":
    - N
    - [x, y]
    - "${N}F": {Type: AWS::Lambda::Function, Properties: {Code: three}}
      "${N}G": {Type: AWS::Lambda::Function, Properties: {Code: "${N}"}}
"""
        )
    )
    assert [node.value for node in found] == ["one", "two", "three", "."]


@pytest.mark.parametrize("package_type", ["Image", "Zip"])
def test_a_function_of_an_image_has_no_code_beside_it(package_type):
    found = local_artifacts(
        template(
            f"""
Globals: {{Function: {{PackageType: {package_type}}}}}
Resources:
  A: {{Type: AWS::Serverless::Function, Properties: {{Timeout: 3}}, Metadata: {{DockerContext: image}}}}
"""
        )
    )
    assert [node.value for node in found] == {"Image": ["image"], "Zip": ["."]}[package_type]


@pytest.mark.parametrize(
    ("change", "text"),
    [("app.py", "print(1)"), ("new.py", ""), ("data/x.json", "[]"), (".env", "x")],
    ids=["content", "an empty file", "content further down", "a hidden file"],
)
def test_the_digest_changes_with_what_is_packaged(digest, src, change, text):
    before = digest()
    (src / change).write_text(text)
    assert digest() != before


def test_the_digest_changes_with_names(digest, src):
    before = digest()
    (src / "app.py").rename(src / "main.py")
    assert digest() != before


def test_the_digest_changes_when_a_file_can_be_run(digest, src):
    before = digest()
    (src / "app.py").chmod(0o755)
    assert digest() != before


def test_a_pipe_is_never_read(digest, src):
    os.mkfifo(src / "pipe")
    assert digest().endswith("src holds pipe, which is neither a file nor a folder")
    assert digest("src/pipe").endswith("src/pipe is neither a file nor a folder")


def test_moving_a_byte_from_one_file_to_the_next_changes_the_digest(digest, src):
    (src / "a").write_text("12")
    (src / "b").write_text("3")
    before = digest()
    (src / "a").write_text("1")
    (src / "b").write_text("23")
    assert digest() != before


def test_the_digest_does_not_change_with_times_and_leftovers(digest, src):
    before = digest()
    os.utime(src / "app.py", (0, 0))
    (src / "app.py").chmod(0o640)
    (src / "__pycache__").mkdir()
    (src / "__pycache__/app.cpython-311.pyc").write_bytes(b"x")
    (src / "old.pyc").write_bytes(b"x")
    (src / ".DS_Store").write_bytes(b"x")
    (src / "empty").mkdir()
    assert digest() == before
    assert len(before) == 64


@pytest.mark.usefixtures("src")
def test_a_single_file_can_be_named(digest):
    assert digest("src/app.py") == digest("./src/app.py") != digest("src/data/x.json")


def test_a_name_that_is_no_text_is_digested_too(digest, src):
    before = digest()
    (src / os.fsdecode(b"\xff.bin")).write_bytes(b"x")
    assert digest() != before
    assert len(digest()) == 64


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("../../../code", "../../../code lies outside of the repository"),
        ("/etc", "/etc lies outside of the repository"),
        ("missing", "missing does not exist"),
        ("'a\x85b'", "a b does not exist"),
        (f"{'x' * 300}", f"{'x' * 300} cannot be followed: File name too long"),
        ('"a\\0b"', "a\0b cannot be followed: embedded null byte"),
    ],
)
def test_code_that_is_not_in_the_repository_is_refused_at_its_line(digest, code, said):
    assert digest(code) == f"{FILE}:5:16: {said}"


@pytest.mark.parametrize("target", ["/etc", "/etc/hostname", "nowhere"])
def test_code_with_a_link_in_it_is_refused(digest, src, target):
    (src / "data/link").symlink_to(target)
    assert digest() == (
        f"{FILE}:5:16: src holds the symbolic link link, and what lies behind it is not judged"
    )
