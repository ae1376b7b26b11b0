"""Judges at work, the real policies judge among them, with and without memory."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from skafu.cache import NOTHING, Folder
from skafu.model.estate import Account, Definition, Environment, Seat, Stack, StackId
from skafu.model.finding import Errored, Finding, NotApplicable, Ran, Severity
from skafu.model.node import annotated
from skafu.model.place import Location
from skafu.validate import Bench, Court

pytestmark = pytest.mark.slow

AT = Location("template.yaml", 1)
NODE = annotated({}, AT)
SEATS = (Seat("team", "policies", 30, AT), Seat("known", "definitions", 30, AT))
NAMED = '''"""Buckets have names."""
from skafu.sdk import policy


@policy(severity="high", resources=["AWS::S3::Bucket"])
def check(bucket):
    if bucket.get("BucketName") == "crash":
        raise ValueError("it crashed")
    if not bucket.get("BucketName"):
        yield bucket.violation("It has no name.")
'''
ENDLESS = '''"""It takes for ever."""
import time
from pathlib import Path
from skafu.sdk import stack_policy


@stack_policy(severity="high")
def check(stack):
    Path("begun").touch()
    time.sleep(600)
    return []
'''


def stack(name, bucket):
    id_ = StackId("staging", "us-east-1", name)
    properties = {"BucketName": bucket} if bucket else {}
    return Stack(
        id=id_,
        definition=Definition(name, "platform", "template.yaml", ("staging",), (), NODE),
        account=Account("staging", "123456789012", "", "", "", (), NODE),
        environment=Environment("staging", "staging", "us-east-1", ("us-east-1",), NODE),
        stack_name=name,
        source=NODE,
        template=annotated({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}}, AT),
        parameters={},
        tags={},
        references=(),
        digest=name,
    )


STACKS = [
    stack("a", "named"),
    stack("b", ""),
    stack("c", "crash"),
    replace(stack("d", ""), obstacle="it is odd"),
]


@pytest.fixture
def judged(tmp_path):
    """Judges the stacks by the policies in a folder, and says what came of it and who was told what."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "buckets_named.py").write_text(NAMED)

    def judge(store=NOTHING, jobs=1, stacks=STACKS, known=()):
        told = []
        with (
            ThreadPoolExecutor(jobs) as executor,
            Bench(
                Court(SEATS, tmp_path, store, "versions"), executor, jobs, lambda *one: told.append(one)
            ) as bench,
        ):
            for one in stacks:
                bench.take(one)
            return bench.judgements(known), told

    return judge


def test_every_stack_gets_an_outcome_of_every_seat_and_each_is_told_once(judged):
    known = (Finding("r", "skafu", Severity.LOW, "t", "m", AT, (STACKS[0].id,)),)
    found, told = judged(known=known)
    team, definitions = found.outcomes["team"], found.outcomes["known"]
    assert [type(team[one.id]) for one in STACKS] == [Ran, Ran, Errored, NotApplicable]
    assert [len(team[STACKS[1].id].findings), "it crashed" in team[STACKS[2].id].reason] == [1, True]
    assert [len(definitions[one.id].findings) for one in STACKS] == [1, 0, 0, 0]
    assert sorted(one.rule for one in found.findings) == ["buckets-named", "r"]
    expected = sorted((name, str(one.id)) for name in ("team", "known") for one in STACKS)
    assert sorted((name, str(id_)) for name, id_, _ in told) == expected


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_the_number_of_processes_and_the_memory_change_no_judgement(judged, tmp_path, jobs):
    many = [stack(f"s{number}", "" if number % 3 else "x") for number in range(12)]
    expected = judged(stacks=many)[0]
    assert judged(Folder(tmp_path / "cache"), jobs, many)[0] == expected
    assert judged(Folder(tmp_path / "cache"), jobs, many)[0] == expected


def test_only_what_is_certain_is_kept(judged, tmp_path):
    judged(Folder(tmp_path / "cache"))
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(kept) == 2  # the named and the nameless bucket; not the crash, not the obstacle


def test_leaving_while_a_judge_is_at_work_does_not_wait_for_it(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "endless.py").write_text(ENDLESS)
    court = Court(SEATS, tmp_path, NOTHING, "versions")
    with (  # noqa: PT012  (what is raised leaves the bench on its way)
        pytest.raises(KeyboardInterrupt),
        ThreadPoolExecutor(1) as executor,
        Bench(court, executor, 1, lambda *_: None) as bench,
    ):
        bench.take(STACKS[0])
        wait_for(tmp_path / "begun")
        left = time.monotonic()
        raise KeyboardInterrupt
    assert time.monotonic() - left < 10  # the policy sleeps for ten minutes, its seat allows 30 s


def wait_for(file):
    end = time.monotonic() + 60
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.05)
