from __future__ import annotations

import subprocess
import sys

import pytest

from skafu.aws.embedded import environment
from skafu.aws.embedded.environment import LOCK, NotReady, Ready, status
from skafu.aws.embedded.stand_ins import supported
from skafu.environments.making import REMEDY

ASK = "from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS as made; print(*made)"


def test_the_lock_holds_a_hash_for_everything():
    blocks = LOCK.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    packages = [line for line in blocks if line[:1].isalpha()]
    assert any(line.startswith("ministack==") for line in packages)
    assert all("--hash=sha256:" in line for line in packages)


def test_a_missing_environment_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.delenv("SKAFU_MINISTACK_PYTHON", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    python = tmp_path / "ministack" / "bin" / "python"
    assert status() == NotReady(f"MiniStack's environment is missing: there is no {python}.", REMEDY)


def test_another_version_than_the_locked_one_is_not_ready(tmp_path, monkeypatch):
    lock = tmp_path / "ministack.lock"
    lock.write_text("ministack==0.0.1 \\\n", encoding="ascii")
    monkeypatch.setattr(environment, "LOCK", lock)
    found = status()
    assert isinstance(found, NotReady)
    assert "but 0.0.1 is locked" in found.reason


@pytest.mark.slow
def test_the_list_of_types_is_what_the_locked_ministack_says():
    ready = status()
    assert isinstance(ready, Ready)
    asked = subprocess.run([ready.python, "-c", ASK], capture_output=True, text=True, check=True)
    assert supported() == frozenset(asked.stdout.split())
