"""`skafu deploy --prune`: what is deleted, and above all what never is."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

import generated

pytestmark = pytest.mark.slow

STACK = "template: template.yaml\nenvironments: [development]\n"

GUARDED = '''\
"""No queue is removed."""

from skafu.sdk import Action, plan_policy


@plan_policy(severity="critical", resources=["AWS::SQS::Queue"])
def check(change):
    """It stays."""
    if change.action is Action.REMOVE:
        yield change.violation("The queue is removed.")
'''


def queue(name):
    return f"Resources:\n  Queue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {name}}}}}\n"


def stack(name, declaration=STACK, template=""):
    return {
        f"stacks/platform/{name}/stack.yaml": declaration,
        f"stacks/platform/{name}/template.yaml": template or queue(name),
    }


AB = {**generated.BASE, **stack("a"), **stack("b")}


@pytest.fixture
def deployed(deployable):
    """An estate that stands, and of which stacks are not declared any more."""

    def made(files=AB, without=("b",), *options):
        estate = deployable(files)
        first = estate.run("deploy", *options, **administrator(estate, options))
        assert first.code == 0, first.stdout + first.stderr
        estate.write({file: None for name in without for file in stack(name)})
        return estate

    return made


def administrator(estate, options):
    return {"AWS_ACCESS_KEY_ID": estate.account} if options else {}


def told(estate, *kinds):
    """The events of these kinds, by kind, in order."""
    return [one for one in estate.events() if one["event"] in kinds]


def answered(estate, answer, meanwhile=lambda: None):
    """`skafu deploy --prune` at a terminal, where somebody answers the question after doing something else."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [estate.skafu, "deploy", "--prune", "--endpoint", estate.url],
        cwd=estate.root,
        env={**os.environ, **estate.credentials},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process:
        shown = b""
        while b"Delete them" not in shown and (more := os.read(process.stdout.fileno(), 4096)):
            shown += more
        assert b"Delete them" in shown, shown.decode()
        meanwhile()
        os.write(ours, f"{answer}\n".encode())
        rest, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    return process.returncode, (shown + rest).decode()


def test_a_stack_says_in_a_tag_what_it_was_deployed_as(deployable):
    estate = deployable(AB)

    run = estate.run("deploy", "a")

    assert run.code == 0, run.stdout + run.stderr
    tags = {one["Key"]: one["Value"] for one in estate.stack("made-development-a")["Tags"]}
    assert tags == {"skafu:stack": "made/development/us-east-1/a"}


def test_nobody_else_writes_tags_of_skafu(deployable):
    estate = deployable(
        {**AB, **stack("a", f'{STACK}tags: {{"skafu:stack": made/development/us-east-1/b}}\n')}
    )

    run = estate.run("deploy")

    assert run.code == 2
    assert "skafu:stack" in run.stdout
    assert estate.stacks() == {}


def test_what_is_pruned_is_judged_recorded_and_counted_under_the_lock(deployed):
    estate = deployed()

    run = estate.run("deploy", "--prune", "--yes")

    assert run.code == 0, run.stdout + run.stderr
    assert set(estate.stacks()) == {"made-development-a"}
    assert "DONE" in run.stdout
    assert "1 pruned" in run.stdout
    kinds = [one["event"] for one in estate.events() if one.get("stack", "").endswith("/b")]
    assert [one for one in kinds if one != "resource"] == [
        "stack-started",
        "planned",
        "plan-decided",
        "prune-requested",
        "stack-done",
    ]
    assert "resource" in kinds
    order = [one["event"] for one in told(estate, "prune-requested", "lock-released", "deploy-finished")]
    assert order == ["prune-requested", "lock-released", "deploy-finished"]
    finished = estate.events()[-1]
    assert (finished["result"], finished["counts"]) == ("done", {"pruned": 1, "unchanged": 1})


def test_only_stacks_that_skafu_made_for_this_very_environment_are_left_over(deployed):
    estate = deployed()
    cloudformation = estate.client("cloudformation")
    tagged = {
        "made-development-by-hand": {"Team": "other"},
        "made-development-eu-api": {"skafu:stack": "made/development-eu/us-east-1/api"},
        "made-development-of-another-estate": {"skafu:stack": "made-development/of/us-east-1/another-estate"},
        "made-development-elsewhere": {"skafu:stack": "made/development/eu-west-1/elsewhere"},
        "made-development-odd": {"skafu:stack": "made/development/us-east-1/odd/er"},
        "made-development-ours": {"skafu:stack": "made/development/us-east-1/a"},
    }
    for name, tags in tagged.items():
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=queue(name),
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )

    run = estate.run("deploy", "--prune", "--yes")

    assert run.code == 0, run.stdout + run.stderr
    assert set(estate.stacks()) == {"made-development-a", *tagged}
    assert [one["name"] for one in told(estate, "not-declared")] == ["made-development-b"]


