"""Which wheels run in which runtime."""

from __future__ import annotations

import pytest

from skafu.artifacts.wheels import unfit


@pytest.mark.parametrize(
    ("tag", "runs"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64", True),
        ("cp312-cp312-manylinux_2_38_aarch64.manylinux_2_17_x86_64", False),
        ("py312-none-any", True),
        ("py313-none-any", False),
        ("cp312-cp312-manylinux_2_17_aarch64", True),
        ("cp312-cp312-manylinux2014_aarch64", True),
        ("cp312-cp312-manylinux_2_34_aarch64", True),
        ("cp312-cp312-manylinux_2_35_aarch64", False),
        ("cp312-cp312-manylinux_2_17_x86_64", False),
        ("cp312-cp312-musllinux_1_2_aarch64", False),
        ("cp312-cp312-macosx_11_0_arm64", False),
        ("cp312-cp312-linux_aarch64", True),
        ("cp311-cp311-manylinux_2_17_aarch64", False),
        ("cp39-abi3-manylinux_2_28_aarch64", True),
        ("cp313-abi3-manylinux_2_28_aarch64", False),
        ("cp312-none-any", True),
        ("cp311-none-any", False),
        ("pp310-pypy310_pp73-manylinux_2_17_aarch64", False),
        ("nonsense", False),
    ],
)
def test_a_wheel_runs_where_its_tag_says(tmp_path, tag, runs):
    info = tmp_path / "sample-1.0.dist-info"
    info.mkdir()
    (info / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    said = f"sample-1.0 is made for {tag}, which does not run on python3.12 on arm64"
    assert unfit(tmp_path, "python3.12", "arm64") == ([] if runs else [said])


def test_one_tag_that_fits_is_enough_and_no_tag_is_not(tmp_path):
    for name, text in (
        ("a", "Tag: cp312-cp312-win_amd64\nTag: py3-none-any\n"),
        ("b", "Wheel-Version: 1.0\n"),
    ):
        (tmp_path / f"{name}-1.0.dist-info").mkdir()
        (tmp_path / f"{name}-1.0.dist-info/WHEEL").write_text(text)
    assert unfit(tmp_path, "python3.12", "x86_64") == [
        "b-1.0 is made for nobody knows what, which does not run on python3.12 on x86_64"
    ]


def test_older_runtimes_have_an_older_glibc(tmp_path):
    (tmp_path / "sample-1.0.dist-info").mkdir()
    (tmp_path / "sample-1.0.dist-info/WHEEL").write_text("Tag: cp311-cp311-manylinux_2_28_x86_64\n")
    assert len(unfit(tmp_path, "python3.11", "x86_64")) == 1
