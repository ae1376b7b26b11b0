from __future__ import annotations

import os
import threading
from itertools import product

import pytest

from skafu.cli.common import chosen, repository, write
from skafu.cli.judging import exit_code
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.model.finding import Finding, Severity
from skafu.model.place import Location
from skafu.model.report import Report, ReportedOutcome
from skafu.model.verdict import Decided, Decision


def report(*, bad_input, errored, blocked):
    finding = Finding("r", "skafu", Severity.CRITICAL, "", "", Location("f"), bad_input=bad_input)
    return Report(
        tool={},
        gate="blocked" if blocked else "approved",
        reasons=(),
        stacks=(),
        outcomes=(ReportedOutcome("checkov", "errored" if errored else "ran", ""),),
        findings=(Decided(finding, Decision.ADVISORY),),
        not_evaluated=(),
    )


@pytest.mark.parametrize(("bad_input", "errored", "blocked"), list(product([True, False], repeat=3)))
def test_bad_input_comes_before_a_failed_judge_before_findings(bad_input, errored, blocked):
    expected = 2 if bad_input else 4 if errored else 1 if blocked else 0
    assert exit_code(report(bad_input=bad_input, errored=errored, blocked=blocked)) == expected


IDS = [
    StackId("production", "eu-west-1", "api"),
    StackId("production", "us-east-1", "api"),
    StackId("staging", "us-east-1", "api"),
    StackId("staging", "us-east-1", "keys"),
]
LAYERS = {"api": "platform", "keys": "foundation"}


@pytest.mark.parametrize(
    ("names", "environments", "found"),
    [
        ([], [], [0, 1, 2, 3]),
        (["api"], [], [0, 1, 2]),
        (["platform"], [], [0, 1, 2]),
        (["platform/api"], [], [0, 1, 2]),
        (["production/api"], [], [0, 1]),
        (["production/us-east-1/api"], [], [1]),
        (["keys", "production/us-east-1/api"], [], [1, 3]),
        ([], ["staging"], [2, 3]),
        (["api"], ["staging"], [2]),
        (["api"], ["staging", "production"], [0, 1, 2]),
    ],
)
def test_names_layers_ids_and_environments_choose_stacks(names, environments, found):
    assert chosen(IDS, LAYERS, names, environments) == {IDS[index] for index in found}


@pytest.mark.parametrize(
    ("names", "environments", "said"),
    [
        (["apy"], [], 'there is no stack "apy". Did you mean "api"?'),
        (["zzz"], [], 'there is no stack "zzz". `skafu graph` lists them.'),
        (["api", "zzz"], [], 'there is no stack "zzz". `skafu graph` lists them.'),
        ([], ["stagin"], 'no stack goes to an environment "stagin". Did you mean "staging"?'),
        (["keys"], ["production"], "keys does not go to production, so there is nothing to judge"),
        ([""], [], 'there is no stack "". `skafu graph` lists them.'),
    ],
)
def test_a_choice_of_nothing_is_refused(names, environments, said):
    with pytest.raises(InputError) as caught:
        chosen(IDS, LAYERS, names, environments)
    assert str(caught.value) == said


def test_a_file_is_replaced_as_a_whole(tmp_path):
    file = tmp_path / "new/report.json"
    write("first\n", file)
    write("é\n", file)
    assert file.read_bytes() == "é\n".encode()
    assert [path.name for path in file.parent.iterdir()] == ["report.json"]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path):
    file = tmp_path / "report.json"
    file.write_text("before")
    (tmp_path / ".report.json.partial").mkdir()
    with pytest.raises(InputError, match=r"report\.json cannot be written: Is a directory"):
        write("after", file)
    assert file.read_text() == "before"


def test_a_device_or_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    write("told\n", pipe)
    reader.join(10)
    assert got == ["told\n"]
    assert pipe.is_fifo()


def test_the_repository_is_the_nearest_folder_above_that_holds_stacks(tmp_path, monkeypatch):
    (tmp_path / "stacks/platform/api").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "stacks/platform/api")
    assert repository(None) == tmp_path
    assert repository(tmp_path / "stacks") == tmp_path / "stacks"
    with pytest.raises(InputError, match="there is no folder nowhere"):
        repository(tmp_path.relative_to(tmp_path) / "nowhere")
