from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from skafu.adapters import checkov_environment
from skafu.adapters.checkov_environment import LOCK, NotReady, Ready, install, status
from skafu.model.errors import JudgeError

PINNED = next(line for line in LOCK.read_text(encoding="utf-8").splitlines() if line.startswith("checkov=="))
VERSION = PINNED.removeprefix("checkov==").split()[0]


def test_the_locked_version_is_ready(tmp_path, monkeypatch, environment):
    python = environment(tmp_path / "own", VERSION)
    monkeypatch.setenv("SKAFU_CHECKOV_PYTHON", str(python))
    assert status() == Ready(VERSION, python)


def test_without_the_variable_it_lives_beside_our_own_packages(tmp_path, monkeypatch, environment):
    monkeypatch.delenv("SKAFU_CHECKOV_PYTHON", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert status() == NotReady(
        f"Checkov's environment is missing: there is no {tmp_path / 'checkov' / 'bin' / 'python'}.",
        "Run `skafu doctor --install`.",
    )
    python = environment(tmp_path / "checkov", VERSION)
    assert status() == Ready(VERSION, python)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("3.2.459", f"Checkov 3.2.459 is installed next to .*, but {VERSION} is locked"),
        ("", "Checkov is not installed next to"),
    ],
)
def test_another_version_or_none_is_not_ready_and_says_what_to_run(
    tmp_path, monkeypatch, environment, version, reason
):
    monkeypatch.setenv("SKAFU_CHECKOV_PYTHON", str(environment(tmp_path / "own", version)))
    found = status()
    assert isinstance(found, NotReady)
    assert re.match(reason, found.reason)
    assert "Unset SKAFU_CHECKOV_PYTHON" in found.remedy
    assert "`skafu doctor --install`" in found.remedy


def test_a_lock_that_pins_no_checkov_is_not_ready(tmp_path, monkeypatch):
    monkeypatch.setattr(checkov_environment, "LOCK", tmp_path / "checkov.lock")
    assert status() == NotReady("checkov.lock pins no Checkov.", "Install skafu again.")


def test_an_environment_that_somebody_else_keeps_is_not_touched(monkeypatch):
    monkeypatch.setenv("SKAFU_CHECKOV_PYTHON", sys.executable)
    with pytest.raises(JudgeError, match="SKAFU_CHECKOV_PYTHON is set"):
        install(print)


@pytest.mark.slow
def test_an_installation_that_fails_ends_with_what_was_said_last(tmp_path, monkeypatch):
    lock = tmp_path / "checkov.lock"
    lock.write_text("checkov = a line that is no requirement\n", encoding="utf-8")
    monkeypatch.delenv("SKAFU_CHECKOV_PYTHON", raising=False)
    monkeypatch.setattr(checkov_environment, "LOCK", lock)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    told = []
    with pytest.raises(JudgeError, match=r"ended with exit code \d+:\n(.|\n)*a line that is no requirement"):
        install(told.append)
    assert told[0] == f"Making Checkov's environment in {Path(sys.prefix) / 'checkov'}"
