from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from skafu.model.errors import InputError, SkafuError
from skafu.model.event import KINDS, Event
from skafu.record import Log, goes_on, read_run, report_of
from skafu.record.log import SYNCED

FULL = "the record of this run cannot be continued: No space left on device. skafu judges nothing that it cannot record."


def test_an_event_is_a_line_with_its_kind_its_stack_its_values_and_the_time(tmp_path, make):
    log = Log.create(tmp_path / "run", now=make.clock())
    log.told(Event("change-set-made", make.api, {"id": "arn:1"}))
    log.told(Event("lock-released", None, {"account": "a", "region": "r", "environment": "e"}))
    log.close()
    assert (tmp_path / "run/events.jsonl").read_text("ascii") == (
        '{"at": "2026-11-22T10:00:01.000+00:00", "event": "change-set-made", "id": "arn:1", '
        '"stack": "staging/us-east-1/api"}\n'
        '{"account": "a", "at": "2026-11-22T10:00:02.000+00:00", "environment": "e", "event": "lock-released", '
        '"region": "r"}\n'
    )


def test_a_value_cannot_pass_for_the_kind_the_stack_or_the_time(tmp_path, make):
    log = Log.create(tmp_path / "run", now=make.clock())
    for name in ("event", "stack", "at"):
        with pytest.raises(TypeError):
            log.told(Event("stack-done", make.api, {name: "another"}))
    log.close()
    assert (tmp_path / "run/events.jsonl").read_text("ascii") == ""


