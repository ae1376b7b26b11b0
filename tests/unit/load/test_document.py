from __future__ import annotations

import json
import os

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from skafu.load.document import MAX_DEPTH, parse_document, read_document
from skafu.load.problems import DocumentError

TEMPLATE = "template-syntax"
DECLARATION = "definition-syntax"
ONLY_TEXT = " without quotes; CloudFormation takes only text as a key."


def plain(text, rule=TEMPLATE):
    return parse_document(text, "f.yaml", rule=rule).plain()


def refusal(text, rule=TEMPLATE):
    with pytest.raises(DocumentError) as caught:
        parse_document(text, "f.yaml", rule=rule)
    assert caught.value.finding.bad_input
    assert caught.value.finding.rule == rule
    return str(caught.value)


def test_keys_of_declarations_are_text_whatever_they_look_like():
    text = "123456789012: a\n012345678901: b\n1.5: c\n~: d"
    assert plain(text, DECLARATION) == {"123456789012": "a", "012345678901": "b", "1.5": "c", "~": "d"}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: 1\nb: [x, 2.5, true, ~]", {"a": 1, "b": ["x", 2.5, True, None]}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("Version: 2012-10-17", {"Version": "2012-10-17"}),
        ("a: !!timestamp 2012-10-17", {"a": "2012-10-17"}),
        ('id: "012345678901"', {"id": "012345678901"}),
        ('"123456789012": x\ntrue: y\n"1.5": z', {"123456789012": "x", "true": "y", "1.5": "z"}),
        ('{"200": {"1": 2}}', {"200": {"1": 2}}),
        ("!!str 200: x", {"200": "x"}),
        ("a: yes\nb: 010\nc: 0x10\nd: 1_000", {"a": True, "b": 8, "c": 16, "d": 1000}),
        ("a: !!str 5\nb: !!int '5'", {"a": "5", "b": 5}),
        ("\ufeffa: 1", {"a": 1}),
        ("%YAML 1.1\n---\na: 1\n...\n", {"a": 1}),
        ("a: &x [1, 2]\nb: *x", {"a": [1, 2], "b": [1, 2]}),
        ("a: &x {k: 1, l: 1}\nb: {<<: *x, l: 2}", {"a": {"k": 1, "l": 1}, "b": {"k": 1, "l": 2}}),
        (
            "a: &a {k: 1}\nb: &b {k: 2, l: 2}\nc: {<<: [*a, *b]}",
            {"a": {"k": 1}, "b": {"k": 2, "l": 2}, "c": {"k": 1, "l": 2}},
        ),
        ("a: !!python/object:os.system x", {"a": "x"}),
        ('{\n\t"a":\t[1,\t"b\\/c"],\n\t"d": "\\t"}', {"a": [1, "b/c"], "d": "\t"}),
        ('{"a": "\\ud83d\\ude00 \\u00e9 \\\\ud83d\\\\ude00"}', {"a": "\U0001f600 é \\ud83d\\ude00"}),
        ("{a: 1, b: [x]}", {"a": 1, "b": ["x"]}),
    ],
)
def test_what_is_written_is_what_is_read(text, data):
    assert plain(text) == data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: !Ref B", {"Ref": "B"}),
        ("a: !Condition B", {"Condition": "B"}),
        ("a: !Sub '${B}-c'", {"Fn::Sub": "${B}-c"}),
        ("a: !GetAtt B.Arn", {"Fn::GetAtt": ["B", "Arn"]}),
        ("a: !GetAtt B.Outputs.Url", {"Fn::GetAtt": ["B", "Outputs.Url"]}),
        ("a: !GetAtt [B, Arn]", {"Fn::GetAtt": ["B", "Arn"]}),
        ("a: !If [C, !Ref D, 1]", {"Fn::If": ["C", {"Ref": "D"}, 1]}),
        ("a: !Join\n  - ''\n  - [x, !Ref D]", {"Fn::Join": ["", ["x", {"Ref": "D"}]]}),
        ("a: !Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("a: !Ref 123", {"Ref": "123"}),
    ],
)
def test_short_forms_become_long_ones(text, data):
    assert plain(text) == {"a": data}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.yaml:1:1: the file is empty"),
        ("# nothing\n", "f.yaml:1:1: the file is empty"),
        ("- 1", "f.yaml:1:1: the file must hold a mapping at its top"),
        ("null", "f.yaml:1:1: the file must hold a mapping at its top"),
        ("a: 1\nb: 2\na: 3", 'f.yaml:3:1: the file has the key "a" twice; it stands in line 1 already'),
        ('{"a": 1,\n "a": 2}', 'f.yaml:2:2: the file has the key "a" twice; it stands in line 1 already'),
        ('1: x\n"1": y', 'f.yaml:2:1: the file has the key "1" twice; it stands in line 1 already'),
        (
            "a:\n\tb: 1",
            (
                "f.yaml:2:1: the file is not YAML: found character that cannot start any token. "
                "YAML takes spaces, not tabs, for indentation."
            ),
        ),
        ('{"a": 1,\n "b"', "f.yaml:2:5: the file is not YAML: did not find expected ',' or '}'"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: the file holds a second document; only one is read"),
        ("a: *b", "f.yaml:1:4: the file has an alias *b without an anchor"),
        ("a: &b\n  c: *b", "f.yaml:2:6: the file has an alias *b inside its own anchor"),
        ("a: 1\n<<: 5", "f.yaml:2:1: the file merges something that is no mapping"),
        ("[a]: 1", "f.yaml:1:1: the file has a key that is not text"),
        ("a: {b: {200: x}}", f'f.yaml:1:9: the file has the key 200{ONLY_TEXT} Put it in quotes: "200".'),
        (
            "123456789012: x\n012345678901: y\n1.5: z",
            f'f.yaml:1:1: the file has the key 123456789012, as in line 2, 3,{ONLY_TEXT} Put it in quotes: "123456789012".',
        ),
        ("a:\n  ~: x", f'f.yaml:2:3: the file has the key ~{ONLY_TEXT} Put it in quotes: "~".'),
        ("a: !Sub\n- x\n- 1: y", f'f.yaml:3:3: the file has the key 1{ONLY_TEXT} Put it in quotes: "1".'),
        ("a: !!int x", 'f.yaml:1:4: the file has "x", which is not what its tag says'),
        ('a: !!int ""', 'f.yaml:1:4: the file has "", which is not what its tag says'),
        ('a: !!float ""', 'f.yaml:1:4: the file has "", which is not what its tag says'),
        ("a: .nan", 'f.yaml:1:4: the file has the number ".nan", and only finite ones can be compared'),
        (f"a: {'9' * 5000}", f'f.yaml:1:4: the file has "{"9" * 40}", which is not what its tag says'),
        (f"a: 1{':1' * 400}.0", f'f.yaml:1:4: the file has "{"1:" * 20}", which is not what its tag says'),
        ("a: 1\nb: x\x01", "f.yaml:2:5: the file holds the character U+0001, which YAML does not allow"),
        ("a: \ud800", "f.yaml:1:4: the file holds the character U+D800, which YAML does not allow"),
        (
            '{"a": "\\ud800"}',
            "f.yaml:1:10: the file is not YAML: found invalid Unicode character escape code",
        ),
        (f"a: {'[' * 200}", "f.yaml:1:104: the file is nested deeper than 100 levels"),
        (f'{{"a":{"[" * 10**5}{"]" * 10**5}}}', "f.yaml:1:1: the file is nested deeper than 100 levels"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_at_one_place(text, said):
    assert refusal(text) == said


def test_declarations_hold_data_only():
    said = "f.yaml:1:4: the file has the tag !Ref; declarations hold data only"
    assert refusal("a: !Ref b", DECLARATION) == said


def test_an_alias_bomb_is_refused_where_it_grows_too_large():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    said = "f.yaml:6:15: the file grows beyond 250,000 values when its aliases are followed"
    assert refusal("\n".join(lines)) == said


def test_aliases_cannot_nest_deeper_than_anything_else():
    lines = [f"a0: &a0 {'[' * 60}x{']' * 60}", f"b: {'[' * 40}*a0{']' * 40}"]
    assert refusal("\n".join(lines)) == f"f.yaml:2:44: the file is nested deeper than {MAX_DEPTH} levels"
    lines[1] = f"b: {'[' * 39}*a0{']' * 39}"
    assert plain("\n".join(lines))["a0"]


def test_every_value_knows_its_place_and_the_place_of_its_key():
    tree = parse_document("a:\n  b: [x, !Ref y]\n", "d/f.yaml", rule=TEMPLATE)
    assert str(tree.get("a", "b").key) == "d/f.yaml:2:3"
    assert str(tree.get("a", "b").location) == "d/f.yaml:2:6"
    assert str(tree.get("a", "b", 0).place) == "d/f.yaml:2:7"
    assert str(tree.get("a", "b", 1, "Ref").place) == "d/f.yaml:2:10"


def test_what_is_merged_keeps_the_place_where_it_is_written():
    tree = parse_document("a: &x\n  k: 1\nb:\n  <<: *x\n  l: 2\n", "f.yaml", rule=TEMPLATE)
    assert str(tree.get("b", "k").place) == "f.yaml:2:3"
    assert str(tree.get("b", "l").place) == "f.yaml:5:3"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: \xff\n", "f:2:4: the file is not UTF-8: byte 0xff. Save the file as UTF-8."),
        (b"a: 1\nb: \x00\n", "f:2:1: the file is binary, not text"),
        ("a: 1".encode("utf-16"), "f:1:1: the file is binary, not text"),
        (
            b"#" * 1_048_577,
            "f:1:1: the file has 1.0 MB; CloudFormation takes at most 1 MB. Split it, or move data out of it.",
        ),
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path, content, said):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        read_document(tmp_path, "f", rule=TEMPLATE)
    assert str(caught.value) == said


def test_a_file_of_50_mb_is_refused_unread(tmp_path):
    with (tmp_path / "f").open("wb") as file:
        file.truncate(50 * 1_048_576)
    with pytest.raises(
        DocumentError, match=r"^f:1:1: the file has 50\.0 MB; CloudFormation takes at most 1 MB"
    ):
        read_document(tmp_path, "f", rule=TEMPLATE)


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    said = []
    for name in ("folder", "pipe", "loop", "nothing"):
        with pytest.raises(DocumentError) as caught:
            read_document(tmp_path, name, rule=TEMPLATE)
        said.append(str(caught.value))
    assert said == [
        "folder:1:1: it is not a file",
        "pipe:1:1: it is not a file",
        "loop:1:1: the file cannot be read: Too many levels of symbolic links",
        "nothing:1:1: the file does not exist",
    ]


SYNTAX = st.text(st.sampled_from(list("ab1:-,[]{}&*!<>|\"'\\/ \t\n#?%@`=~.")), max_size=60)


@given(st.one_of(st.text(st.characters(), max_size=60), SYNTAX), st.sampled_from([TEMPLATE, DECLARATION]))
@example("a: !!int ''", TEMPLATE)
@example("<<: [", TEMPLATE)
@example("? |\n", TEMPLATE)
def test_any_text_at_all_is_a_tree_or_a_refusal_inside_the_file(text, rule):
    try:
        tree = parse_document(text, "f.yaml", rule=rule)
    except DocumentError as bad:
        at = bad.finding.location
        assert at.file == "f.yaml"
        assert 1 <= at.line <= max(len(text.splitlines()), 1)
        assert at.column >= 1
    else:
        assert isinstance(tree.plain(), dict)


# Text that YAML 1.1 reads as text again when it is dumped; YAML cannot hold control characters or surrogates.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
LEAVES = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXT
DATA = st.dictionaries(
    TEXT,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


@given(DATA)
def test_what_json_says_is_what_is_read(data):
    assert plain(json.dumps(data), DECLARATION) == data
    assert plain(json.dumps(data, indent="\t"), DECLARATION) == data


@given(DATA)
def test_what_yaml_says_is_what_is_read(data):
    assert plain(yaml.safe_dump(data), DECLARATION) == data
