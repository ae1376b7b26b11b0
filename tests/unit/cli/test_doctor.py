from __future__ import annotations

import pytest
from click.testing import CliRunner

from skafu.cli import doctor


@pytest.fixture
def told(monkeypatch, tmp_path):
    """`told(VARIABLE)`: the exit code and the output, where the environment of that variable is missing."""

    def run(*missing):
        for variable in missing:
            monkeypatch.setenv(variable, str(tmp_path / "none"))
        result = CliRunner().invoke(doctor.command, standalone_mode=False)
        return result.return_value, result.output

    return run


def test_where_everything_is_in_place_each_version_is_told(told):
    code, output = told()
    assert code == 0
    rows = [line.split()[:2] for line in output.splitlines()]
    assert [row for row in rows if row[1] in {"checkov", "ministack"}] == [
        ["✓", "checkov"],
        ["✓", "ministack"],
    ]


def test_without_checkov_nothing_can_be_judged(told):
    code, output = told("SKAFU_CHECKOV_PYTHON")
    assert code == 4
    assert "✗ checkov              Checkov's environment is missing" in output


def test_without_ministack_everything_can_be_judged_and_it_is_said_what_cannot_be_done(told):
    code, output = told("SKAFU_MINISTACK_PYTHON")
    assert code == 0
    assert "- ministack            MiniStack's environment is missing" in output
    assert "Only `--endpoint embedded` needs it. Unset SKAFU_MINISTACK_PYTHON" in output
