from __future__ import annotations

import pytest

from skafu.load.document import parse_document
from skafu.load.inline_skips import inline_skips


def skips(text):
    """`line:column rule resource (what)`, for each rule that a template would silence."""
    template = parse_document(text, "t.yaml", rule="template-syntax")
    return [
        f"{one.location.line}:{one.location.column} {one.rule} {one.logical_id or '-'} ({one.what})"
        for one in inline_skips(template, text)
    ]


COMMENTED = """\
# checkov:skip=CKV_AWS_1: before everything
Resources:
  # checkov:skip=CKV_AWS_2: above the first
  First:
    # checkov:skip=CKV_AWS_3:inside
    Type: AWS::S3::Bucket # checkov:skip=CKV_AWS_4,CKV2_AWS_5:two at once
    # bridgecrew:skip= BC_AWS_S3_6 : as it was called
  Second:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: "a text, not a comment: checkov:skip=CKV_AWS_7"
Outputs:
  # cortex:skip=CKV_AWS_8:where there is no resource
  One: {Value: x}
"""


def test_comments_are_found_as_checkov_finds_them_with_the_resource_they_stand_in():
    assert skips(COMMENTED) == [
        "1:16 CKV_AWS_1 - (the comment)",
        "3:18 CKV_AWS_2 - (the comment)",
        "5:20 CKV_AWS_3 First (the comment)",
        "6:42 CKV_AWS_4 First (the comment)",
        "6:52 CKV2_AWS_5 First (the comment)",
        "7:24 BC_AWS_S3_6 First (the comment)",
        "11:56 CKV_AWS_7 Second (the comment)",
        "13:17 CKV_AWS_8 - (the comment)",
    ]


@pytest.mark.parametrize("comment", ["# checkov:skip=", "# skip=CKV_AWS_1", "# checkov: skip=CKV_AWS_1", "#"])
def test_a_comment_that_skips_nothing_is_a_comment(comment):
    assert skips(f"Resources:\n  A:\n    Type: AWS::S3::Bucket {comment}\n") == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
def test_lines_are_counted_as_yaml_counts_them(newline):
    text = newline.join(["Resources:", "  A:", "    Type: T # checkov:skip=CKV_AWS_1", "  B: {Type: T}", ""])
    assert skips(text) == ["3:28 CKV_AWS_1 A (the comment)"]


def test_json_templates_are_searched_too():
    assert skips(
        '{"Resources": {"A": {"Type": "T", "Metadata": {"checkov": {"skip": [{"id": "C1"}]}}}}}'
    ) == ["1:76 C1 A (Metadata.checkov.skip)"]


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ("checkov: {skip: [{id: C1, comment: c}, {id: C2}]}", ["C1 at C1", "C2 at C2"]),
        ("bridgecrew: {skip: [{id: C1}]}", ["C1 at C1"]),
        ("cfn-lint: {config: {ignore_checks: [E3002, W1]}}", ["E3002 at E3002", "W1* at W1"]),
        ("cfn-lint: {config: {ignore_checks: [E]}}", ["E* at E]"]),
        ("cfn-lint: {config: {ignore_checks: ['']}}", ["* at '']"]),
        ("cfn-lint: {config: {ignore_checks: E3002}}", ["E3002 at E3002"]),
        ("cfn_nag: {rules_to_suppress: [{id: W9, reason: r}]}", ["W9 at W9"]),
        ("cdk_nag: {rules_to_suppress: [{id: AwsSolutions-S1}]}", ["AwsSolutions-S1 at AwsSolutions-S1"]),
        (
            "guard: {SuppressedRules: [S3_LOGGED, S3_OWNED]}",
            ["S3_LOGGED at S3_LOGGED", "S3_OWNED at S3_OWNED"],
        ),
        ("checkov: {skip: all}", ["all at all"]),
        ("checkov: {skip: [{comment: no id}]}", ["* at {comment"]),
        ("checkov: {skip: {every: one}}", ["* at {every"]),
        ("checkov: {skip: [1]}", ["* at 1"]),
        ("checkov: {skip: []}", []),
        ("checkov: {skip: }", []),
        ("checkov: skip", []),
        ("cfn-lint: {config: {include_checks: [I]}}", []),
    ],
)
def test_metadata_is_read_where_tools_read_it(metadata, found):
    text = f"Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Metadata: {{{metadata}}}\n"
    for line, expected in zip(skips(text), found, strict=True):
        place, rule, resource, _ = line.split(maxsplit=3)
        wanted, there = expected.split(" at ")
        number, column = map(int, place.split(":"))
        assert (rule, resource, number) == (wanted, "A", 4)
        assert text.splitlines()[3][column - 1 :].startswith(there)


