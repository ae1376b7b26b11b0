"""Plans -> text, in every format; whole texts stand in tests/golden/render/plans.*."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from skafu.model.change import KNOWN_AFTER_APPLY, Action, Change, Plan, PropertyChange, Replacement
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.model.finding import Finding, Severity
from skafu.model.place import Location
from skafu.model.plan_json import plan_from_json
from skafu.model.verdict import Decided, Decision
from skafu.render.markdown import ROOM
from skafu.render.plan import FORMATS, render_plans
from skafu.render.plan.console import show_plans

NEVER, MAYBE, ALWAYS = Replacement
DATA = "stacks/platform/data/template.yaml"
PRODUCTION = "stacks/environments/production.yaml"
SOURCE = (
    "Resources:",
    "  MetricsTable:",
    "    Type: AWS::DynamoDB::Table",
    "    Properties:",
    "      TableName: t",
)


def sources(file):
    return SOURCE if file == DATA else ()


def stack_id(name, environment="production"):
    return StackId(environment, "us-east-1", name)


def change(logical_id, type_, action, line=2, **more):
    return Change(logical_id, type_, action, Location(DATA, line, 3), **more)


def detail(path, before=None, after=None, replacement=NEVER, cause="", place=None):
    return PropertyChange(f"Properties.{path}", before, after, replacement, cause, place)


METRICS = change(
    "MetricsTable",
    "AWS::DynamoDB::Table",
    Action.MODIFY,
    replacement=ALWAYS,
    physical_id="skafu-metrics-production",
    details=(
        detail(
            "BillingMode",
            '"PROVISIONED"',
            '"PAY_PER_REQUEST"',
            cause="parameter BillingMode",
            place=Location(PRODUCTION, 9, 3),
        ),
        detail("OnDemandThroughput", None, '{"MaxReadRequestUnits": 1000}', place=Location(DATA, 5, 7)),
        detail(
            "TableName",
            '"skafu-metrics-production"',
            '"metrics-production"',
            ALWAYS,
            place=Location(DATA, 5, 7),
        ),
    ),
)
CHANGES = (
    replace(METRICS, logical_id="AlertsTable", kept=True, details=METRICS.details[2:]),
    change("Backups", "AWS::S3::Bucket", Action.REMOVE, line=1, kept=True, physical_id="skafu-backups"),
    change(
        "Engine",
        "AWS::RDS::DBInstance",
        Action.MODIFY,
        replacement=MAYBE,
        details=(detail("Engine", '"a"', '"b"', MAYBE),),
    ),
    change("Logs", "AWS::Logs::LogGroup", Action.ADD, line=40),
    METRICS,
    change("Old", "AWS::SQS::Queue", Action.REMOVE, line=1),
    change(
        "Reader",
        "AWS::Lambda::Function",
        Action.MODIFY,
        line=60,
        details=(
            detail(
                "Environment.Variables.TABLE",
                '"skafu-metrics-production"',
                f'"{KNOWN_AFTER_APPLY}"',
                cause="MetricsTable",
            ),
            detail(
                "Environment.Variables.PASSWORD",
                '"{{resolve:secretsmanager:a}}"',
                '"{{resolve:secretsmanager:b}}"',
            ),
            detail("Timeout", "3", None),
            PropertyChange("Tags"),
        ),
    ),
)
UPDATE = Plan(
    stack_id("data"),
    "d" * 64,
    "update",
    CHANGES,
    ("output TableArn changes", 'tag owner becomes "b" (was "a")'),
    "arn:cs",
)
WAITING = Plan(
    stack_id("api"),
    "a" * 64,
    "update",
    (change("Api", "AWS::ApiGateway::RestApi", Action.MODIFY, details=(detail("Name", '"a"', '"b"'),)),),
    against="the last deployment",
    waiting=(stack_id("data"), StackId("security", "us-west-2", "keys")),
)
PREDICTED = Plan(
    stack_id("queues"), "q" * 64, "create", (change("Queue", "AWS::SQS::Queue", Action.ADD),), against="main"
)
SAME = tuple(Plan(stack_id(name), "s" * 64, "none") for name in ("web", "alerts"))
LOST = Decided(
    Finding(
        "stateful-not-lost",
        "policies",
        Severity.CRITICAL,
        "No data is lost by a deployment",
        "MetricsTable is replaced, and the old table is deleted.",
        Location(DATA, 2, 3),
        stacks=(stack_id("data"),),
        logical_id="MetricsTable",
        help="Keep its TableName, or set UpdateReplacePolicy to Retain.",
    ),
    Decision.BLOCKING,
)
WAIVED = replace(
    LOST,
    finding=replace(LOST.finding, rule="engine-kept", severity=Severity.HIGH),
    decision=Decision.WAIVED,
    waiver="W-1",
)
PLANS = (UPDATE, PREDICTED, WAITING, *SAME)
DECIDED = (LOST, WAIVED)


def printed(plans, decided=(), *, width=80, **options):
    file = options.pop("file", None) or StringIO()
    console = Console(file=file, width=width, _environ={}, **options)
    with console.capture() as captured:
        show_plans(plans, decided, sources, console=console)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


@pytest.mark.parametrize(("name", "ending"), [("console", "txt"), ("json", "json"), ("markdown", "md")])
def test_plans_look_like_this_in_every_format(golden, name, ending):
    golden(f"plans.{ending}", render_plans(name, PLANS, DECIDED, sources))


def test_plans_look_like_this_on_a_narrow_terminal_with_colour(golden):
    text = printed(
        PLANS, DECIDED, width=60, force_terminal=True, color_system="standard", legacy_windows=False
    )
    golden("plans.60.colour.txt", text)


def test_what_is_lost_is_red_on_a_terminal_and_nowhere_else():
    red = "\x1b[1;31m"
    assert red in printed([UPDATE], force_terminal=True, color_system="standard", legacy_windows=False)
    assert "\x1b" not in printed([UPDATE])
    kept = replace(UPDATE, changes=tuple(one for one in CHANGES if not one.loses))
    assert red not in printed([kept], force_terminal=True, color_system="standard", legacy_windows=False)


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ((), "Nothing changes\n"),
        (SAME, "2 stacks unchanged: alerts, web in production/us-east-1\nNothing changes\n"),
        ((PREDICTED,), "1 stack changes: 1 added\n"),
        ((replace(UPDATE, changes=()),), "1 stack changes: none of its resources\n"),
    ],
)
def test_the_last_lines_tell_the_totals(plans, expected):
    assert render_plans("console", plans, (), sources).endswith(expected)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("Password", '"hunter2"', '"hunter3"'),
        ("MasterUserPassword", '"hunter2"', None),
        ("Env.A", '"{{resolve:ssm-secure:hunter2}}"', '"x{{resolve:secretsmanager:hunter3}}y"'),
        ("Env", '{"A": {"DBPassword": "hunter2"}}', '[{"SecretString": "hunter3"}]'),
        ("List[2]", '"{{resolve:ssm:hunter2}}"', '{"cut off": "{{resolve:ssm:hunter3'),
    ],
)
@pytest.mark.parametrize("name", FORMATS)
def test_a_secret_is_shown_in_no_format(name, path, before, after):
    held = {"Type": "T", "Properties": {"P": "{{resolve:ssm:hunter2}}", "Password": "hunter2"}}
    one = change("A", "T", Action.MODIFY, details=(detail(path, before, after),), before=held, after=held)
    text = render_plans(
        name,
        [replace(UPDATE, changes=(one,), others=("tag a becomes {{resolve:ssm:hunter2}}",))],
        (),
        sources,
    )
    assert "hunter" not in text
    assert "secret" in text


def test_that_a_password_is_known_only_later_is_no_secret():
    one = change("A", "T", Action.MODIFY, details=(detail("Password", None, f'"{KNOWN_AFTER_APPLY}"'),))
    assert "Password  becomes known after deployment" in render_plans(
        "console", [replace(UPDATE, changes=(one,))], (), sources
    )


def test_the_json_format_holds_the_plans_whole():
    found = json.loads(render_plans("json", [PREDICTED], (), sources))["plans"]
    summary = found[0].pop("summary")
    assert (plan_from_json(found[0]), summary) == (PREDICTED, "create  1 added")


def test_a_finding_about_two_plans_stands_with_the_first_and_one_about_none_at_the_end():
    both = replace(LOST, finding=replace(LOST.finding, stacks=(stack_id("data"), stack_id("queues"))))
    text = render_plans("console", [UPDATE, PREDICTED], [both], sources)
    assert text.count("stateful-not-lost") == 1
    assert text.index("stateful-not-lost") < text.index("production/us-east-1/queues")
    text = render_plans("console", [PREDICTED], [LOST], sources)
    assert text.index("stateful-not-lost") > text.index("production/us-east-1/queues")


def test_markdown_fits_into_a_comment_however_much_changes():
    many = tuple(replace(METRICS, logical_id=f"Table{number:04}") for number in range(3_000))
    plans = [replace(UPDATE, stack=stack_id(f"stack-{number}"), changes=many) for number in range(40)]
    text = render_plans("markdown", plans, DECIDED, sources)
    assert len(text.encode()) < ROOM
    assert "120,000 replaced" in text


def test_only_characters_that_the_console_can_encode_are_printed():
    file = type("Ascii", (StringIO,), {"encoding": "ascii"})()
    assert printed(PLANS, DECIDED, file=file).isascii()


def test_a_format_that_does_not_exist_is_bad_input():
    with pytest.raises(InputError, match="plan format 'xml'"):
        render_plans("xml", PLANS, (), sources)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"Ref": "Table"}, "!Ref Table"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "!GetAtt Table.Arn"),
        ({"Fn::ImportValue": "shop-key"}, "!ImportValue shop-key"),
        ({"Fn::Sub": "a-${Table}"}, '!Sub "a-${Table}"'),
        ({"Fn::Sub": ["a-${B}", {"B": {"Ref": "C"}}]}, '!Sub "a-${B}"'),
        ({"Ref": "Table", "Other": 1}, '{"Ref": "Table", "Other": 1}'),
        ({"Fn::ImportValue": {"Ref": "A"}}, '{"Fn::ImportValue": {"Ref": "A"}}'),
        ("x" * 90, f'"{"x" * 70}\N{HORIZONTAL ELLIPSIS}'),
    ],
)
def test_a_value_is_short_and_a_function_is_as_people_write_it(value, shown):
    one = change("A", "T", Action.MODIFY, details=(detail("P", '"a"', json.dumps(value)),))
    text = render_plans("console", [replace(UPDATE, changes=(one,))], (), sources)
    assert f'P  "a" -> {shown}\n' in text


def test_of_long_values_that_begin_alike_the_place_is_shown_where_they_part():
    before, after = (json.dumps(f"{'x' * 200}{end}") for end in ("one", "two"))
    one = change("A", "T", Action.MODIFY, details=(detail("P", before, after),))
    text = render_plans("console", [replace(UPDATE, changes=(one,))], (), sources)
    assert f'P  …{"x" * 18}one" -> …{"x" * 18}two"\n' in text


ANYTHING = st.text(max_size=20) | st.text("\x1b\x9b[]|`<>@$_*#:\\\n\ud800 a大", max_size=20)
DETAILS = st.builds(
    PropertyChange,
    ANYTHING,
    st.none() | ANYTHING,
    st.none() | ANYTHING,
    st.sampled_from(Replacement),
    ANYTHING,
)
ANY_CHANGE = st.builds(
    Change,
    logical_id=ANYTHING,
    type=ANYTHING,
    action=st.sampled_from(Action),
    location=st.builds(Location, ANYTHING, st.integers(1, 9), st.integers(1, 9)),
    replacement=st.sampled_from(Replacement),
    physical_id=ANYTHING,
    details=st.lists(DETAILS, max_size=2).map(tuple),
    kept=st.booleans(),
)
ANY_PLAN = st.builds(
    Plan,
    stack=st.builds(StackId, ANYTHING, ANYTHING, ANYTHING),
    digest=ANYTHING,
    kind=st.sampled_from(["create", "update", "import", "none"]),
    changes=st.lists(ANY_CHANGE, max_size=2).map(tuple),
    others=st.lists(ANYTHING, max_size=2).map(tuple),
    against=ANYTHING,
    waiting=st.lists(st.builds(StackId, ANYTHING, ANYTHING, ANYTHING), max_size=2).map(tuple),
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans=st.lists(ANY_PLAN, max_size=2))
def test_nothing_that_a_terminal_or_a_ci_log_obeys_gets_out_and_the_text_can_be_written(name, plans):
    text = render_plans(name, plans, (), sources)
    assert not set(text.encode().decode()) & set("\x1b\x9b\x07\r\u202e\u2028")
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
