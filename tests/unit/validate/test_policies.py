"""Policies of a repository as a judge of stacks, with a real child process."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from skafu.model.errors import InputError, JudgeError
from skafu.model.estate import Account, Definition, Environment, Seat, Stack, StackId
from skafu.model.finding import Errored, Ran, Severity
from skafu.model.node import Node, Unknown, annotated
from skafu.model.place import Location
from skafu.validate.pages import list_policies
from skafu.validate.policies import open_policies

pytestmark = pytest.mark.slow

PUBLIC = '''"""No bucket is public.

Close it.
"""

from skafu.sdk import policy


@policy(severity="high", resources=["AWS::S3::Bucket"], controls=["soc2:CC6.1"])
def check(bucket):
    if bucket.get("Public") == "yes":
        yield bucket.violation("It is public.", at="Public")
'''

TAGGED = '''"""Stacks have an owner."""

from skafu.sdk import stack_policy


@stack_policy(severity="low")
def check(stack):
    if stack.tags.get("Owner") != stack.environment.get("owner"):
        yield stack.violation("It has no owner.", at="tags", fix="Give it one.")
'''


def policy_that(body):
    return f'"""It is {body.split("(")[0]}."""\nfrom skafu.sdk import policy\n\n\n@policy(severity="low", resources=["*"])\ndef check(resource):\n    {body}\n'


@pytest.fixture
def judge(tmp_path):
    """Opens a judge over policy files; closes it afterwards."""
    opened = []

    def open_(files, **seat):
        for name, text in files.items():
            path = tmp_path / "policies" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        given = {"time_limit": 20, "location": Location("validators/policies.yaml"), **seat}
        opened.append(open_policies(Seat("policies", "policies", **given), tmp_path))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


def node(data, line):
    """Each mapping member one line further down, so that a place can be told from its neighbours."""
    at = Location("template.yaml", line)
    if isinstance(data, dict):
        members = {}
        for key, value in data.items():
            line += 1
            members[key] = node(value, line).under(Location("template.yaml", line))
        return Node(members, at)
    return Node(data, at)


def stack(properties, resources=None):
    definition = annotated({"tier": "critical", "tags": {"Owner": "me"}}, Location("stack.yaml", 7))
    bucket = {"Type": "AWS::S3::Bucket", "Properties": properties}
    return Stack(
        id=StackId("production", "us-east-1", "data"),
        definition=Definition("data", "platform", "template.yaml", ("production",), (), definition),
        account=Account("production", "123456789014", "", "", "", (), annotated({}, Location("a.yaml"))),
        environment=Environment(
            "production",
            "production",
            "us-east-1",
            ("us-east-1",),
            annotated({"owner": "me"}, Location("e.yaml")),
        ),
        stack_name="skafu-production-data",
        source=node({}, 1),
        template=node({"Resources": {"Bucket": bucket, **(resources or {})}}, 1),
        parameters={},
        tags={"Owner": Node("you", Location("stack.yaml", 8))},
        references=(),
        digest="0" * 64,
    )


def test_violations_become_findings_where_a_person_edits(judge):
    outcome = judge({"public.py": PUBLIC, "tagged.py": TAGGED}).judge(stack({"Size": 1, "Public": "yes"}))

    assert isinstance(outcome, Ran)
    public, tagged = outcome.findings
    assert (public.rule, public.tool, public.severity, public.title) == (
        "public",
        "policies",
        Severity.HIGH,
        "No bucket is public.",
    )
    assert (public.logical_id, public.path, str(public.location)) == (
        "Bucket",
        "Resources.Bucket.Properties.Public",
        "template.yaml:7:1",
    )
    assert (public.controls, public.help) == (("soc2:CC6.1",), "Close it.")
    assert (tagged.rule, tagged.logical_id, tagged.path, str(tagged.location), tagged.help) == (
        "tagged",
        "",
        "",
        "stack.yaml:7:1",
        "Give it one.",
    )


def test_an_unknown_value_is_not_evaluated_where_it_stands(judge):
    late = Unknown("the bucket of another stack decides", {"Fn::ImportValue": "x"})
    outcome = judge({"public.py": PUBLIC}).judge(stack({"Public": late}))

    assert isinstance(outcome, Ran)
    (one,) = outcome.not_evaluated
    assert (one.rule, one.logical_id, one.location.line) == ("public", "Bucket", 6)
    assert one.reason == (
        "Resources.Bucket.Properties.Public is not known because the bucket of another stack decides"
    )
    assert outcome.findings == ()


def test_a_stack_that_no_policy_is_about_is_clean(judge):
    other = PUBLIC.replace("AWS::S3::Bucket", "AWS::SNS::Topic")

    assert judge({"public.py": other}).judge(stack({})) == Ran()


def test_a_policy_that_raises_is_an_error_with_its_line_and_the_others_are_heard(judge):
    files = {"a_wrong.py": policy_that("return resource.absent"), "public.py": PUBLIC}
    outcome = judge(files).judge(stack({"Public": "yes"}))

    assert isinstance(outcome, Errored)
    assert "policies/a_wrong.py:7: a-wrong failed at Bucket: AttributeError" in outcome.reason
    assert [one.rule for one in outcome.findings] == ["public"]


def test_a_policy_without_end_is_stopped_named_and_the_others_are_heard(judge):
    files = {"a_endless.py": policy_that("while True: pass"), "public.py": PUBLIC}
    started = time.monotonic()
    outcome = judge(files, time_limit=2).judge(stack({"Public": "yes"}))

    assert time.monotonic() - started < 10
    assert isinstance(outcome, Errored)
    assert "policies/a_endless.py:5: a-endless" in outcome.reason
    assert "did not answer within" in outcome.reason
    assert [one.rule for one in outcome.findings] == ["public"]


def test_a_policy_that_ends_the_interpreter_is_named_and_the_next_stack_is_judged(judge):
    suicidal = policy_that("import os; os._exit(3) if resource.get('Public') == 'yes' else None; return ()")
    opened = judge({"a_suicidal.py": suicidal, "public.py": PUBLIC})
    outcome = opened.judge(stack({"Public": "yes"}))

    assert isinstance(outcome, Errored)
    assert "a-suicidal" in outcome.reason
    assert "exit code 3" in outcome.reason
    assert [one.rule for one in outcome.findings] == ["public"]
    assert opened.judge(stack({"Public": "no"})) == Ran()


def test_what_a_policy_prints_or_does_to_a_stack_reaches_nobody(judge):
    loud = policy_that("print('{}'); resource.properties.clear(); return ()")
    outcome = judge({"a_loud.py": loud, "public.py": PUBLIC}).judge(stack({"Public": "yes"}))

    assert isinstance(outcome, Ran)
    assert [one.rule for one in outcome.findings] == ["public"]


def test_a_resource_without_a_known_type_is_an_error(judge):
    late = Node(
        {"Type": Node(Unknown("it is late", {"Ref": "T"}), Location("t.yaml"))}, Location("t.yaml", 40)
    )
    given = stack({"Public": "yes"})
    given.template.members["Resources"].value["Late"] = late
    outcome = judge({"public.py": PUBLIC}).judge(given)

    assert isinstance(outcome, Errored)
    assert "t.yaml:40:1: Late has no resource type" in outcome.reason
    assert [one.rule for one in outcome.findings] == ["public"]


def test_the_seat_decides_severities_and_what_is_muted(judge):
    opened = judge(
        {"public.py": PUBLIC, "tagged.py": TAGGED},
        severities={"pub": "critical"},
        muted={"tagged": "not ours"},
    )

    assert [(one.rule, one.severity) for one in opened.judge(stack({"Public": "yes"})).findings] == [
        ("public", Severity.CRITICAL)
    ]
    with pytest.raises(InputError):
        judge({}, severities={"public": "bad"})


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "there is no policy in policies/"),
        ({"a.py": "def check(:\n"}, "policies/a.py:1: SyntaxError"),
        ({"a.py": '"""A."""\nimport nothing_like_it\n'}, "policies/a.py:2: ModuleNotFoundError"),
        ({"a.py": PUBLIC.partition('"""\n')[2]}, "policies/a.py:1: it has no docstring"),
        ({"a.py": PUBLIC.replace("high", "bad")}, "policies/a.py:9: ValueError: 'bad' is not a severity"),
        (
            {"a.py": PUBLIC.replace("soc2:CC6.1", "CC6.1")},
            "policies/a.py:9: ValueError: 'CC6.1' is not a control",
        ),
        ({"a.py": '"""A helper."""\n'}, "policies/a.py:1: there is no function with @policy"),
        ({"a.py": PUBLIC + TAGGED.partition('"""\n')[2]}, "it holds 2 policies"),
        ({"a.py": PUBLIC + TAGGED.partition('"""\n')[2].replace("check", "other")}, "it holds 2 policies"),
        ({"a_b.py": PUBLIC, "more/a-b.py": PUBLIC}, "a-b is also the id of policies/a_b.py"),
        ({"a.py": "import os\nos._exit(4)\n", "b.py": PUBLIC}, "policies/a.py:1: "),
        ({"a.py": "import sys\nsys.exit(0)\n"}, "policies/a.py:2: SystemExit: 0"),
    ],
)
def test_policies_that_cannot_be_used_are_an_error_for_every_stack(judge, tmp_path, files, reason):
    opened = judge(files)

    for _ in range(2):
        outcome = opened.judge(stack({}))
        assert isinstance(outcome, Errored)
        assert reason in outcome.reason
    with pytest.raises(JudgeError) as listed:
        list_policies(tmp_path)
    assert reason in listed.value.message