def test_metadata_of_the_template_is_about_all_of_it():
    text = "Metadata:\n  cfn-lint:\n    config:\n      ignore_checks:\n      - E3002\nResources: {A: {Type: T}}\n"
    assert skips(text) == ["5:9 E3002 - (Metadata.cfn-lint.config.ignore_checks)"]


def test_a_resource_in_a_loop_has_the_name_that_the_loop_gives_it():
    text = """\
Resources:
  Fn::ForEach::Buckets:
  - Name
  - [One, Two]
  - Bucket${Name}:
      Type: AWS::S3::Bucket
      # checkov:skip=CKV_AWS_1:in a comment
      Metadata: {checkov: {skip: [{id: CKV_AWS_2}]}}
"""
    assert skips(text) == [
        "7:22 CKV_AWS_1 Bucket${Name} (the comment)",
        "8:40 CKV_AWS_2 Bucket${Name} (Metadata.checkov.skip)",
    ]


STORE = "stacks/platform/store/template.yaml"
BUCKET = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket # checkov:skip=CKV_AWS_1:why\n"
NESTING = """\
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner.yaml}
"""


def found(read):
    return [
        (str(one.location), one.rule, one.tool, one.severity.value, one.skips, [*map(str, one.stacks)])
        for one in read.inline_skips
    ]


def test_a_skip_is_a_high_finding_in_every_stack_of_its_template(load):
    rule = "inline-skip-unregistered"
    stack = ["staging/us-east-1/store"]
    read = load({STORE: BUCKET})
    assert read.problems == ()
    assert found(read) == [(f"{STORE}:3:42", rule, "skafu", "high", "CKV_AWS_1", stack)]
    (one,) = read.inline_skips
    assert one.logical_id == "Bucket"
    assert one.message == (
        "the comment skips CKV_AWS_1 for Bucket; no waiver registers it, and no judge here listens to it"
    )
    assert one.help == (
        "Remove it, or register it in policies/waivers.yaml: rule: CKV_AWS_1, stacks: [store], "
        "resources: [Bucket], owner, approver, reason, ticket, expires."
    )


def test_nested_templates_skip_for_every_stack_they_are_nested_in(load):
    inner = "stacks/platform/store/inner.yaml"
    other = "stacks/platform/other/template.yaml"
    read = load(
        {
            STORE: NESTING,
            inner: BUCKET,
            "stacks/platform/other/stack.yaml": "template: template.yaml\nenvironments: [staging]\n",
            other: NESTING.replace("inner.yaml", "../store/inner.yaml"),
        }
    )
    (one,) = read.inline_skips
    assert str(one.location) == f"{inner}:3:42"
    assert [*map(str, one.stacks)] == ["staging/us-east-1/other", "staging/us-east-1/store"]
    assert "stacks: [other, store]" in one.help


@pytest.mark.parametrize(
    ("metadata", "fix"),
    [
        ("{cfn-lint: {config: {ignore_checks: [E]}}}", "Remove it. What shall be accepted is registered"),
        ("{cfn-lint: {config: {ignore_checks: [E3002]}}}", "Remove it, and register each resource"),
    ],
)
def test_what_skips_too_much_is_told_how_to_say_less(load, metadata, fix):
    (one,) = load({STORE: f"Metadata: {metadata}\n{BUCKET.replace(' # checkov:skip=', ' # ')}"}).inline_skips
    assert one.help.startswith(fix)
    assert "for the whole template" in one.message


def test_a_template_without_suppressions_has_none(load):
    assert load().inline_skips == ()
