from __future__ import annotations

import json

import pytest

from skafu.cache import Folder
from skafu.model.estate import StackId
from skafu.model.finding import Errored, Finding, NotApplicable, NotEvaluated, Ran, Severity
from skafu.model.place import Location
from skafu.model.subject import KnownStack, Name
from skafu.validate.bench import Judgements
from skafu.validate.keeping import WRONG, outcome_from_json, outcome_to_json
from skafu.validate.memory import Remembered, recall, remember, worth_keeping

KEY = "ab" + "0" * 62
ID = StackId("staging", "us-east-1", "a/b.yaml")
FINDING = Finding(
    rule="E3012",
    tool="cfn-lint",
    severity=Severity.CRITICAL,
    title="Types",
    message="ü\u2028 \ud800",
    location=Location("a.yaml", 3, 7),
    stacks=(ID, StackId("production", "eu-west-1", "b")),
    logical_id="A",
    path="Resources.A",
    controls=("soc2:CC6.1",),
    help="https://example.com",
    fingerprint="f" * 32,
    bad_input=True,
    skips="W2001",
)
UNANSWERED = NotEvaluated("CKV_AWS_1", "checkov", ID, "A", "it is not known", Location("a.yaml", 1, 2))
OUTCOMES = [Ran(), Ran((FINDING,), (UNANSWERED,)), NotApplicable("The template has no resources.")]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_comes_back_as_it_was(outcome):
    assert outcome_from_json(json.loads(json.dumps(outcome_to_json(outcome)))) == outcome


@pytest.mark.parametrize(
    "value",
    [None, {}, [], ["ran"], ["ran", [], [], []], ["ran", None, []], ["ran", [[]], []], ["ran", [{}], []],
     ["errored", "it crashed"], ["approved"], ["not_applicable", 1], ["ran", [["E1"] * 14], []],
     ["ran", [], [["a", "b", ["c"], "d", "e", ["f", 1, 1]]]]],
)  # fmt: skip
def test_anything_else_is_no_outcome(value):
    with pytest.raises(WRONG):
        outcome_from_json(value)


REMEMBERED = Remembered(
    (KnownStack(ID, Name("b"), Name("account"), "0" * 64),),
    (FINDING,),
    {"cfn-lint": {ID: OUTCOMES[1]}, "checkov": {ID: OUTCOMES[2]}},
    {"cfn-lint": {"cfn-lint": "1.58.0"}, "checkov": {}},
)


def test_a_part_of_a_run_comes_back_as_it_was(tmp_path):
    remember(Folder(tmp_path), KEY, {}, REMEMBERED)
    assert recall(Folder(tmp_path), KEY, str(tmp_path)) == REMEMBERED


def test_a_part_of_a_run_is_forgotten_when_something_it_was_made_from_has_changed(tmp_path):
    from skafu.cache import fingerprint  # noqa: PLC0415  (beside what it is compared with)

    root = str(tmp_path)
    (tmp_path / "code.py").write_text("1")
    inputs = {"code.py": fingerprint(root, "code.py"), "later.py": fingerprint(root, "later.py")}
    remember(Folder(tmp_path / "cache"), KEY, inputs, REMEMBERED)
    assert recall(Folder(tmp_path / "cache"), KEY, root) == REMEMBERED
    (tmp_path / "later.py").write_text("")
    assert recall(Folder(tmp_path / "cache"), KEY, root) is None
    (tmp_path / "later.py").unlink()
    (tmp_path / "code.py").write_text("2")
    assert recall(Folder(tmp_path / "cache"), KEY, root) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[[],[],[],[],[],[]]", b"[[],[[]],[],[],[]]", b"\xff"])
def test_a_sound_entry_of_another_form_is_forgotten(tmp_path, body):
    Folder(tmp_path).put(KEY, body)
    assert recall(Folder(tmp_path), KEY, str(tmp_path)) is None


def judged(**outcomes):
    found = {name.replace("_", "-"): said for name, said in outcomes.items()}
    return Judgements(found, (), {name: {} for name in found if name != "definitions"})


SUBJECTS = {ID: KnownStack(ID, Name("b"), Name("account"), "0" * 64)}


@pytest.mark.parametrize(
    ("subjects", "outcomes"),
    [
        (SUBJECTS, judged(cfn_lint={ID: Ran()}, checkov={ID: Errored("it crashed")})),
        (SUBJECTS, judged(cfn_lint={ID: Ran()}, checkov={})),
        (
            {ID: KnownStack(ID, Name("b"), Name("account"), "", "SAM cannot expand it")},
            judged(checkov={ID: Ran()}),
        ),
    ],
    ids=["errored", "silent", "obstacle"],
)
def test_what_failed_anywhere_is_not_kept_as_a_whole(subjects, outcomes):
    assert worth_keeping(subjects, (), outcomes) is None


def test_what_everybody_judged_is_kept_without_what_the_definitions_say():
    kept = worth_keeping(SUBJECTS, (FINDING,), judged(checkov={ID: Ran()}, definitions={ID: Ran((FINDING,))}))
    assert kept == Remembered(tuple(SUBJECTS.values()), (FINDING,), {"checkov": {ID: Ran()}}, {"checkov": {}})
