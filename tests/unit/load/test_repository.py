from __future__ import annotations

import os

import pytest

from skafu.load import load_repository
from skafu.model.errors import InputError

STORE = "stacks/platform/store/stack.yaml"
TEMPLATE = "stacks/platform/store/template.yaml"
STAGING = "stacks/environments/staging.yaml"
ACCOUNTS = "stacks/accounts.yaml"
BUCKET = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"


def test_an_estate_is_read_as_it_is_declared(load):
    read = load(
        {
            STAGING: "name: staging\naccount: staging\nregion: eu-west-1\nregions: [us-east-1, eu-west-1]\n",
            "validators/linting.yaml": "judge: cfn-lint\ntime_limit: 5\nmuted:\n- {rule: W1, reason: not our way}\n",
        }
    )
    assert read.problems == ()
    assert read.estate == "tiny"
    assert read.accounts["staging"].id == "111111111111"
    assert read.environments["staging"].regions == ("eu-west-1", "us-east-1")
    assert (read.definitions["store"].layer, read.definitions["store"].template) == ("platform", TEMPLATE)
    assert read.templates[TEMPLATE].text("Resources", "Bucket", "Type") == "AWS::S3::Bucket"
    assert [(seat.name, seat.judge, seat.time_limit, seat.muted) for seat in read.seats] == [
        ("definitions", "definitions", 60.0, {}),
        ("linting", "cfn-lint", 5.0, {"W1": "not our way"}),
    ]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {STORE: "template: template.yaml\nenvironments: [staging, stagin]\n"},
            [f'{STORE}:2:25: there is no environment "stagin" Did you mean "staging"?'],
            id="unknown environment",
        ),
        pytest.param(
            {STAGING: "name: staging\naccount: stagin\nregion: us-east-1\n"},
            [f'{STAGING}:2:10: there is no account "stagin" Did you mean "staging"?'],
            id="unknown account",
        ),
        pytest.param(
            {STORE: "template: template.yaml\nenvironments: [staging]\nregions: [us-east-2]\n"},
            [f'{STORE}:3:11: none of its environments has the region "us-east-2" Did you mean "us-east-1"?'],
            id="unknown region",
        ),
        pytest.param(
            {
                "stacks/environments/far.yaml": "name: far\naccount: staging\nregion: eu-west-1\n",
                STORE: "template: template.yaml\nenvironments: [staging, far]\nregions: [us-east-1]\n",
            },
            [
                (
                    f'{STORE}:2:25: the environment "far" has none of the regions of this stack '
                    "Its regions: eu-west-1."
                )
            ],
            id="an environment the stack never reaches",
        ),
        pytest.param(
            {STAGING: "name: production\naccount: staging\nregion: us-east-1\n"},
            [f'{STAGING}:1:7: the environment is named "production", but its file is staging.yaml'],
            id="name and file disagree",
        ),
        pytest.param(
            {
                STAGING: None,
                "stacks/environments/staging.yml": "name: staging\naccount: staging\nregion: us-east-1\n",
            },
            [],
            id="an environment in a .yml file",
        ),
        pytest.param(
            {"stacks/environments/staging.yml": "name: staging\naccount: staging\nregion: us-east-1\n"},
            [
                (
                    'stacks/environments/staging.yml:1:1: the environment "staging" has two files, '
                    "stacks/environments/staging.yaml and this one Remove one of them."
                )
            ],
            id="two files for one environment",
        ),
        pytest.param(
            {STAGING: "name: [\n"},
            [f"{STAGING}:1:8: the file is not YAML: did not find expected node content"],
            id="an unreadable environment is told once, and not again by its stacks",
        ),
        pytest.param(
            {STAGING: None},
            [
                "stacks/environments:1:1: there is no file in stacks/environments/, so no stack goes anywhere",
            ],
            id="no environments",
        ),
        pytest.param(
            {ACCOUNTS: None},
            [f"{ACCOUNTS}:1:1: the file does not exist"],
            id="no accounts",
        ),
        pytest.param(
            {
                "stacks/other/store/stack.yaml": "template: ../../platform/store/template.yaml\nenvironments: [staging]\n"
            },
            [
                f'{STORE}:1:1: the stack "store" is defined twice, in stacks/other/store/stack.yaml too Rename a folder.'
            ],
            id="one name, two stacks",
        ),
        pytest.param(
            {"stacks/platform/store/stack.yml": "template: template.yaml\nenvironments: [staging]\n"},
            [
                f'stacks/platform/store/stack.yml:1:1: the stack "store" is defined twice, in {STORE} too Rename a folder.'
            ],
            id="stack.yaml and stack.yml",
        ),
        pytest.param(
            {"stacks/platform/other/stack.yaml/keep": ""},
            [
                (
                    "stacks/platform/other/stack.yaml:1:1: stacks/platform/other/stack.yaml is a folder, not a file "
                    "A stack is declared by a file of that name."
                )
            ],
            id="a folder called stack.yaml",
        ),
        pytest.param(
            {TEMPLATE: None},
            [f"{STORE}:1:11: the template template.yaml does not exist"],
            id="no template",
        ),
        pytest.param(
            {STORE: "template: ../../../../template.yaml\nenvironments: [staging]\n"},
            [f"{STORE}:1:11: the template ../../../../template.yaml lies outside of the repository"],
            id="template outside",
        ),
        pytest.param(
            {STORE: "template: /etc/hostname\nenvironments: [staging]\n"},
            [f"{STORE}:1:11: the template /etc/hostname lies outside of the repository"],
            id="absolute template",
        ),
        pytest.param(
            {STORE: 'template: "a\\0b"\nenvironments: [staging]\n'},
            [f"{STORE}:1:11: the template a\0b cannot be followed: embedded null byte"],
            id="a path with a null in it",
        ),
        pytest.param(
            {STORE: f"template: {'x' * 300}\nenvironments: [staging]\n"},
            [f"{STORE}:1:11: the template {'x' * 300} cannot be followed: File name too long"],
            id="a path that is too long",
        ),
        pytest.param(
            {STORE: "template: .\nenvironments: [staging]\n"},
            ["stacks/platform/store:1:1: it is not a file"],
            id="a folder as template",
        ),
        pytest.param(
            {TEMPLATE: "[1]\n"},
            [f"{TEMPLATE}:1:1: the file must hold a mapping at its top"],
            id="a list as template",
        ),
        pytest.param(
            {TEMPLATE: "Description: x\n"},
            [
                (
                    f"{TEMPLATE}:1:1: {TEMPLATE} is no CloudFormation template: it has no Resources "
                    "CloudFormation takes no template without a resource."
                )
            ],
            id="a template without resources",
        ),
        *(
            pytest.param(
                {TEMPLATE: f"Description: x\nResources: {written}\n"},
                [
                    f"{TEMPLATE}:2:1: Resources in {TEMPLATE} {said} CloudFormation takes no template without a resource."
                ],
                id=f"Resources: {written}",
            )
            for written, said in [
                ("{}", "is empty, so there is nothing to judge"),
                ("[]", "must be a mapping of name to resource"),
                ("", "must be a mapping of name to resource"),
                ("5", "must be a mapping of name to resource"),
            ]
        ),
        pytest.param(
            {"stacks/environments/schema.json": '{"required": ["owner"]}'},
            [f'{STAGING}:1:1: the file lacks the key "owner"'],
            id="the team's own schema",
        ),
        pytest.param(
            {"stacks/environments/schema.json": '{"type": 5}'},
            [
                "stacks/environments/schema.json:1:2: not a JSON Schema: 5 is not valid under any of the given schemas"
            ],
            id="a schema that is none",
        ),
    ],
)
def test_one_mistake_is_one_sentence_at_one_place(told, changes, lines):
    assert told(changes) == lines


