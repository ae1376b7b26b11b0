"""The README shows what the tool really prints. `SKAFU_GOLDEN=write` writes it anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
SKAFU = Path(sys.executable).with_name("skafu")
BLOCK = r"(<!-- {name} -->\n```text\n)(.*?)(```\n)"

pytestmark = pytest.mark.slow


def printed(folder: Path, cache: str, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "COLUMNS": "100", "LANG": "C.UTF-8", "SKAFU_CACHE": cache}
    result = subprocess.run(
        [SKAFU, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


def check(name: str, text: str) -> None:
    pattern = re.compile(BLOCK.format(name=re.escape(name)), re.DOTALL)
    readme = README.read_text("utf-8")
    if os.environ.get("SKAFU_GOLDEN") == "write":
        README.write_text(pattern.sub(lambda found: found[1] + text + found[3], readme), "utf-8")
        return
    found = pattern.search(readme)
    assert found is not None
    assert found[2] == text


def test_the_first_screen_is_the_estate_of_this_repository(shared_cache):
    check("skafu validate", printed(ROOT, shared_cache, "validate"))


def test_the_blocked_example_is_what_a_mistake_in_it_gives(tmp_path, shared_cache):
    for name in ("stacks", "policies", "validators"):
        shutil.copytree(ROOT / name, tmp_path / name)
    template = tmp_path / "stacks/platform/data/template.yaml"
    right = "PointInTimeRecoveryEnabled: !If [IsRecoverable, true, false]"
    wrong = "PointInTimeRecoveryEnabled: !If [IsRecoverable, false, true]"
    template.write_text(template.read_text("utf-8").replace(right, wrong, 1), "utf-8")
    check("skafu validate data, with one mistake", printed(tmp_path, shared_cache, "validate", "data"))