def test_what_is_nested_goes_with_its_parent_and_never_alone(deployed):
    outer = "Resources:\n  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}\n"
    files = {**AB, **stack("b", template=outer), "stacks/platform/b/inner.yaml": queue("inner")}
    estate = deployed(files)
    estate.write({"policies/queues_stay.py": GUARDED})

    blocked = estate.run("deploy", "--prune", "--yes")
    names = [one["name"] for one in told(estate, "not-declared")]
    estate.write({"policies/queues_stay.py": None})
    run = estate.run("deploy", "--prune", "--yes")

    assert names == ["made-development-b"]
    assert blocked.code == 1, blocked.stdout + blocked.stderr
    assert run.code == 0, run.stdout + run.stderr
    assert set(estate.stacks()) == {"made-development-a"}


def test_a_removal_that_policies_forbid_is_blocked(deployed):
    estate = deployed({**AB, "policies/queues_stay.py": GUARDED})

    run = estate.run("deploy", "--prune", "--yes")

    assert run.code == 1, run.stdout + run.stderr
    assert "made-development-b" in estate.stacks()
    assert estate.results()["b"] == "blocked"
    assert not told(estate, "prune-requested")


def test_an_administrators_stack_is_pruned_by_an_administrator_only(deployed):
    files = {**AB, **stack("b", f"{STACK}administered: true\n")}
    estate = deployed(files, ("b",), "--as-administrator")

    left = estate.run("deploy", "--prune", "--yes")
    reasons = [one["reason"] for one in told(estate, "not-pruned")]
    stood = set(estate.stacks())
    pruned = estate.run("deploy", "--prune", "--yes", "--as-administrator", AWS_ACCESS_KEY_ID=estate.account)

    assert (left.code, pruned.code) == (0, 0), left.stdout + pruned.stdout
    assert reasons == ["only an administrator deploys and deletes it (administered: true)"]
    assert "made-development-b" in stood
    assert set(estate.stacks()) == {"made-development-a"}


def test_stacks_cannot_be_named_with_prune(deployed):
    estate = deployed()

    run = estate.run("deploy", "a", "--prune", "--yes")

    assert run.code == 2
    assert "whole environments" in run.stderr
    assert "made-development-b" in estate.stacks()


def test_where_nobody_can_be_asked_nothing_is_deleted(deployed):
    estate = deployed()

    run = estate.run("deploy", "--prune")

    assert run.code == 2
    assert "--yes" in run.stderr
    assert "made-development-b" in estate.stacks()
    assert estate.events()[-1]["result"] == "nothing"


def test_a_no_is_an_answer(deployed):
    estate = deployed()

    code, shown = answered(estate, "n")

    assert code == 0, shown
    assert "made-development-b" in estate.stacks()
    assert [one["reason"] for one in told(estate, "not-pruned")] == ["the answer was no"]


def test_what_is_declared_again_while_the_question_stands_is_not_deleted(deployed):
    estate = deployed()
    second = []

    def declare_and_deploy():
        estate.write(stack("b"))
        second.append(estate.run("deploy", "b"))

    code, shown = answered(estate, "y", declare_and_deploy)

    assert (code, second[0].code) == (0, 3), shown + second[0].stdout  # the first run has the lock
    assert "made-development-b" in estate.stacks()
    assert "it is declared again meanwhile" in shown


def test_nothing_is_deleted_while_a_declaration_cannot_be_read(deployed):
    estate = deployed()

    code, shown = answered(
        estate, "y", lambda: estate.write({"stacks/platform/c/stack.yaml": "template: [\n"})
    )

    assert code == 3, shown
    assert "what is declared cannot be read" in shown
    assert "made-development-b" in estate.stacks()


EXPORTING = f"{queue('b')}Outputs:\n  Id: {{Value: !GetAtt Queue.Arn, Export: {{Name: queue-b}}}}\n"
IMPORTING = """\
Resources:
  Where: {Type: AWS::SSM::Parameter, Properties: {Name: /c, Type: String, Value: !ImportValue queue-b}}
"""


def test_what_imports_goes_before_what_exports(deployed):
    files = {**AB, **stack("b", template=EXPORTING), **stack("c", template=IMPORTING)}
    estate = deployed(files, ("b", "c"))

    run = estate.run("deploy", "--prune", "--yes")

    assert run.code == 0, run.stdout + run.stderr
    assert set(estate.stacks()) == {"made-development-a"}
    requested = told(estate, "prune-requested")
    assert [one["name"] for one in requested] == ["made-development-c", "made-development-b"]
    assert len({one["token"] for one in requested}) == 2


def test_termination_protection_is_respected(deployed):
    estate = deployed({**AB, **stack("b", f"{STACK}termination_protection: true\n")})

    run = estate.run("deploy", "--prune", "--yes")

    assert run.code == 3
    assert "termination protection is on" in run.stdout
    assert "made-development-b" in estate.stacks()


def test_a_run_that_was_broken_off_while_it_deleted_goes_on_and_knows_the_end(deployed):
    estate = deployed()
    estate.run("deploy", "--prune", "--yes")
    log = estate.run_folder / "events.jsonl"
    lines = log.read_text("utf-8").splitlines(keepends=True)
    asked = next(at for at, line in enumerate(lines) if '"event": "prune-requested"' in line)
    log.write_text("".join(lines[: asked + 1]), "utf-8")

    run = estate.run("deploy", "--resume", estate.run_folder.name)

    assert run.code == 0, run.stdout + run.stderr
    assert estate.results() == {"a": "done", "b": "done"}
    assert "1 pruned" in run.stdout
