"""What templates do under configurations that no environment has now, and the JSON that stands inside them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from skafu.load import load_repository
from skafu.load.template import read_template
from skafu.resolve import by_translator, resolve_estate

ROOT = Path(__file__).parents[3]
STACKS = ROOT / "stacks"


@pytest.fixture
def resolved(tmp_path):
    """Resolves one stack of production alone, after `changes` of its environment's file; and what is found."""

    def resolve(stack, *changes):
        for name in ("accounts.yaml", "environments", stack):
            target = tmp_path / "stacks" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (STACKS / name).is_dir():
                shutil.copytree(STACKS / name, target, dirs_exist_ok=True)
            else:
                shutil.copy(STACKS / name, target)
        file = tmp_path / "stacks/environments/production.yaml"
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        resolution = resolve_estate(load_repository(tmp_path), by_translator)
        [found] = [one for id_, one in resolution.stacks.items() if id_.environment == "production"]
        findings = [one for one in resolution.findings if one.stacks == () or found.id in one.stacks]
        return found.template.plain()["Resources"], findings

    return resolve


def test_tables_that_are_provisioned_follow_their_use_with_their_index(resolved):
    resources, _ = resolved("platform/data", ("billing_mode: PAY_PER_REQUEST", "billing_mode: PROVISIONED"))

    of_type = {
        kind: [one["Properties"] for one in resources.values() if one["Type"].endswith(f"::{kind}")]
        for kind in ("Table", "ScalableTarget", "ScalingPolicy")
    }
    for table in of_type["Table"]:
        for one in (table, table["GlobalSecondaryIndexes"][0]):
            assert one["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
            assert "OnDemandThroughput" not in one
    assert [(one["MinCapacity"], one["MaxCapacity"]) for one in of_type["ScalableTarget"]] == [(5, 1000)] * 8
    assert sorted(one["ScalableDimension"] for one in of_type["ScalableTarget"]) == sorted(
        [
            "dynamodb:table:ReadCapacityUnits",
            "dynamodb:table:WriteCapacityUnits",
            "dynamodb:index:ReadCapacityUnits",
            "dynamodb:index:WriteCapacityUnits",
        ]
        * 2
    )
    assert {
        one["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for one in of_type["ScalingPolicy"]
    } == {70}
    assert len(of_type["ScalingPolicy"]) == 8


def test_tables_on_demand_have_a_ceiling_and_nothing_to_scale(resolved):
    resources, _ = resolved("platform/data")

    assert not [name for name, one in resources.items() if "AutoScaling" in one["Type"]]
    for table in ("MetricsTable", "AlertsTable"):
        ceiling = {"MaxReadRequestUnits": 1000, "MaxWriteRequestUnits": 1000}
        assert resources[table]["Properties"]["OnDemandThroughput"] == ceiling
        assert "ProvisionedThroughput" not in resources[table]["Properties"]


@pytest.mark.parametrize(
    ("stack", "setting", "reason"),
    [
        ("platform/data", "stream_enabled", "without it they fall silent"),
        ("platform/api", "cors_enabled", "The API always answers the browsers of its origin."),
        ("platform/api", "request_validation", "The API always validates requests."),
        ("applications/alerts", "request_validation", "The API always validates requests."),
        ("observability/tracing", "xray_tracing", "take this stack out of the environment"),
    ],
)
def test_what_a_template_cannot_do_without_is_refused_with_a_reason(resolved, stack, setting, reason):
    _, before = resolved(stack)
    _, after = resolved(stack, (f"{setting}: true", f"{setting}: false"))

    assert [one for one in before if one.rule == "template-rule"] == []
    assert [reason in one.message for one in after if one.rule == "template-rule"] == [True]


def texts(value):
    """Every text in a tree, however deep."""
    if isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value


def test_json_that_a_template_writes_as_text_is_json():
    written = [
        (path.parent.name, text)
        for path in sorted(STACKS.glob("*/*/template.yaml"))
        for text in texts(read_template(ROOT, path.relative_to(ROOT).as_posix()).plain())
        if text.startswith("{") and "\n" in text.strip()
    ]

    parsed = {stack: json.loads(re.sub(r"\$\{[^}]*\}", "0", text)) for stack, text in written}

    assert {"features", "logs", "firewall"} <= set(parsed)
