"""What a requirements.txt may say."""

from __future__ import annotations

import pytest

from skafu.artifacts import ArtifactError
from skafu.artifacts.requirements import check

FINE = """
# a comment
--index-url https://packages.example/simple
-f wheels
--only-binary=:all:
-r more/base.txt
-c more/limits.txt
sample==1.0 ; python_version > "3.8"  # why
other[extra]==2.0 \\
    --hash=sha256:00 \\
    --hash=sha256:11
third @ https://packages.example/third-1.0-py3-none-any.whl#sha256=00
"""


@pytest.fixture
def said(tmp_path):
    """What is said against a manifest."""

    def write(text):
        folder = tmp_path / "src"
        (folder / "more").mkdir(parents=True, exist_ok=True)
        (folder / "requirements.txt").write_text(text)
        (folder / "more/base.txt").write_text("-r limits.txt\nbase==1.0\n")
        (folder / "more/limits.txt").write_text("-c base.txt\nlimit<2\n")  # a circle ends
        (tmp_path / "outside.txt").write_text("sample\n")
        try:
            check(folder / "requirements.txt", folder, "app/src")
        except ArtifactError as error:
            return str(error)
        return ""

    return write


def test_packages_hashes_places_to_get_them_from_and_files_beside_are_taken(said):
    assert said(FINE) == ""


@pytest.mark.parametrize(
    "line",
    [
        "--no-binary :all:",
        "--no-binary=sample",
        "-e .",
        "-e.",
        "--editable ./lib",
        "--global-option=x",
        "--index-url https://packages.example --no-binary sample",
        "sample==1.0 --no-binary sample",
        "sample==1.0 --config-settings=x",
    ],
)
def test_what_would_run_code_here_is_refused(said, line):
    assert said(f"\n{line}\n") == (
        f"app/src/requirements.txt:2:1: {line} is not taken: packages are installed as they were published, never built"
    )


@pytest.mark.parametrize(
    "named", ["../outside.txt", "/etc/hostname", "gone.txt", "https://packages.example/r.txt"]
)
@pytest.mark.parametrize("option", ["-r ", "-c ", "--requirement=", "-r"])
def test_what_is_included_has_to_be_approved_too(said, option, named):
    assert said(f"{option}{named}\n") == (
        f"app/src/requirements.txt:1:1: {named} is included, and is not beside it: nobody has approved it"
    )


def test_a_line_that_goes_on_is_one_line(said):
    assert said("--no-\\\nbinary sample\n").startswith(
        "app/src/requirements.txt:1:1: --no-binary sample is not taken"
    )