def test_what_must_not_be_lost_is_on_the_disk_when_told_returns(tmp_path, make, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    log = Log.create(tmp_path / "run", now=make.clock())
    synced.clear()
    for kind in KINDS:
        before = len(synced)
        log.told(Event(kind, make.api))
        assert (len(synced) > before) == (kind in SYNCED), kind
    log.close()
    assert {"change-set-requested", "execution-requested", "stack-done", "lock-taken"} <= SYNCED
    assert SYNCED - {"run-started", "run-decided"} <= KINDS.keys()


def test_whoever_tells_while_another_waits_for_the_disk_shares_the_next_wait(tmp_path, make, monkeypatch):
    waiting, go_on, on_disk = threading.Event(), threading.Event(), []
    file = tmp_path / "run/events.jsonl"

    def fsync(_):
        lines = len(file.read_text("ascii").splitlines())
        if not on_disk:
            waiting.set()
            assert go_on.wait(20)
        on_disk.append(lines)

    log = Log.create(tmp_path / "run", now=make.clock())
    monkeypatch.setattr(os, "fsync", fsync)
    told = Event("stack-done", make.api)
    threads = [threading.Thread(target=log.told, args=(told,)) for _ in range(6)]
    threads[0].start()
    assert waiting.wait(20)
    for thread in threads[1:]:
        thread.start()
    while len(file.read_text("ascii").splitlines()) < len(threads):
        threads[0].join(0.01)
    go_on.set()
    for thread in threads:
        thread.join()
    log.close()

    assert on_disk == [1, 6]


def test_a_disk_that_fails_is_told_to_all_who_wait_for_it(tmp_path, make, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    log = Log.create(tmp_path / "run", now=make.clock())
    monkeypatch.setattr(os, "fsync", full)
    for kind in ("stack-done", "change-set-made"):
        with pytest.raises(SkafuError) as refused:
            log.told(Event(kind, make.api))
        assert str(refused.value) == FULL
    log.close()


def test_lines_of_many_threads_stay_whole(tmp_path, make):
    log = Log.create(tmp_path / "run", now=make.clock())

    def tell(number):
        for step in range(50):
            log.told(Event("change-set-made", make.api, {"id": f"{number}-{step}", "long": "x" * 5000}))

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    assert {event["id"] for event in read_run(tmp_path / "run")} == {
        f"{number}-{step}" for number in range(8) for step in range(50)
    }


def test_a_kind_that_is_not_known_is_kept_and_changes_no_report(tmp_path, make):
    log = Log.create(tmp_path / "run", now=make.clock())
    log.started("run", "2026-11-22T10:00:00+00:00", "skafu deploy")
    before = report_of(read_run(tmp_path / "run"))
    log.told(Event("of-a-newer-version", make.api, {"what": 1}))
    log.close()
    events = read_run(tmp_path / "run")
    assert events[-1]["what"] == 1
    assert report_of(events) == before


def test_a_log_that_was_cut_anywhere_goes_on_with_every_line_readable(tmp_path, make):
    log = Log.create(tmp_path / "run", now=make.clock())
    for event in make.done(make.keys):
        log.told(event)
    log.close()
    file = tmp_path / "run/events.jsonl"
    body = file.read_bytes()
    whole = [json.loads(line) for line in body.splitlines()]
    for end in range(len(body) - 330, len(body) + 1):
        file.write_bytes(body[:end])
        before = read_run(tmp_path / "run")
        log = Log.resume(tmp_path / "run", now=make.clock())
        log.told(Event("deploy-resumed", None, {"who": "bob"}))
        log.close()
        after = [json.loads(line) for line in file.read_bytes().splitlines()]
        assert after[:-1] == before == whole[: len(before)]
        assert after[-1]["event"] == "deploy-resumed"


def test_what_a_power_cut_leaves_at_the_end_is_cut_off(tmp_path, make):
    (tmp_path / "run").mkdir()
    file = tmp_path / "run/events.jsonl"
    file.write_bytes(b'{"event": "a"}\n{"event": "b\0\0\0\xff\xfe')
    Log.resume(tmp_path / "run", now=make.clock()).close()
    assert file.read_bytes() == b'{"event": "a"}\n'


def test_a_run_without_a_record_is_not_resumed(tmp_path):
    with pytest.raises(InputError, match="there is no record of a run 2026"):
        Log.resume(tmp_path / "2026")
    assert not (tmp_path / "2026").exists()


def test_a_run_that_still_goes_on_is_not_resumed(tmp_path):
    log = Log.create(tmp_path / "run")
    assert goes_on(tmp_path / "run")
    with pytest.raises(InputError, match="run run still goes on"):
        Log.resume(tmp_path / "run")
    log.close()
    assert not goes_on(tmp_path / "run")
    resumed = Log.resume(tmp_path / "run")
    assert goes_on(tmp_path / "run")
    with pytest.raises(InputError, match="still goes on"):
        Log.resume(tmp_path / "run")
    resumed.close()


KILLED = """
import sys
from pathlib import Path
from skafu.model.event import Event
from skafu.record import Log
log = Log.create(Path(sys.argv[1]))
for number in range(10 ** 9):
    log.told(Event("change-set-made", None, {"id": str(number), "long": "x" * 3000}))
    print(number, flush=True)
"""


@pytest.mark.slow
def test_a_run_that_was_killed_holds_all_it_told_and_goes_on(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        heard = [process.stdout.readline() for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        heard += process.stdout.readlines()
    told = [int(line) for line in heard if line.endswith("\n")]
    Log.resume(tmp_path / "run").close()
    found = [int(event["id"]) for event in read_run(tmp_path / "run")]
    assert found[: len(told)] == told
    assert found == list(range(len(found)))


def _fill(folder, found):
    """Tell until the disk is full, and what is said then; in a process of its own, where a limit stands for a disk."""
    import resource  # noqa: PLC0415 - only in this process

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    log = Log.create(folder)
    said = []
    for number in range(40):
        try:
            log.told(Event("change-set-made", None, {"id": str(number), "long": "x" * 900}))
        except SkafuError as error:
            said.append((number, error.message, error.exit_code))
    found.put(said)


def test_after_the_first_event_that_does_not_fit_nothing_is_recorded_and_nothing_begun(tmp_path):
    context = multiprocessing.get_context("fork")
    found = context.Queue()
    process = context.Process(target=_fill, args=(tmp_path / "run", found))
    process.start()
    said = found.get(timeout=60)
    process.join()
    first = said[0][0]
    assert [number for number, _, _ in said] == list(range(first, 40))
    assert {(message, code) for _, message, code in said} == {
        ("the record of this run cannot be continued: File too large", 4)
    }
    assert [event["id"] for event in read_run(tmp_path / "run")] == [str(one) for one in range(first)]


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only who may mount can make a small disk; /dev/full and a limit stand for it elsewhere")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_stops_the_run_and_what_was_written_stays_and_goes_on_when_there_is_room(
    small_disk, make
):
    log = Log.create(small_disk / "run", now=make.clock())
    filler = small_disk / "filler"
    log.told(Event("change-set-made", make.api, {"id": "first"}))
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"x" * 100_000)

    def tell():
        for number in range(100):
            log.told(Event("change-set-made", make.api, {"id": str(number), "long": "x" * 900}))

    with pytest.raises(SkafuError) as caught:
        tell()
    assert str(caught.value) == FULL
    told = [event["id"] for event in read_run(small_disk / "run")]
    assert told[0] == "first"
    filler.unlink()
    with pytest.raises(
        SkafuError, match="No space left"
    ):  # there is room again, but others were refused meanwhile
        log.told(Event("stack-done", make.api, {"result": "created"}))
    log.close()
    resumed = Log.resume(small_disk / "run", now=make.clock())
    resumed.told(Event("deploy-resumed", None, {"who": "bob"}))
    resumed.close()
    events = read_run(small_disk / "run")
    assert [event.get("id") for event in events[:-1]][: len(told)] == told
    assert events[-1]["event"] == "deploy-resumed"


def test_a_log_on_a_full_disk_refuses_everyone():
    log = Log(Path("/dev/full").open("w", encoding="utf-8"), durable=True)  # noqa: SIM115 - nothing to close
    for _ in range(2):
        with pytest.raises(SkafuError) as caught:
            log.told(Event("lock-taken"))
        assert str(caught.value) == FULL