def test_links_are_told_and_not_followed(load, tmp_path):
    (tmp_path / "stacks/platform/linked").mkdir(parents=True)
    (tmp_path / "stacks/platform/linked/stack.yaml").symlink_to("../store/stack.yaml")
    (tmp_path / "stacks/round").symlink_to("..")
    (tmp_path / "stacks/loop.yaml").symlink_to("loop.yaml")
    read = load()
    assert sorted(read.definitions) == ["store"]
    said = "is a symbolic link, and what lies behind it is not judged"
    assert [str(one.message) for one in read.problems] == [
        f"stacks/loop.yaml {said}",
        f"stacks/platform/linked/stack.yaml {said}",
        f"stacks/round {said}",
    ]


@pytest.mark.parametrize("folder", ["stacks", "policies", "validators"])
def test_a_folder_that_is_a_link_is_told_and_not_followed(load, tmp_path, folder):
    read = load({"policies/some.py": "", "stacks/accounts.yaml": None})
    assert not any("symbolic link" in one.message for one in read.problems)
    (tmp_path / folder).rename(tmp_path / "elsewhere")
    (tmp_path / folder).symlink_to("elsewhere")
    said = f"{folder} is a symbolic link, and what lies behind it is not judged"
    assert said in [one.message for one in load_repository(tmp_path).problems]


