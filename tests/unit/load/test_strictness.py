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
  approver: you
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
    assert [
        (one.id, one.owner, one.approver, one.expires.isoformat(), one.location.line) for one in read.waivers
    ] == [("W-1", "me", "you", "2027-02-28", 2)]


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
            {"validators/layers.yaml": "judge: policies\n", "validators/layers.py": "raise SystemExit(0)\n"},
            [
                (
                    'validators/layers.yaml:1:1: there are two validators "layers", '
                    "validators/layers.py and this one Rename one of the files."
                )
            ],
            id="a seat named like a validator in Python",
        ),
        pytest.param(
            {"validators/layers.cases.yaml": "[]\n"},
            ["validators/layers.cases.yaml:1:1: the file must hold a mapping at its top"],
            id="cases without their validator",
        ),
        pytest.param(
            {"validators/definitions.yaml": "judge: definitions\ntime_limit: .nan\n"},
            [
                (
                    'validators/definitions.yaml:2:13: the file has the number ".nan", '
                    "and only finite ones can be compared"
                )
            ],
            id="a time limit that never comes",
        ),
        pytest.param(
            {"validators/thresholds.yaml": None},
            ["validators/thresholds.yaml:1:1: the file does not exist"],
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
            ["policies/waivers.yaml:10:12: the waiver W-1 expires on 2027-02-29, which is no day"],
            id="an impossible date",
        ),
        pytest.param(
            {"policies/waivers.yaml": WAIVERS.format(id="W-1", expires="soon")},
            [
                (
                    'policies/waivers.yaml:10:12: waivers[0].expires is "soon", which has the wrong form '
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
                    "policies/waivers.yaml:11:7: there are two waivers W-1; the other is at policies/waivers.yaml:2:3 "
                    "Give one another id."
                )
            ],
            id="two waivers of one id",
        ),
        pytest.param(
            {
                "policies/waivers.yaml": WAIVERS.format(id="W-1", expires="2027-02-28").replace(
                    "  approver: you\n", ""
                )
            },
            [
                (
                    'policies/waivers.yaml:2:3: waivers[0] lacks the key "approver" '
                    "The team, person or role that agreed to it; never the owner."
                )
            ],
            id="nobody approved",
        ),
        pytest.param(
            {"policies/waivers.yaml": WAIVERS.format(id="W-1", expires="2027-02-28").replace("you", '" "')},
            [
                (
                    'policies/waivers.yaml:7:13: waivers[0].approver is " ", which has the wrong form '
                    "The team, person or role that agreed to it; never the owner."
                )
            ],
            id="a blank approved",
        ),
        pytest.param(
            {
                "policies/waivers.yaml": WAIVERS.format(id="W-1", expires="2027-02-28").replace(
                    "a reason that is long enough", f'"because{" " * 20}"'
                )
            },
            [
                (
                    'policies/waivers.yaml:8:11: waivers[0].reason is "because                    ", '
                    "which has the wrong form Why the finding is acceptable there, in 15 letters or more."
                )
            ],
            id="a reason made of blanks",
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


@pytest.mark.parametrize(
    ("owner", "approver"),
    [
        ("platform-team", "platform-team"),
        ("platform-team", "Platform Team"),
        ("platform-team", "  PLATFORM_TEAM. "),
        ("@platform", "platform"),
        ("Straße", "STRASSE"),
        ("platform", "\uff50\uff4c\uff41tform"),
        ("-", "?"),
    ],
)
def test_nobody_approves_what_they_own(load, owner, approver):
    text = WAIVERS.format(id="W-1", expires="2027-02-28")
    text = text.replace("owner: me", f'owner: "{owner}"').replace("approver: you", f'approver: "{approver}"')
    read = load({"policies/waivers.yaml": text})
    assert read.waivers == ()
    assert [(str(one.location), one.message, one.help, one.bad_input) for one in read.problems] == [
        (
            "policies/waivers.yaml:7:13",
            f"the waiver W-1 is approved by its owner, {owner}",
            "Somebody else has to agree to an exception.",
            True,
        )
    ]


@pytest.mark.parametrize(
    ("rule", "fix"),
    [
        ("definition-syntax", "Mend what it finds."),
        ("definition-schema", "Mend what it finds."),
        ("template-artifact", "Mend what it finds."),
        (
            "inline-skip-unregistered",
            "Name the rule that the template skips: a waiver about that rule registers the skip.",
        ),
    ],
)
def test_what_loading_itself_states_cannot_be_waived(load, rule, fix):
    text = WAIVERS.format(id="W-1", expires="2027-02-28").replace("buckets-named", rule)
    read = load({"policies/waivers.yaml": text})
    assert read.waivers == ()
    assert [(str(one.location), one.message, one.help) for one in read.problems] == [
        ("policies/waivers.yaml:3:9", f"the waiver W-1 is about {rule}, which cannot be waived", fix)
    ]


@pytest.mark.parametrize("rule", ["*", "CKV_AWS_?", "E[0-9]"])
def test_a_waiver_names_one_rule_exactly(told, rule):
    text = WAIVERS.format(id="W-1", expires="2027-02-28").replace("buckets-named", f'"{rule}"')
    (line,) = told({"policies/waivers.yaml": text})
    assert line.startswith(
        f'policies/waivers.yaml:3:9: waivers[0].rule is "{rule}", which has the wrong form'
    )
