from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from skafu.cli.history import command
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.model.event import Event
from skafu.record import Log

FIRST, SECOND = "20261122T100000Z-000001", "20261122T110000Z-000002"
KEYS = StackId("staging", "us-east-1", "keys")
STACK = {
    "stack": str(KEYS),
    "definition": "keys",
    "environment": "staging",
    "account": "rehearsal",
    "region": "us-east-1",
    "digest": "a" * 64,
}


def judged(log):
    log._append("stack-resolved", **STACK)  # as `resolved` writes it, without a whole stack
    log._append("stack-decided", stack=str(KEYS), digest="a" * 64, gate="approved", reasons=[])
    log._append("run-decided", gate="approved", reasons=[], tools={"skafu": "0.1.0"}, validators=[])


def deployed(log):
    begun = {"command": "deploy", "endpoint": "embedded", "who": "ada", "needs": {str(KEYS): []}}
    log.told(Event("deploy-started", None, begun))
    log.told(Event("stack-started", KEYS, {"status": ""}))
    log.told(Event("stack-done", KEYS, {"result": "created", "status": "CREATE_COMPLETE", "seconds": 3}))
    log.told(Event("deploy-finished", None, {"result": "done", "counts": {"created": 1}}))


@pytest.fixture
def repository(tmp_path):
    """Two runs: one that judged, one that deployed."""
    (tmp_path / "stacks").mkdir()
    for run, what in ((FIRST, "validate"), (SECOND, "deploy")):
        log = Log.create(tmp_path / "reports" / "runs" / run)
        log.started(run, f"2026-11-22T{run[9:11]}:00:00+00:00", f"skafu {what}")
        judged(log)
        if what == "deploy":
            deployed(log)
        log.close()
    return tmp_path


@pytest.fixture
def run(repository, monkeypatch):
    """Runs `skafu history` there; answers its output and exit code."""
    monkeypatch.delenv("SKAFU_HISTORY", raising=False)

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(
            command, [*arguments, "--root", str(repository)], standalone_mode=False, env={"COLUMNS": "100"}
        )
        if result.exception is not None:
            raise result.exception
        assert result.return_value == code
        return result.stdout

    return invoke


def test_the_runs_are_listed_newest_first_with_who_where_and_how_they_ended(run):
    assert run("list").splitlines() == [
        "run                      command   by   endpoint  gate      result  stacks",
        f"{SECOND}  deploy    ada  embedded  approved  done    1 of 1",
        f"{FIRST}  validate                 approved          1",
    ]
    assert SECOND not in run("list", "--command", "validate")
    found = json.loads(run("list", "--format", "json"))
    assert [(one["run"], one["started"], one["gate"]) for one in found] == [
        (SECOND, "2026-11-22T11:00:00+00:00", "approved"),
        (FIRST, "2026-11-22T10:00:00+00:00", "approved"),
    ]


def test_a_run_whose_record_is_being_written_goes_on_and_one_that_is_not_was_broken_off(run, repository):
    log = Log.create(repository / "reports" / "runs" / "20261122T120000Z-000003")
    log.started("20261122T120000Z-000003", "2026-11-22T12:00:00+00:00", "skafu deploy")
    judged(log)
    begun = {"command": "deploy", "endpoint": "aws", "who": "bob", "needs": {}}
    log.told(Event("deploy-started", None, begun))
    assert "goes on" in run("list").splitlines()[1]
    assert "It still goes on" in run("show", "last")
    log.close()
    assert "broken off" in run("list").splitlines()[1]
    assert "BROKEN OFF" in run("show", "last")


def test_a_run_is_shown_from_its_record_alone(run, repository):
    text = run("show", SECOND)
    assert text.splitlines()[:2] == ["2026-11-22T11:00:00+00:00 skafu deploy", "approved  1 stack"]
    assert "keys   created  3.0 s  aaaaaaaaaaaa" in text
    assert text.splitlines()[-1] == "DONE  1 stack created"
    assert not (repository / "reports" / "history.db").exists()
    told = json.loads(run("show", SECOND[:11], "--format", "json"))
    assert (told["run"], told["report"]["gate"], told["deployment"]["result"]) == (SECOND, "approved", "done")
    assert json.loads(run("show", FIRST, "--format", "json"))["deployment"] is None


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("2025", "there is no record of a run 2025. `skafu history list` lists them."),
        ("2026", f"2026 may be {FIRST}, {SECOND} or others. Write more of it."),
    ],
)
def test_a_run_that_cannot_be_meant_is_refused(run, named, message):
    with pytest.raises(InputError) as caught:
        run("show", named)
    assert str(caught.value) == message


def test_the_life_of_a_stack_is_told_by_id_and_by_name(run):
    for named in ("keys", str(KEYS)):
        assert run("stack", named).splitlines() == [
            "staging/us-east-1/keys",
            "run                      result   endpoint  by   digest        gate      read back",
            f"{SECOND}  created  embedded  ada  aaaaaaaaaaaa  approved",
            f"{FIRST}  judged                  aaaaaaaaaaaa  approved",
        ]
    lives = json.loads(run("stack", "keys", "--format", "json"))
    assert [one["run"] for one in lives[str(KEYS)]] == [SECOND, FIRST]
    with pytest.raises(InputError, match='no run knows a stack "kees"'):
        run("stack", "kees")


def test_sync_tells_what_it_entered_and_what_it_could_not_read(run, repository):
    assert run("sync") == "2 runs entered, 0 known already.\n"
    assert run("sync") == "0 runs entered, 2 known already.\n"
    assert run("sync", "--rebuild") == "2 runs entered, 0 known already.\n"
    broken = repository / "reports" / "runs" / "20261122T130000Z-000004"
    broken.mkdir()
    (broken / "events.jsonl").write_text("no event\n")
    assert run("sync", code=2) == "1 run entered, 2 known already.\n"
    assert "unreadable" in run("list").splitlines()[1]


def test_another_database_is_named_by_option_or_environment(run, repository, monkeypatch):
    run("sync", "--store", f"sqlite:///{repository}/one.db")
    monkeypatch.setenv("SKAFU_HISTORY", f"sqlite:///{repository}/two.db")
    run("sync")
    assert (repository / "one.db").is_file()
    assert (repository / "two.db").is_file()
    assert not (repository / "reports" / "history.db").exists()


def test_no_runs_are_said_to_be_none(tmp_path):
    (tmp_path / "stacks").mkdir()
    arguments = ["list", "--root", str(tmp_path)]
    result = CliRunner().invoke(command, arguments, standalone_mode=False, env={"SKAFU_HISTORY": ""})
    assert result.stdout == "No run is recorded in reports/runs/.\n"


def test_importing_the_command_does_not_import_the_database():
    import subprocess  # noqa: PLC0415 - only here

    code = "import sys, skafu.cli.history, skafu.record; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