def test_links_among_policies_are_told(load, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/team").symlink_to("../stacks")
    (tmp_path / "policies/gone.py").symlink_to("nowhere")
    said = "is a symbolic link, and what lies behind it is not judged"
    assert [one.message for one in load().problems] == [f"policies/gone.py {said}", f"policies/team {said}"]


def test_a_policy_or_validator_that_would_not_be_read_is_told(told):
    assert told({"policies/a.PY": "", "validators/b.Py": "", "validators/c.YAML": ""}) == [
        "policies/a.PY:1:1: policies/a.PY would not be read: it ends with .PY Let its name end with .py, or remove it.",
        "validators/b.Py:1:1: validators/b.Py would not be read: it ends with .Py Let its name end with .py, or remove it.",
        "validators/c.YAML:1:1: validators/c.YAML would not be read: it ends with .YAML Let its name end with .yaml, or remove it.",
    ]


def test_a_policy_and_a_validator_of_one_name_would_share_their_waivers(told):
    assert told({"policies/some_rule.py": "", "validators/some_rule.py": ""}) == [
        (
            "policies/some_rule.py:1:1: some-rule is also the id of validators/some_rule.py; a waiver could not tell them "
            "apart Rename one of the files."
        )
    ]


def test_a_template_behind_a_link_that_leaves_the_repository_is_refused(load, tmp_path):
    outside = tmp_path.with_name(f"{tmp_path.name}-outside.yaml")
    outside.write_text(BUCKET)
    (tmp_path / "linked.yaml").symlink_to(outside)
    read = load({STORE: "template: ../../../linked.yaml\nenvironments: [staging]\n"})
    assert [one.message for one in read.problems] == [
        "the template ../../../linked.yaml lies outside of the repository"
    ]


def test_a_loop_of_links_as_template_is_refused(load, tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    read = load({STORE: "template: ../../../loop.yaml\nenvironments: [staging]\n"})
    (problem,) = read.problems
    assert str(problem.location) == f"{STORE}:1:11"
    assert problem.message.startswith("the template ../../../loop.yaml ")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_closed_folder_is_told_and_not_passed_over(load, tmp_path):
    closed = tmp_path / "stacks/closed"
    closed.mkdir(parents=True)
    closed.chmod(0)
    try:
        assert [one.message for one in load().problems] == ["stacks/closed cannot be read: Permission denied"]
    finally:
        closed.chmod(0o700)


def test_where_there_is_no_estate_nothing_is_read(tmp_path):
    with pytest.raises(InputError, match=r"there is no folder stacks/ in .*, so there is nothing to judge"):
        load_repository(tmp_path)
    (tmp_path / "stacks").mkdir()
    with pytest.raises(InputError, match=r"stacks/ holds no stack\.yaml, so there is nothing to judge"):
        load_repository(tmp_path)


def test_reading_twice_gives_the_same(load):
    changes = {"stacks/a/b/stack.yaml": "x: 1\n", "validators/z.yaml": "judge: x\n", TEMPLATE: "a: *b\n"}
    assert load(changes) == load(changes)