def test_a_file_of_the_repository_does_not_stand_in_for_a_module(judge, tmp_path):
    for name in ("json.py", "yaml.py", "skafu.py"):
        Path(tmp_path, name).write_text("raise SystemExit('shadowed')", "utf-8")

    assert judge({"public.py": PUBLIC}).judge(stack({})) == Ran()


def test_credentials_of_the_parent_stay_outside(judge, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    nosy = policy_that(
        "import os; return [resource.violation(os.environ.get('AWS_SECRET_ACCESS_KEY', 'nothing'))]"
    )
    outcome = judge({"nosy.py": nosy}).judge(stack({}))

    assert [one.message for one in outcome.findings] == ["nothing"]


def test_policies_are_listed_by_id_with_what_their_files_say(judge, tmp_path):
    judge({"tagged.py": TAGGED, "no_public.py": PUBLIC})
    public, tagged = list_policies(tmp_path)

    assert (public.id, public.title, public.severity, public.resources, public.controls) == (
        "no-public",
        "No bucket is public.",
        Severity.HIGH,
        ("AWS::S3::Bucket",),
        ("soc2:CC6.1",),
    )
    assert (public.file, public.line, public.docstring) == (
        "policies/no_public.py",
        9,
        "No bucket is public.\n\nClose it.",
    )
    assert (tagged.id, tagged.resources) == ("tagged", ())


def test_closing_twice_is_fine(judge):
    opened = judge({"public.py": PUBLIC})
    opened.judge(stack({}))
    opened.close()
    opened.close()

    assert opened.versions == {}
