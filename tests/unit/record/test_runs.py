from __future__ import annotations

from skafu.record import Kept, kept


def test_each_folder_with_a_log_is_a_run(tmp_path):
    for run, size in [("a", 10), ("b", 32)]:
        (tmp_path / run).mkdir()
        (tmp_path / run / "events.jsonl").write_bytes(b"x" * size)
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("no run")
    assert kept(tmp_path) == Kept(runs=2, size=42)


def test_without_a_folder_nothing_is_kept(tmp_path):
    assert kept(tmp_path / "reports") == Kept(0, 0)
