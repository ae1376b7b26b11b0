"""The committed sample is what the failing example gives. `SKAFU_GOLDEN=write` writes it anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "reports/sample"
SKAFU = Path(sys.executable).with_name("skafu")
NO_PART = shutil.ignore_patterns("__pycache__", "controls")
"""The registers of controls name our validators and our Config rules, and the example has neither."""

ENDINGS = {"markdown": "md", "sarif": "sarif", "json": "json"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "seed-mistakes"
    shutil.copytree(ROOT / "tests/examples/seed-mistakes", folder)
    shutil.copytree(ROOT / "policies", folder / "policies", ignore=NO_PART)
    return folder


@pytest.mark.parametrize("name", ENDINGS)
def test_the_sample_is_what_the_example_gives(example, shared_cache, name):
    result = subprocess.run(
        [SKAFU, "validate", "--format", name],
        cwd=example,
        env={**os.environ, "SKAFU_CACHE": shared_cache},
        capture_output=True,
        text=True,
        timeout=120,
    )
    file = SAMPLE / f"seed-mistakes.{ENDINGS[name]}"
    if os.environ.get("SKAFU_GOLDEN") == "write":
        file.write_text(result.stdout, "utf-8")
    assert result.returncode == 1
    assert result.stdout == file.read_text("utf-8")
