from __future__ import annotations

import pytest

from skafu.model.finding import Severity

WAIVERS = """\
waivers:
- id: {id}
  rule: buckets-named
  stacks: [store]
  resources: ["*"]
  owner: me
  reason: a reason that is long enough
  ticket: T-1
  expires: "{expires}"
"""


def test_thresholds_and_waivers_are_read_as_they_are_declared(load):
    read = load(
        {
            "validators/thresholds.yaml": "default: high\nenvironments: {staging: critical}\n",
            "policies/waivers.yaml": WAIVERS.format(id="W-1", expires="2027-02-28"),
        }
    )
    assert read.problems == ()
    assert (read.thresholds.default, read.thresholds.environments) == (
        Severity.HIGH,
        {"staging": Severity.CRITICAL},
    )
    assert [(one.id, one.expires.isoformat(), one.location.line) for one in read.waivers] == [
        ("W-1", "2027-02-28", 2)
    ]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        pytest.param(
            {"validators/linting.yaml": "judge: cfnlint\n"},
            [
                (
                    'validators/linting.yaml:1:8: judge is "cfnlint" Did you mean "cfn-lint"? '
                    "Allowed: definitions, cfn-lint, checkov, policies."
                )
            ],
            id="a judge nobody knows",
        ),
        pytest.param(
            {"validators/definitions.yml": "judge: checkov\n"},
            [
                (
                    'validators/definitions.yml:1:1: there are two validators "definitions", '
                    "validators/definitions.yaml and this one Rename one of the files."
                )
            ],
            id="two seats of one name",
        ),
        pytest.param(
            {"validators/more/definitions.yaml": "judge: checkov\n"},
            [
                (
                    'validators/more/definitions.yaml:1:1: there are two validators "definitions", '
                    "validators/definitions.yaml and this one Rename one of the files."
                )
            ],
            id="two seats of one name, one in a folder",
        ),
        pytest.param(
            {"validators/layers.py": "raise SystemExit(0)\n"},
            [
                (
                    "validators/layers.py:1:1: validators written in Python are not seated by this version of skafu "
                    "Write it as a policy, or remove it: a judge that never speaks must not look like one."
                )
            ],
            id="a validator in Python",
        ),
        pytest.param(
            {"validators/definitions.yaml": "judge: definitions\ntime_limit: .nan\n"},
            [
                (
                    'validators/definitions.yaml:2:13: validators/definitions.yaml has the number ".nan", '
                    "and only finite ones can be compared"
                )
            ],
            id="a time limit that never comes",
        ),
        pytest.param(
            {"validators/thresholds.yaml": None},
            ["validators/thresholds.yaml:1:1: validators/thresholds.yaml does not exist"],
            id="no thresholds",
        ),
        pytest.param(
            {"validators/thresholds.yaml": "default: hgh\n"},
            [
                (
                    'validators/thresholds.yaml:1:10: default is "hgh" Did you mean "high"? '
                    "Allowed: critical, high, medium, low, info."
                )
            ],
            id="a severity nobody knows",
        ),
        pytest.param(
            {"validators/thresholds.yaml": "default: high\nenvironments: {stagin: low}\n"},
            ['validators/thresholds.yaml:2:24: there is no environment "stagin" Did you mean "staging"?'],
            id="a threshold for no environment",
        ),
        pytest.param(
            {"policies/waivers.yaml": WAIVERS.format(id="W-1", expires="2027-02-29")},
            ["policies/waivers.yaml:9:12: the waiver W-1 expires on 2027-02-29, which is no day"],
            id="an impossible date",
        ),
        pytest.param(
            {"policies/waivers.yaml": WAIVERS.format(id="W-1", expires="soon")},
            [
                (
                    'policies/waivers.yaml:9:12: waivers[0].expires is "soon", which has the wrong form '
                    'The last day on which it holds, quoted: "2027-03-31".'
                )
            ],
            id="no date",
        ),
        pytest.param(
            {
                "policies/waivers.yaml": WAIVERS.format(id="W-1", expires="2027-02-28")
                + WAIVERS.format(id="W-1", expires="2027-02-28").removeprefix("waivers:\n")
            },
            [
                (
                    "policies/waivers.yaml:10:7: there are two waivers W-1; the other is at policies/waivers.yaml:2:3 "
                    "Give one another id."
                )
            ],
            id="two waivers of one id",
        ),
    ],
)
def test_nothing_that_decides_how_strictly_is_judged_gives_way_silently(told, changes, lines):
    assert told(changes) == lines


def test_thresholds_that_cannot_be_read_are_the_strictest(load):
    assert load({"validators/thresholds.yaml": "default: none\n"}).thresholds.default is Severity.INFO


def test_waivers_that_cannot_be_read_waive_nothing(load):
    text = WAIVERS.format(id="W-1", expires="2027-02-28").replace("rule: buckets-named", "rule: '*'")
    assert load({"policies/waivers.yaml": text}).waivers == ()
