"""Bad input, and attempts to fool the gate: one clear message, the right exit code, never an approved gate."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

ACCOUNTS = "stacks/accounts.yaml"
TEMPLATE = "stacks/platform/store/template.yaml"
NAMELESS = {TEMPLATE: "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"}
"""A bucket that the one policy forbids."""

WAIVER = """\
waivers:
- id: W-1
  rule: buckets-named
  stacks: ["{stacks}"]
  resources: ["*"]
  owner: me
  approver: you
  reason: nobody asked for a name
  ticket: T-1
  expires: "{expires}"
"""


def policy(body):
    return (
        '"""Something about buckets."""\n'
        "from skafu.sdk import policy\n"
        '@policy(severity="high", resources=["*"])\n'
        f"def check(bucket):\n    {body}\n"
    )


def test_the_estate_that_all_the_others_are_made_of_is_approved(estate):
    run = estate().judge()
    assert (run.code, run.gate, run.told, run.stderr) == (0, "approved", [], "")


def test_a_finding_blocks_with_exit_code_1(estate):
    run = estate(NAMELESS).judge()
    assert (run.code, run.gate) == (1, "blocked")
    assert run.told == [f"{TEMPLATE}:2:3: The bucket has no name. Every bucket has a name."]


def test_every_file_that_cannot_be_used_is_told_once_in_one_run(estate):
    """Each stack has one thing wrong with it; none hides another, and the good one does not save them."""
    stack = "template: template.yaml\nenvironments: [staging]\n"
    bucket = "Resources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}}\n"
    bomb = "\n".join(
        ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    )
    none = "CloudFormation takes no template without a resource."
    declarations = {
        "unknown-key": (
            f"{stack}paramters: {{}}\n",
            'stack.yaml:3:1: unknown key "paramters" Did you mean "parameters"?',
        ),
        "wrong-type": (
            "template: template.yaml\nenvironments: staging\n",
            'stack.yaml:2:15: environments must be a list, not "staging" Names of the environments it goes to.',
        ),
        "duplicate-key": (
            f"{stack}template: other.yaml\n",
            'stack.yaml:3:1: the file has the key "template" twice; it stands in line 1 already',
        ),
        "tabs": (
            "template: template.yaml\nenvironments:\n\t- staging\n",
            (
                "stack.yaml:3:1: the file is not YAML: found character that cannot start any token "
                "YAML takes spaces, not tabs, for indentation."
            ),
        ),
        "bomb": (
            bomb,
            "stack.yaml:6:15: the file grows beyond 250,000 values when its aliases are followed",
        ),
        "binary": (b"\x7fELF\0\0", "stack.yaml:1:1: the file is binary, not text"),
        "latin": (
            "template: t\ndescription: café\n".encode("latin-1"),
            "stack.yaml:2:17: the file is not UTF-8: byte 0xe9 Save the file as UTF-8.",
        ),
        "missing": (
            "template: gone.yaml\nenvironments: [staging]\n",
            "stack.yaml:1:11: the template gone.yaml does not exist",
        ),
        "outside": (
            "template: ../../../../../etc/hostname\nenvironments: [staging]\n",
            "stack.yaml:1:11: the template ../../../../../etc/hostname lies outside of the repository",
        ),
        "nowhere": (
            "template: template.yaml\nenvironments: [stagin]\n",
            'stack.yaml:2:16: there is no environment "stagin" Did you mean "staging"?',
        ),
    }
    templates = {
        "list": ("[1, 2]\n", "template.yaml:1:1: the file must hold a mapping at its top"),
        "empty": ("Resources: {}\n", f"template.yaml:1:1: Resources in {{}}/template.yaml is empty, so there is nothing to judge {none}"),
        "listed": ("Resources: []\n", f"template.yaml:1:1: Resources in {{}}/template.yaml must be a mapping of name to resource {none}"),
        "without": ("Outputs: {}\n", f"template.yaml:1:1: {{}}/template.yaml is no CloudFormation template: it has no Resources {none}"),
        "huge": (b"#" * 50 * 1_048_576, "template.yaml:1:1: the file has 50.0 MB; CloudFormation takes at most 1 MB Split it, or move data out of it."),
        "no-code": (
            "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Code: ./gone}}\n",
            "template.yaml:2:55: ./gone does not exist",
        ),
    }  # fmt: skip
    tried = estate()
    wanted = []
    for name, (content, line) in (declarations | templates).items():
        folder = f"stacks/platform/{name}"
        declared, template = (content, bucket) if name in declarations else (stack, content)
        tried.write({f"{folder}/stack.yaml": declared, f"{folder}/template.yaml": template})
        wanted.append(f"{folder}/{line.format(folder)}")
    tried.write({"stacks/platform/folder/stack.yaml/keep": ""})
    wanted.append(
        "stacks/platform/folder/stack.yaml:1:1: stacks/platform/folder/stack.yaml is a folder, not a file "
        "A stack is declared by a file of that name."
    )
    (tried.root / "stacks/loop").symlink_to("loop")
    wanted.append(
        "stacks/loop:1:1: stacks/loop is a symbolic link, and what lies behind it is not judged "
        "Replace it by the files themselves."
    )
    run = tried.judge()
    assert run.told == sorted(wanted)
    assert (run.code, run.gate, run.stderr) == (2, "blocked", "")
    assert all(one["decision"] == "blocking" for one in run.report["findings"])
    assert {one["gate"] for one in run.report["stacks"]} == {"blocked"}


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        pytest.param({ACCOUNTS: None}, [f"{ACCOUNTS}:1:1: the file does not exist"], id="no accounts"),
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
            {"validators/z/policies.yaml": "judge: definitions\n", **NAMELESS},
            [
                f"{TEMPLATE}:2:3: The bucket has no name. Every bucket has a name.",
                (
                    'validators/z/policies.yaml:1:1: there are two validators "policies", '
                    "validators/policies.yaml and this one Rename one of the files."
                ),
            ],
            id="a seat that would push another one out",
        ),
        pytest.param(
            {"policies/waivers.yaml": WAIVER.format(stacks="store", expires="2099-02-30"), **NAMELESS},
            [
                "policies/waivers.yaml:10:12: the waiver W-1 expires on 2099-02-30, which is no day",
                f"{TEMPLATE}:2:3: The bucket has no name. Every bucket has a name.",
            ],
            id="a waiver until a day that never comes",
        ),
        pytest.param(
            {"policies/waivers.yaml": WAIVER.format(stacks="*", expires="2099-02-28"), **NAMELESS},
            [
                'policies/waivers.yaml:4:12: waivers[0].stacks[0] is "*", which is not allowed',
                f"{TEMPLATE}:2:3: The bucket has no name. Every bucket has a name.",
            ],
            id="a waiver for everything",
        ),
        pytest.param(
            {"stacks/environments/schema.json": '{"$ref": "https://schemas.invalid/x"}'},
            [
                (
                    'stacks/environments/schema.json:1:10: "https://schemas.invalid/x" leads to no place in this file '
                    "A schema refers to places in its own file only, as #/$defs/<name>."
                )
            ],
            id="a schema from elsewhere",
        ),
    ],
)
def test_what_cannot_be_used_is_bad_input(estate, changes, lines):
    run = estate(changes).judge()
    assert run.told == lines
    assert (run.code, run.gate, run.stderr) == (2, "blocked", "")
    assert "approved" not in {one["gate"] for one in run.report["stacks"]}


@pytest.mark.parametrize(
    ("removed", "code", "told", "reason"),
    [
        pytest.param(
            ["definitions", "policies"],
            1,
            [],
            "no validator is seated; put one file for each into validators/",
            id="no judges",
        ),
        pytest.param(
            ["definitions", "policies", "thresholds"],
            2,
            ["validators/thresholds.yaml:1:1: the file does not exist"],
            "no validator is seated; put one file for each into validators/",
            id="an empty folder",
        ),
    ],
)
def test_without_validators_nothing_is_approved(estate, removed, code, told, reason):
    run = estate({f"validators/{name}.yaml": None for name in removed}).judge()
    assert (run.code, run.gate, run.told, run.reasons[0]) == (code, "blocked", told, reason)
    assert [one["gate"] for one in run.report["stacks"]] == ["blocked"]


ID = "staging/us-east-1/store"
JUDGING = f"policies could not do its work: Policies could not judge {ID}"
READING = "policies could not do its work: The policies cannot be used"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param(
            {"policies/buckets_named.py": None},
            f"{READING}: there is no policy in policies/; without one nothing would be judged",
            id="no policies",
        ),
        pytest.param(
            {"policies/more.py": "def check(:\n"},
            f"{READING}: policies/more.py:1: SyntaxError: invalid syntax",
            id="a syntax error",
        ),
        pytest.param(
            {"policies/more.py": policy("raise ValueError('two\\nlines')")},
            f"{JUDGING}: policies/more.py:5: more failed at Bucket: ValueError: two lines",
            id="a policy that raises",
        ),
        pytest.param(
            {"policies/more.py": policy("return None")},
            f"{JUDGING}: policies/more.py:3: more failed at Bucket: "
            "TypeError: it must yield violations, it returned None",
            id="a policy that says nothing",
        ),
        pytest.param(
            {"policies/more.py": policy("__import__('os')._exit(0)")},
            f"{JUDGING}: policies/more.py:3: more: "
            "skafu.validate.policies_child ended with exit code 0 and said nothing",
            id="a policy that ends the judge",
        ),
        pytest.param(
            {
                "policies/more.py": policy("while True: pass"),
                "validators/policies.yaml": "judge: policies\ntime_limit: 1\n",
            },
            f"{JUDGING}: policies/more.py:3: more: skafu.validate.policies_child did not answer within 2 s and was killed.",
            id="a policy without end",
        ),
    ],
)
def test_a_judge_that_fails_is_exit_code_4_with_its_file_and_line(estate, changes, reason):
    run = estate(changes).judge()
    assert run.reasons == [reason]
    assert (run.code, run.gate, run.stderr) == (4, "blocked", "")
    assert {one["status"] for one in run.report["outcomes"]} == {"ran", "errored"}


def test_a_missing_checkov_is_a_judge_that_failed(estate):
    run = estate({"validators/checkov.yaml": "judge: checkov\n"}).judge(SKAFU_CHECKOV_PYTHON="/nonexistent")
    (reason,) = run.reasons
    assert reason.startswith(
        f"checkov could not do its work: Checkov could not judge {ID}: Checkov's environment is missing: there is no /nonexistent. "
        "Unset SKAFU_CHECKOV_PYTHON"
    )
    assert (run.code, run.gate) == (4, "blocked")


def test_a_template_that_crashes_a_judge_is_never_approved(estate):
    broken = "Resources:\n  Bucket: {Type: [AWS::S3::Bucket]}\n  Other: 5\n"
    seats = {f"validators/{judge}.yaml": f"judge: {judge}\n" for judge in ("cfn-lint", "checkov")}
    run = estate({TEMPLATE: broken, **seats}).judge()
    assert (run.code, run.gate) == (4, "blocked")
    assert any(line.startswith(f"{TEMPLATE}:2:") for line in run.told)


def test_what_a_policy_prints_is_no_answer(estate):
    forged = """print('{"id": 3, "violations": [], "unanswered": [], "failures": []}'); yield bucket.violation("No.")"""
    run = estate({"policies/more.py": policy(forged)}).judge()
    assert run.told == [f"{TEMPLATE}:2:3: No. Something about buckets."]
    assert (run.code, run.gate, run.stderr) == (1, "blocked", "")
