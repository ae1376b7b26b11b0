from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from rich.console import Console

from skafu.model.change import Action, Change, Plan
from skafu.model.deployment import DeployedStack, Deployment, NotDeclared, Phase, ReadBack, StoodIn
from skafu.model.estate import StackId
from skafu.model.finding import Finding, Severity
from skafu.model.finding_json import finding_to_json
from skafu.model.place import Location
from skafu.model.plan_json import plan_to_json
from skafu.render.deployed_facts import changes, short_names, skipped_for, took, verdict
from skafu.render.deployment import FORMATS, show_deployment, show_stand_ins
from skafu.render.markdown import ROOM

EVIL = "\x1b]0;owned\x07[red]red[/red] | `x` <img src=x> @admin \u202egnp.exe\n## Approved\n::error::no"
SAME = ReadBack("same", "same", "same")


def id_(name, environment="staging"):
    return StackId(environment, "us-east-1", name)


def stack(name, result, **values):
    phase = Phase.ENDED if result else values.pop("phase", Phase.NOT_BEGUN)
    return DeployedStack(id_(name), account="rehearsal", phase=phase, result=result, **values)


def deployment(result, *stacks, **values):
    return Deployment(
        run="20261122T100000Z-abcdef",
        command="deploy",
        line="skafu deploy --env staging",
        options={"environments": ["staging"]},
        endpoint="embedded",
        who="ada",
        started="2026-11-22T10:00:00.000+00:00",
        ended="2026-11-22T10:01:12.300+00:00" if result else "",
        result=result,
        needs={stack.id: () for stack in stacks},
        stacks=tuple(sorted(stacks, key=lambda stack: stack.id)),
        **values,
    )


DONE = deployment(
    "done",
    stack(
        "data", "created", read_back=SAME, stood_in=(StoodIn("Backup", "AWS::Backup::BackupSelection", "r"),)
    ),
    stack("api", "unchanged", read_back=replace(SAME, template="different", differences=("Description",))),
)
FAILED = deployment(
    "failed",
    stack("keys", "created", read_back=SAME),
    stack(
        "data", "failed", status="ROLLBACK_COMPLETE", reason="Table: no such key", hint="Name another key."
    ),
    stack("api", "skipped", because="staging/us-east-1/data", reason="it failed"),
    stack("web", "skipped", because="staging/us-east-1/api", reason="it failed"),
    stack("auth", "blocked", reason="stateful-not-lost at template.yaml:3:5"),
    stack("logs", "updated", read_back=replace(SAME, tags="different", differences=("tags: Owner",))),
    not_declared=(NotDeclared("old", "arn:old", "CREATE_COMPLETE"),),
)
BROKEN = deployment(
    "",
    stack("keys", "created", read_back=SAME),
    stack("data", "", phase=Phase.EXECUTION_REQUESTED),
    stack("api", "", phase=Phase.CHANGE_SET_REQUESTED),
    stack("web", ""),
)
HOSTILE = deployment(
    "failed",
    stack("data", "failed", status=EVIL, reason=EVIL, hint=EVIL, stood_in=(StoodIn(EVIL, EVIL, EVIL),)),
    stack(EVIL, "failed", reason=EVIL),
    not_declared=(NotDeclared(EVIL, EVIL, EVIL),),
)
SAMPLES = {"done": DONE, "failed": FAILED, "broken": BROKEN, "hostile": HOSTILE}
ENDINGS = {"text": "txt", "markdown": "md", "json": "json"}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", SAMPLES)
def test_each_deployment_in_each_format_is_what_was_agreed_on(name, format_, golden):
    golden(f"deployed-{name}.{ENDINGS[format_]}", FORMATS[format_](SAMPLES[name]))


def test_the_same_deployment_gives_the_same_bytes():
    for write in FORMATS.values():
        assert write(FAILED) == write(replace(FAILED))


@pytest.mark.parametrize("width", [1, 20, 80])
def test_a_failure_shows_its_cause_and_the_next_step_in_any_width(width):
    console = Console(file=StringIO(), width=width, color_system=None, _environ={})
    show_deployment(FAILED, console)
    words = console.file.getvalue().split()
    assert " ".join(words).count("why Table: no such key next Name another key.") == 1
    assert "FAILED" in words[words.index("record") :]


def test_nothing_that_others_wrote_takes_over_a_terminal_or_a_log():
    text = FORMATS["text"](HOSTILE)
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "<img" not in FORMATS["markdown"](HOSTILE)


