"""`skafu waiver list` and `check`, and what a run over the whole estate says about waivers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.slow

WAIVERS = "policies/waivers.yaml"
TEMPLATE = "stacks/platform/store/template.yaml"
NAMELESS = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"
SKIPPING = NAMELESS + "    # checkov:skip=CKV_AWS_18:nobody reads logs\n"


def in_days(days):
    return (datetime.now(UTC).date() + timedelta(days)).isoformat()


def waivers(*changes):
    usual = {
        "id": "W-1",
        "rule": "buckets-named",
        "stacks": ["store"],
        "resources": ["Bucket"],
        "owner": "the platform team",
        "approver": "the security team",
        "reason": "A name would have to be unique in all of AWS.",
        "ticket": "PLAT-1",
        "expires": in_days(100),
    }
    return json.dumps({"waivers": [{**usual, **change} for change in changes]})


def test_list_shows_what_expires_first_on_top(estate):
    late, soon = {"id": "W-late"}, {"id": "W-soon", "expires": in_days(3), "environments": ["staging"]}
    one = estate({WAIVERS: waivers(late, soon, {"id": "W-gone", "expires": "2020-01-01"})})
    run = one.run("waiver", "list", COLUMNS="110")
    assert (run.code, run.stderr) == (0, "")
    places = [run.stdout.index(word) for word in ("W-gone", "expired", "W-soon", "3, soon", "W-late")]
    assert places == sorted(places)
    for word in (
        "buckets-named",
        "of store",
        "in staging",
        "the platform team",
        "the security team",
        "PLAT-1",
    ):
        assert word in run.stdout
    rows = json.loads(one.run("waiver", "list", "--format", "json").stdout)
    assert [(row["id"], row["days_left"]) for row in rows][1:] == [("W-soon", 3), ("W-late", 100)]
    assert rows[1] == {
        "id": "W-soon",
        "rule": "buckets-named",
        "stacks": ["store"],
        "resources": ["Bucket"],
        "environments": ["staging"],
        "owner": "the platform team",
        "approver": "the security team",
        "reason": "A name would have to be unique in all of AWS.",
        "ticket": "PLAT-1",
        "expires": in_days(3),
        "days_left": 3,
        "file": WAIVERS,
        "line": 1,
    }


def test_list_without_waivers_and_with_one_that_cannot_be_used(estate):
    assert estate().run("waiver", "list").stdout == "No waiver is registered.\n"
    run = estate({WAIVERS: waivers({"approver": "The Platform-Team"})}).run("waiver", "list")
    assert run.code == 2
    assert "the waiver W-1 is approved by its owner, the platform team. Somebody else has to" in run.stderr


@pytest.mark.parametrize(
    ("template", "change", "code", "lines"),
    [
        (NAMELESS, {}, 0, ["The one waiver is in order."]),
        (
            NAMELESS,
            {"expires": in_days(10)},
            0,
            [f"{WAIVERS}:1: W-1 expires in 10 days, after {in_days(10)}", "The one waiver is in order."],
        ),
        (
            NAMELESS,
            {"expires": in_days(500)},
            0,
            [
                f"{WAIVERS}:1: W-1 holds until {in_days(500)}, 500 days; 400 are the most",
                "The one waiver is in order.",
            ],
        ),
        (
            NAMELESS,
            {"resources": ["*"]},
            1,
            [
                f"{WAIVERS}:1: W-1 allows more than it covers: resources: [Bucket] would do",
                "1 of 1 waivers are not in order.",
            ],
        ),
        (
            NAMELESS,
            {"expires": "2020-01-01"},
            1,
            [
                f"{WAIVERS}:1: W-1 expired on 2020-01-01; renew it with its approver, or remove it",
                "1 of 1 waivers are not in order.",
            ],
        ),
        (
            NAMELESS,
            {"rule": "nobody-says-so"},
            1,
            [
                f"{WAIVERS}:1: W-1 covers nothing: nobody finds nobody-says-so in its scope; remove it",
                "1 of 1 waivers are not in order.",
            ],
        ),
        (SKIPPING.replace("Type: AWS::S3::Bucket", "Type: AWS::SNS::Topic"), {"rule": "CKV_AWS_18"}, 0,
         ["The one waiver is in order."]),
    ],
)  # fmt: skip
def test_check_fails_for_what_is_not_in_order(estate, template, change, code, lines):
    run = estate({TEMPLATE: template, WAIVERS: waivers(change)}).run("waiver", "check")
    assert (run.code, run.stdout.splitlines(), run.stderr) == (code, lines, "")


def test_check_says_nothing_is_unused_where_not_everything_could_be_judged(estate):
    bad = {"policies/broken.py": "raise SystemExit\n", WAIVERS: waivers({"rule": "unused"})}
    run = estate(bad).run("waiver", "check")
    assert (run.code, run.stdout) == (4, "")
    assert run.stderr.startswith(
        "Not everything could be judged, so nobody can say which waivers are needed:"
    )
    sam = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
    behind = estate({"policies/broken.py": None, TEMPLATE: f"{sam}    Properties: {{}}\n"})
    assert behind.run("waiver", "check").code == 1


def test_the_report_of_the_whole_estate_warns_and_that_of_a_part_does_not(estate, tmp_path):
    one = estate({TEMPLATE: NAMELESS, WAIVERS: waivers({"resources": ["*"]})})
    warning = {
        "waiver": "W-1",
        "kind": "wide",
        "message": "allows more than it covers: resources: [Bucket] would do",
        "file": WAIVERS,
        "line": 1,
    }
    for _ in ("judged", "remembered"):
        run = one.judge(SKAFU_CACHE=str(tmp_path / "cache"))
        assert (run.code, run.gate, run.report["warnings"]) == (0, "approved", [warning])
    assert one.judge("store").report["warnings"] == []
    assert one.judge("--env", "staging").report["warnings"] == []


def test_an_inline_skip_blocks_until_a_waiver_registers_it_also_from_memory(estate, tmp_path):
    one = estate({TEMPLATE: SKIPPING, WAIVERS: waivers({})})
    cache = {"SKAFU_CACHE": str(tmp_path / "cache")}
    told = (
        f"{TEMPLATE}:4:20: the comment skips CKV_AWS_18 for Bucket; no waiver registers it, and no judge here "
        "listens to it Remove it, or register it in policies/waivers.yaml: rule: CKV_AWS_18, stacks: [store], "
        "resources: [Bucket], owner, approver, reason, ticket, expires."
    )
    for _ in ("judged", "remembered"):
        run = one.judge(**cache)
        assert (run.code, [line for line in run.told if "skips" in line]) == (1, [told])
    one.write({WAIVERS: waivers({}, {"id": "W-2", "rule": "CKV_AWS_18"})})
    for _ in ("judged", "remembered"):
        run = one.judge(**cache)
        assert (run.code, run.report["warnings"]) == (0, [])
        assert [found["rule"] for found in run.report["findings"]] == ["buckets-named"]
    one.write({WAIVERS: waivers({}, {"id": "W-2", "rule": "CKV_AWS_18", "expires": "2020-01-01"})})
    run = one.judge(**cache)
    assert run.code == 1
    assert [line for line in run.told if "skips" in line] == [told]
    assert any("the waiver W-2" in reason and "expired on 2020-01-01" in reason for reason in run.reasons)


def test_a_template_outside_of_a_repository_has_no_register_and_so_no_unregistered_skip(estate):
    one = estate({TEMPLATE: SKIPPING})
    report = one.run("scan", TEMPLATE, "--format", "json").report
    assert "inline-skip-unregistered" not in {found["rule"] for found in report["findings"]}
    assert "CKV_AWS_18" in {found["rule"] for found in report["findings"]}
