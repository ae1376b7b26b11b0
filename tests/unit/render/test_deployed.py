from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from skafu.model.deployment import DeployedStack, Deployment, NotDeclared, Phase, ReadBack, StoodIn
from skafu.model.estate import StackId
from skafu.render.deployed_facts import changes, short_names, skipped_for, took
from skafu.render.deployment import FORMATS, show_deployment
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