def test_a_thousand_failures_fit_into_one_comment():
    many = deployment(
        "failed", *(stack(f"stack-{n:04}", "failed", reason=EVIL * 9, hint=EVIL * 9) for n in range(1000))
    )
    assert len(FORMATS["markdown"](many).encode()) < ROOM


def test_the_json_has_all_that_is_known():
    told = json.loads(FORMATS["json"](FAILED))
    assert told["schema"] == 1
    assert (told["verdict"], told["result"]) == ("failed", "failed")
    data = next(one for one in told["stacks"] if one["id"] == "staging/us-east-1/data")
    assert (data["state"], data["reason"]) == ("failed", "Table: no such key")
    assert data.keys() == {*DeployedStack.__dataclass_fields__, "state"}
    assert told.keys() == {*Deployment.__dataclass_fields__, "schema", "verdict"}


def test_a_stack_that_is_skipped_for_a_skipped_one_is_told_with_the_cause():
    assert skipped_for(FAILED, id_("data")) == [id_("api"), id_("web")]
    assert skipped_for(FAILED, id_("auth")) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599.6, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_a_duration_is_as_exact_as_somebody_wants_to_know(seconds, text):
    assert took(seconds) == text


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (None, ""),
        ({"changes": []}, "no change"),
        ({"changes": [], "others": ["tags"]}, "1 change beside resources"),
        (
            {"changes": [{"action": "add"}, {"action": "modify", "replacement": "never"}]},
            "1 added, 1 changed",
        ),
        ({"changes": [{"action": "modify", "replacement": "maybe"}]}, "1 replaced"),
        ({"changes": [{"action": "modify", "replacement": "always"}]}, "1 replaced"),
        ({"changes": [{"action": "remove"}, {"action": "import"}]}, "1 imported, 1 removed"),
        ({"changes": [{"action": "dynamic"}, {"action": "newer"}]}, "2 known only when executed"),
    ],
)
def test_a_plan_in_a_word(plan, text):
    assert changes(plan) == text


def test_names_leave_out_what_all_have_in_common():
    data, api, other = id_("data"), id_("api"), id_("api", "production")
    west = StackId("staging", "us-west-2", "api")
    assert short_names([data, api]) == {data: "data", api: "api"}
    assert short_names([api, other]) == {api: "staging/api", other: "production/api"}
    assert short_names([api, west]) == {api: "us-east-1/api", west: "us-west-2/api"}
    assert short_names([api, west, other]) == {one: str(one) for one in (api, west, other)}


def stood_in(number, type_, name="Rule"):
    return tuple(StoodIn(f"{name}{n:02}", type_, "MiniStack has no such type.") for n in range(number))


RULES, TRAIL = "AWS::Config::ConfigRule", "AWS::CloudTrail::Trail"
STOOD_IN = deployment(
    "done",
    stack("compliance", "created", stood_in=stood_in(43, RULES)),
    stack("audit", "updated", stood_in=stood_in(1, TRAIL) + stood_in(2, RULES)),
)


def printed(told, *, width=80, encoding="utf-8", sources=lambda _: ()):
    file = TextIOWrapper(BytesIO(), encoding=encoding)
    show_deployment(told, Console(file=file, width=width, color_system=None, _environ={}), sources)
    file.seek(0)
    return file.read().splitlines()


def test_what_was_stood_in_for_is_counted_by_type_and_where():
    assert printed(STOOD_IN)[4:9] == [
        "The embedded endpoint lacks 46 resources of 2 types; something else stands in",
        "for each:",
        "  AWS::CloudTrail::Trail   ×1  audit",  # noqa: RUF001 - as it is printed
        "  AWS::Config::ConfigRule ×45  audit, compliance",  # noqa: RUF001 - as it is printed
        "  `skafu history show 20261122T100000Z-abcdef` names them.",
    ]


def test_a_console_that_has_no_multiplication_sign_shows_an_x():
    assert "  AWS::CloudTrail::Trail   x1  audit" in printed(STOOD_IN, encoding="ascii")


def test_on_a_narrow_terminal_the_stacks_stand_below_a_type_that_leaves_them_no_room():
    many = [stack(f"observability-{n}", "created", stood_in=stood_in(1, RULES)) for n in range(6)]
    lines = printed(deployment("done", *many), width=44)
    assert lines[lines.index("  AWS::Config::ConfigRule ×6") + 1] == (  # noqa: RUF001 - as it is printed
        "      observability-0, observability-1,"
    )
    assert max(map(len, lines[:-3])) <= 60  # a command is not torn


