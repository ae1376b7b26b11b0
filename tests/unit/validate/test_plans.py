"""Policies of a repository as a judge of plans, with a real child process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skafu.model.change import KNOWN_AFTER_APPLY, Action, Change, Plan, PropertyChange, Replacement
from skafu.model.estate import Account, Definition, Environment, Seat, Stack, StackId
from skafu.model.finding import Errored, NotApplicable, Ran, Severity
from skafu.model.node import Node, annotated
from skafu.model.place import Location
from skafu.validate.pages import list_policies
from skafu.validate.plans import open_plan_policies
from skafu.validate.policies import open_policies
from skafu.validate.policy_files import plan_policies

pytestmark = pytest.mark.slow

KEPT = '''"""Nothing is lost.

Keep it.
"""

from skafu.sdk import plan_policy


@plan_policy(severity="high", resources=["AWS::S3::*"], controls=["soc2:A1.2"])
def check(change):
    if change.loses:
        severity = "low" if change.environment.name == "development" else ""
        yield change.violation("It is lost.", severity=severity)
'''

CLOSED = '''"""Buckets stay closed."""

from skafu.sdk import plan_policy


@plan_policy(severity="medium", resources=["AWS::S3::*"])
def check(change):
    if change.before and change.before.flag("Closed") and not change.after.flag("Closed"):
        yield change.violation("It is opened.", at="Closed", fix="Close it.")
'''

ON_STACKS = '''"""It is about resources."""

from skafu.sdk import policy


@policy(severity="low", resources=["*"])
def check(resource):
    yield resource.violation("It is there.")
'''


def policy_that(body):
    return f'"""It does."""\nfrom skafu.sdk import plan_policy\n\n\n@plan_policy(severity="low")\ndef check(change):\n    {body}\n'


@pytest.fixture
def judge(tmp_path):
    """Opens a judge of plans over policy files; closes it afterwards."""
    opened = []

    def open_(files, open_judge=open_plan_policies, **seat):
        for name, text in files.items():
            path = tmp_path / "policies" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        given = {"time_limit": 20, "location": Location("validators/policies.yaml"), **seat}
        opened.append(open_judge(Seat("policies", "policies", **given), tmp_path))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


TEMPLATE = Node(
    {
        "Resources": Node(
            {
                "Bucket": Node(
                    {
                        "Type": Node("AWS::S3::Bucket", Location("template.yaml", 3)),
                        "Properties": Node(
                            {"Closed": Node(False, Location("template.yaml", 5))},  # noqa: FBT003
                            Location("template.yaml", 4),
                        ),
                    },
                    Location("template.yaml", 2),
                )
            },
            Location("template.yaml", 1),
        )
    },
    Location("template.yaml", 1),
)


def stack(environment="production"):
    settings = annotated({}, Location("e.yaml"))
    return Stack(
        id=StackId(environment, "us-east-1", "data"),
        definition=Definition(
            "data", "platform", "template.yaml", (environment,), (), annotated({}, Location("stack.yaml"))
        ),
        account=Account("production", "123456789014", "", "", "", (), annotated({}, Location("a.yaml"))),
        environment=Environment(environment, "production", "us-east-1", ("us-east-1",), settings),
        stack_name="skafu-data",
        source=TEMPLATE,
        template=TEMPLATE,
        parameters={},
        tags={},
        references=(),
        digest="0" * 64,
    )


def plan(*changes, kind="update", environment="production", digest="0" * 64):
    return Plan(StackId(environment, "us-east-1", "data"), digest, kind, changes)


AT = Location("template.yaml", 2)


def bucket(action=Action.MODIFY, logical_id="Bucket", **facts):
    body = {"Type": "AWS::S3::Bucket", "Properties": {"Closed": "true"}}
    sides = {"before": body, "after": {"Type": "AWS::S3::Bucket", "Properties": {"Closed": False}}}
    given = {"type": "AWS::S3::Bucket", "location": AT, **sides, **facts}
    return Change(logical_id=logical_id, action=action, **given)


def test_violations_become_findings_where_a_person_edits(judge):
    outcome = judge({"kept.py": KEPT, "closed.py": CLOSED}).judge(
        stack(), plan(bucket(replacement=Replacement.ALWAYS))
    )

    assert isinstance(outcome, Ran)
    kept, closed = outcome.findings
    assert (kept.rule, kept.tool, kept.severity, kept.title, kept.controls, kept.help) == (
        "kept",
        "policies",
        Severity.HIGH,
        "Nothing is lost.",
        ("soc2:A1.2",),
        "Keep it.",
    )
    assert (kept.logical_id, kept.path, kept.location.line) == ("Bucket", "Resources.Bucket", 2)
    assert kept.stacks == (StackId("production", "us-east-1", "data"),)
    assert (closed.path, closed.location.line, closed.help) == (
        "Resources.Bucket.Properties.Closed",
        5,
        "Close it.",
    )
    assert {len(one.fingerprint) for one in outcome.findings} == {32}


def test_what_the_template_no_longer_has_stands_where_the_plan_says(judge):
    gone = bucket(Action.REMOVE, "Inner.Bucket", location=Location("inner.yaml", 9), after=None)
    (finding,) = judge({"kept.py": KEPT}).judge(stack(), plan(gone)).findings

    assert (finding.logical_id, str(finding.location)) == ("Inner.Bucket", "inner.yaml:9:1")


def test_a_policy_may_be_milder_where_less_is_at_stake_and_the_seat_has_the_last_word(judge):
    given = stack("development"), plan(bucket(replacement=Replacement.MAYBE), environment="development")

    (mild,) = judge({"kept.py": KEPT}).judge(*given).findings
    (strict,) = judge({}, severities={"kept": "critical"}).judge(*given).findings
    muted = judge({}, muted={"kept": "not ours"}).judge(*given)

    assert (mild.severity, strict.severity, muted) == (Severity.LOW, Severity.CRITICAL, Ran())


@pytest.mark.parametrize(
    "change",
    [
        bucket(after={"Type": "AWS::S3::Bucket", "Properties": {"Closed": KNOWN_AFTER_APPLY}}),
        bucket(after={"Type": "AWS::S3::Bucket", "Properties": {"Closed": {"Ref": "Later"}}}),
        bucket(before=None),
        bucket(after=None),
    ],
)
def test_what_nobody_knows_is_not_evaluated(judge, change):
    outcome = judge({"closed.py": CLOSED}).judge(stack(), plan(change))

    assert isinstance(outcome, Ran)
    assert [(one.rule, one.tool, one.logical_id) for one in outcome.not_evaluated] == [
        ("closed", "policies", "Bucket")
    ]


def test_everything_of_a_change_reaches_the_policy(judge):
    told = policy_that(
        "yield change.violation(repr([change.plan.kind, change.physical_id, change.kept, change.replacement.value, "
        "[(one.path, one.before, one.after, one.replacement.value, one.cause) for one in change.details], "
        "change.plan.actions['Bucket'].value, change.plan.physical_ids, change.account.name, change.region]))"
    )
    detail = PropertyChange("Properties.Closed", "true", '"x"', Replacement.MAYBE, "parameter P")
    given = bucket(physical_id="b-1", kept=True, replacement=Replacement.MAYBE, details=(detail,))
    (finding,) = judge({"told.py": told}).judge(stack(), plan(given)).findings

    assert finding.message == repr(
        [
            "update",
            "b-1",
            True,
            "maybe",
            [("Properties.Closed", True, "x", "maybe", "parameter P")],
            "modify",
            {"b-1": "Bucket"},
            "production",
            "us-east-1",
        ]
    )


def test_a_logical_id_that_goes_to_another_type_is_two_changes(judge):
    old = bucket(Action.REMOVE, after=None)
    new = Change("Bucket", "AWS::SQS::Queue", Action.ADD, AT, after={"Type": "AWS::SQS::Queue"})
    outcome = judge({"kept.py": KEPT}).judge(stack(), plan(new, old))

    assert [one.message for one in outcome.findings] == ["It is lost."]


def test_a_plan_without_changes_and_a_repository_without_policies_about_plans_are_clean(judge):
    assert judge({"kept.py": KEPT}).judge(stack(), plan(kind="none")) == Ran()
    assert judge({"kept.py": ON_STACKS}).judge(stack(), plan(bucket(Action.REMOVE))) == Ran()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (plan(digest="1" * 64), "it is a plan for production/us-east-1/data with the digest 1111"),
        (plan(environment="staging"), "it is a plan for staging/us-east-1/data"),
        (plan(kind="delete"), "'delete' is no kind of a plan"),
        (plan(bucket(), kind="none"), "it has 1 changes and says that nothing would change"),
        (plan(bucket(type="")), "it changes Bucket, and does not say its type"),
        (plan(bucket(), bucket()), "it changes Bucket more than once"),
        (
            plan(bucket(after={"Type": "AWS::S3::Bucket", "Properties": {"X": object()}})),
            "not JSON serializable",
        ),
    ],
)
def test_a_plan_that_cannot_be_read_is_an_error(judge, given, reason):
    outcome = judge({"kept.py": policy_that("return [] if change.after.get('X') else []")}).judge(
        stack(), given
    )

    assert isinstance(outcome, Errored)
    assert reason in outcome.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return change.absent", "policies/a_wrong.py:7: a-wrong failed at Bucket: AttributeError"),
        ("return None", "it must yield violations, it returned None"),
        ("yield change.violation('x', severity='high')", "cannot be high if its policy is low"),
        ("import os; os._exit(3); yield", "policies/a_wrong.py:5: a-wrong: "),
        ("while True: pass", "did not answer within"),
    ],
)
def test_a_policy_that_gives_no_answer_is_an_error_and_the_others_are_heard(judge, body, reason):
    files = {"a_wrong.py": policy_that(body), "kept.py": KEPT}
    outcome = judge(files, time_limit=2).judge(stack(), plan(bucket(Action.REMOVE)))

    assert isinstance(outcome, Errored)
    assert reason in outcome.reason
    assert [one.rule for one in outcome.findings] == ["kept"]


def test_policies_that_cannot_be_used_are_an_error_for_every_plan(judge):
    assert "there is no policy in policies/" in judge({}).judge(stack(), plan()).reason
    assert "policies/a.py:1: SyntaxError" in judge({"a.py": "def check(:\n"}).judge(stack(), plan()).reason


def test_a_policy_about_plans_says_nothing_about_a_stack(judge, tmp_path):
    files = {"kept.py": KEPT, "there.py": ON_STACKS}

    assert [one.rule for one in judge(files, open_policies).judge(stack()).findings] == ["there"]
    assert [(one.id, one.about, one.resources) for one in list_policies(tmp_path)] == [
        ("kept", "plans", ("AWS::S3::*",)),
        ("there", "resources", ("*",)),
    ]


def test_policies_about_plans_are_known_without_running_them(judge, tmp_path):
    aliased = KEPT.replace("import plan_policy", "import plan_policy as told").replace(
        "@plan_policy", "@told"
    )
    judge(
        {
            "kept.py": KEPT,
            "more/too_kept.py": aliased,
            "there.py": ON_STACKS,
            "mentioned.py": f"{ON_STACKS}\n# no plan_policy\n",
            "broken.py": "plan_policy(:\n",
            "harmful.py": f"{KEPT}\nraise SystemExit\n",
        }
    )

    assert plan_policies(tmp_path) == {"kept", "too-kept", "harmful"}


def test_policies_that_are_all_about_plans_have_nothing_to_say_about_stacks(judge):
    outcome = judge({"kept.py": KEPT}, open_policies).judge(stack())

    assert isinstance(outcome, NotApplicable)


def test_one_judge_takes_plans_one_after_the_other(judge):
    opened = judge({"kept.py": KEPT})
    lost, safe = plan(bucket(Action.REMOVE)), plan(bucket())

    assert [len(opened.judge(stack(), one).findings) for one in (lost, safe, lost)] == [1, 0, 1]
    assert opened.judge(replace(stack(), digest="x"), lost) != Ran()
