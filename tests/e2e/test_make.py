"""The make targets, as somebody meets them who has just cloned the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=outside, capture_output=True, text=True, timeout=60
    )


def fresh(folder: Path) -> Path:
    """What a clone has before anything was made in it."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    for lock in ("adapters/checkov.lock", "aws/embedded/ministack.lock"):
        file = folder / "src/skafu" / lock
        file.parent.mkdir(parents=True)
        shutil.copy(ROOT / "src/skafu" / lock, file)
    return folder


def test_help_lists_the_targets(tmp_path):
    listed = make(fresh(tmp_path), "help").stdout
    assert [line.split()[0] for line in listed.splitlines()] == [
        "help",
        "install",
        "validate",
        "deploy",
        "test",
        "check",
        "format",
        "oracle",
        "lock",
        "clean",
    ]


def test_a_python_that_is_too_old_gets_a_sentence(tmp_path):
    folder = fresh(tmp_path)
    old = folder / "python-of-old"
    old.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c "
        """'import sys; sys.version_info = (3, 9, 18, "final", 0); exec(sys.argv[1])' "$2"\n"""
    )
    old.chmod(0o755)
    result = make(folder, "validate", f"PYTHON={old}")
    assert result.returncode != 0
    assert "skafu needs Python 3.11 or newer, and" in result.stderr
    assert "is 3.9.18. Name a newer one: make PYTHON=python3.12" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (folder / ".venv").exists()


def test_locks_hold_hashes_and_no_address():
    for name in ("requirements/dev.lock", "requirements/uv.lock.txt", "src/skafu/adapters/checkov.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