def test_where_no_stack_changed_what_is_stood_in_for_is_one_sentence():
    again = replace(
        STOOD_IN, result="nothing", stacks=tuple(replace(one, result="unchanged") for one in STOOD_IN.stacks)
    )
    assert " ".join(printed(again)[4:-3]) == (
        "46 resources of 2 types are stood in for, as before: "
        "`skafu history show 20261122T100000Z-abcdef` names them."
    )


def test_the_names_are_there_for_who_asks_for_them():
    console = Console(file=StringIO(), width=80, color_system=None, _environ={})
    show_stand_ins(STOOD_IN, console)
    assert console.file.getvalue().splitlines()[1:7] == [
        "The embedded endpoint lacks 46 resources of 2 types; something else stands in",
        "for each:",
        "  AWS::CloudTrail::Trail",
        "    audit: Rule00",
        "  AWS::Config::ConfigRule",
        "    audit: Rule00, Rule01",
    ]


@pytest.mark.parametrize(
    ("result", "command", "results", "text"),
    [
        ("done", "deploy", ["created", "unchanged", "left"], "2 stacks done: 1 created, 1 unchanged; 1 left to an administrator"),
        ("done", "deploy", ["created", "created"], "2 stacks created"),
        ("failed", "deploy", ["created", "failed", "left"], "1 of 2 stacks done: 1 created, 1 failed; 1 left to an administrator"),
        ("nothing", "deploy", ["left"], "1 left to an administrator"),
        ("done", "destroy", ["deleted", "left"], "1 stack deleted; 1 left standing"),
        ("failed", "deploy", [], "no stack"),
    ],
)  # fmt: skip
def test_what_is_left_to_an_administrator_was_not_to_be_done(result, command, results, text):
    stacks = [stack(f"s{number}", one) for number, one in enumerate(results)]
    assert verdict(replace(deployment(result, *stacks), command=command))[1] == text


@pytest.mark.parametrize("width", [60, 80, 83, 100])
def test_the_first_line_breaks_between_its_parts_only(width):
    ends = [line.rsplit("· ", 1)[-1] for line in printed(FAILED, width=width)[1:3] if line]
    assert set(ends) <= {
        "Deployment of 6 stacks in staging us-east-1", "endpoint embedded", "by ada", "1 min 12 s"
    }  # fmt: skip
    assert ends[-1] == "1 min 12 s"


def blocked():
    """A stack whose plan loses a table, and adds something that is no matter."""
    here = Location("stacks/platform/data/template.yaml", 3, 3)
    lost = Change("Table", "AWS::DynamoDB::Table", Action.REMOVE, Location(here.file), physical_id="orders")
    rule = Change("Rule", "AWS::SSM::Parameter", Action.REMOVE, Location(here.file))
    added = Change("Queue", "AWS::SQS::Queue", Action.ADD, here)
    finding = Finding(
        rule="stateful-not-lost",
        tool="policies",
        severity=Severity.CRITICAL,
        title="No data is lost by a deployment",
        message="Table is removed, and its data with it.",
        location=here,
        stacks=(id_("data"),),
        logical_id="Table",
        help="Keep it with DeletionPolicy.",
    )
    told = {"finding": finding_to_json(finding), "decision": "blocking", "waiver": ""}
    return stack(
        "data",
        "blocked",
        reason="stateful-not-lost at template.yaml:3:3",
        plan=plan_to_json(Plan(id_("data"), "d", "update", (lost, rule, added))),
        plan_gate="blocked",
        plan_findings=(told,),
        stood_in=(StoodIn("Rule", RULES, "MiniStack has no such type."),),
    )


def test_a_plan_that_is_blocked_shows_what_would_be_lost_and_what_the_findings_say():
    lines = printed(deployment("blocked", blocked()), width=100, sources=lambda _: ("a", "b", "  Table:"))
    assert lines[3:18] == [
        "BLOCKED  data",
        "  update  2 removed",
        "  - Table  AWS::DynamoDB::Table  stacks/platform/data/template.yaml",
        "    it is lost (orders)",
        "  - Rule  AWS::Config::ConfigRule (stand-in)  stacks/platform/data/template.yaml",
        "    it is lost",
        "  + 1 other change, which blocks nothing",
        "",
        "1 finding blocks",
        "",
        "CRITICAL  stateful-not-lost · No data is lost by a deployment",
        "  stacks/platform/data/template.yaml:3:3",
        "    2 │ b",
        "    3 │   Table:",
        "      │   ^^^^^",
    ]
    assert "  why  Table is removed, and its data with it." in lines
    assert "  fix  Keep it with DeletionPolicy." in lines
    assert "Keep it with DeletionPolicy" in FORMATS["markdown"](deployment("blocked", blocked()))
