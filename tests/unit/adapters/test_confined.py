from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from skafu.adapters import confined
from skafu.adapters.confined import ConfinedWorker

TELL = """
import os
from serve import serve
serve({}, lambda request: {"environment": dict(os.environ), "here": os.getcwd(), "files": os.listdir()})
"""


@pytest.fixture
def told(tmp_path, monkeypatch):
    (tmp_path / "tell.py").write_text(TELL, encoding="utf-8")
    (tmp_path / "serve.py").write_text(
        (confined.CHILDREN / "serve.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.setattr(confined, "CHILDREN", tmp_path)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-judges")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    worker = ConfinedWorker(sys.executable, "tell.py", OWN="setting")
    answer = worker.ask({}, 10)
    yield answer
    worker.close()
    worker.close()
    assert not Path(answer["here"]).exists()


def test_a_judge_runs_at_home_in_an_empty_folder_without_our_credentials(told):
    environment = told["environment"]
    assert told["files"] == []
    assert os.path.realpath(environment["HOME"]) == os.path.realpath(told["here"])
    assert environment["OWN"] == "setting"
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert "PYTHONPATH" not in environment
