"""No number and no switch of the estate can change unnoticed.

Each one in a template or an environment's file is changed, one at a time, and the policies and validators of this
repository must block what comes of it; or `values_free.yaml` says why that value may change. (A value that reaches
no effective template, such as a default that every stack overrides, changes nothing.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest
import yaml

from skafu.adapters.cfn_lint import open_cfn_lint
from skafu.adapters.checkov import open_checkov
from skafu.load import load_repository
from skafu.load.strictness import THRESHOLDS
from skafu.model.estate import Seat, Stack, StackId
from skafu.model.finding import Severity
from skafu.model.node import Node
from skafu.model.place import Location, dotted
from skafu.resolve import by_translator, resolve_estate
from skafu.sdk.declare import PlanPolicy
from skafu.sdk.estate import Estate
from skafu.sdk.running import run, run_validator
from skafu.sdk.subjects import Account, Environment
from skafu.validate.policy_files import policy_files, read_policy, validator_files
from skafu.validate.policy_wire import decode, encode

ROOT = Path(__file__).resolve().parents[2]
DECLARED = load_repository(ROOT)
FREE = yaml.safe_load((ROOT / "tests/content/values_free.yaml").read_text("utf-8"))
STRICTNESS = yaml.safe_load((ROOT / THRESHOLDS).read_text("utf-8"))

pytestmark = pytest.mark.slow


@cache
def translate(template: str, region: str):
    return by_translator(json.loads(template), region)


def expanded(template, region):
    """SAM expanded; most of what is asked for has been asked for before."""
    return json.loads(json.dumps(translate(json.dumps(template), region)))


@cache
def policies():
    """Those about what a template says; a policy about plans asks what changes."""
    read = (read_policy(ROOT, file).policy for file in policy_files(ROOT))
    return [one for one in read if not isinstance(one, PlanPolicy)]


@cache
def validators():
    return [read_policy(ROOT, file).policy for file in validator_files(ROOT)]


@cache
def resolved():
    return resolve_estate(DECLARED, expanded).stacks


def values(node: Node, path=()) -> Iterator[tuple[tuple[str | int, ...], bool | int | float]]:
    """Every number and switch below a node."""
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from values(child, (*path, key))
    elif isinstance(node.value, list):
        for index, child in enumerate(node.value):
            yield from values(child, (*path, index))
    elif isinstance(node.value, bool | int | float):
        yield path, node.value


def changed(node: Node, path) -> Node:
    """A copy in which the value at `path` is another."""
    if not path:
        value = node.value
        return replace(node, value=not value if isinstance(value, bool) else value + 1)
    members = dict(node.value) if isinstance(node.value, dict) else list(node.value)
    members[path[0]] = changed(members[path[0]], path[1:])
    return replace(node, value=members)


def resolved_again(declared, names: set[str]) -> dict[StackId, Stack]:
    """The stacks of these definitions and no others: what they need of others is then not known."""
    part = {name: one for name, one in declared.definitions.items() if name in names}
    return resolve_estate(replace(declared, definitions=part), expanded).stacks


def resolved_within(declared, environment: str) -> dict[StackId, Stack]:
    """The stacks of an environment, by the definitions that go there, with all that they can read."""
    some = {name: one for name, one in declared.environments.items() if name in readable(environment)}
    again = resolved_again(replace(declared, environments=some), going_to(environment))
    return {id_: stack for id_, stack in again.items() if id_.environment == environment}


def going_to(environment: str) -> frozenset[str]:
    return frozenset(id_.name for id_ in resolved() if id_.environment == environment)


@cache
def readable(environment: str) -> frozenset[str]:
    """The environments whose stacks those of this one read, and those in whose account they could import."""
    found, asked = {environment}, set()
    while found != asked:
        name = (found - asked).pop()
        asked.add(name)
        account = DECLARED.environments[name].account
        found |= {other for other, one in DECLARED.environments.items() if one.account == account}
        read = [stack.references for id_, stack in resolved().items() if id_.environment == name]
        found |= {one.target.environment for references in read for one in references}
    return frozenset(found)


def blocks(severity: Severity, environment: str) -> bool:
    threshold = STRICTNESS.get("environments", {}).get(environment, STRICTNESS["default"])
    return severity.at_least(Severity(threshold))


def told(stack: Stack) -> str:
    """All that policies and validators are told of a stack."""
    return json.dumps(encode(stack))


def seen(stack: Stack):
    """The stack as policies and validators see it."""
    return decode(json.loads(told(stack)))


@cache
def all_seen():
    return {id_: seen(stack) for id_, stack in resolved().items()}


def policies_block(stacks) -> bool:
    for stack in stacks:
        for policy in policies():
            ruling = run(policy, stack)
            if ruling.failures or (ruling.violations and blocks(policy.severity, stack.environment.name)):
                return True
    return False


def validators_block(environments, stacks) -> bool:
    whole = Estate(
        DECLARED.estate,
        tuple(Account(one.name, one.id, one.allowed_resources, access=one.access) for one in accounts()),
        tuple(environments[name] for name in sorted(environments)),
        tuple(replace(stacks[id_], number=number) for number, id_ in enumerate(sorted(stacks))),
        root=ROOT,
    )
    for validator in validators():
        ruling = run_validator(validator, whole)
        if ruling.failures or (ruling.violations and blocks(validator.severity, "production")):
            return True
    return False


def accounts():
    return [DECLARED.accounts[name] for name in sorted(DECLARED.accounts)]


@cache
def environments():
    return {name: Environment(name, one.node.plain()) for name, one in DECLARED.environments.items()}


@cache
def alone(names: frozenset[str]):
    """What the stacks of these definitions are when they are resolved without the others: digest and all else."""
    return {id_: (stack.digest, told(stack)) for id_, stack in resolved_again(DECLARED, set(names)).items()}


def is_held_in_template(file: str, path) -> bool:
    templates = {**DECLARED.templates, file: changed(DECLARED.templates[file], path)}
    names = {name for name, one in DECLARED.definitions.items() if one.template == file}
    new, before = resolved_again(replace(DECLARED, templates=templates), names), alone(frozenset(names))
    if any(stack.obstacle for stack in new.values()):
        return True
    if {id_: stack.digest for id_, stack in new.items()} == {
        id_: digest for id_, (digest, _) in before.items()
    }:
        return True
    judged = {id_: seen(stack) for id_, stack in new.items()}
    # Nothing blocks the others: they are what `test_nothing_blocks_because_...` asks about.
    moved = [judged[id_] for id_, stack in new.items() if id_ not in before or told(stack) != before[id_][1]]
    return policies_block(moved) or validators_block(environments(), {**all_seen(), **judged})


def is_held_in_environment(name: str, path) -> bool:
    node = changed(DECLARED.environments[name].node, path)
    changed_to = {**environments(), name: Environment(name, node.plain())}
    stacks = {
        id_: replace(stack, environment=changed_to[name]) if id_.environment == name else stack
        for id_, stack in all_seen().items()
    }
    if validators_block(changed_to, stacks):  # most are agreed on: nothing has to be resolved to see that
        return True
    environment = replace(DECLARED.environments[name], node=node)
    declared = replace(DECLARED, environments={**DECLARED.environments, name: environment})
    new, before = resolved_within(declared, name), alone(going_to(name))
    moved = {id_: seen(stack) for id_, stack in new.items() if stack.digest != before[id_][0]}
    return not moved or policies_block(moved.values()) or validators_block(changed_to, {**stacks, **moved})


def reason_for(file: str, name: str):
    """The reason why this value may change, and the pattern it stands under; the file's own come first."""
    for told in (FREE.get(file, {}), FREE["*"]):
        for pattern, reason in told.items():
            if fnmatchcase(name, pattern):
                return pattern, reason
    return None


def unheld(file: str, node: Node, is_held) -> list[str]:
    """Every value that could change unnoticed, and every one of the file's list that no longer can."""
    used, wrong = set(), []
    for path, value in values(node):
        if is_held(path):
            continue
        found = reason_for(file, dotted(path))
        if found is None:
            wrong.append(f"{file}: {dotted(path)} = {value} can change unnoticed")
        else:
            used.add(found[0])
    return wrong + [f"{file}: {one} is held after all" for one in FREE.get(file, {}) if one not in used]


def test_nothing_blocks_before_anything_is_changed():
    assert not policies_block(all_seen().values())
    assert not validators_block(environments(), all_seen())


@pytest.mark.parametrize("file", sorted(DECLARED.templates))
def test_nothing_blocks_because_it_is_resolved_without_the_others(file):
    names = {name for name, one in DECLARED.definitions.items() if one.template == file}
    alone = {id_: seen(stack) for id_, stack in resolved_again(DECLARED, names).items()}
    assert not policies_block(alone.values())
    assert not validators_block(environments(), {**all_seen(), **alone})


@pytest.mark.parametrize("name", sorted(DECLARED.environments))
def test_an_environment_is_the_same_without_those_that_it_cannot_read(name):
    whole = {id_: one for id_, one in alone(going_to(name)).items() if id_.environment == name}
    assert {id_: (one.digest, told(one)) for id_, one in resolved_within(DECLARED, name).items()} == whole


@pytest.mark.parametrize("file", sorted(DECLARED.templates))
def test_no_value_of_a_template_can_change_unnoticed(file):
    assert unheld(file, DECLARED.templates[file], lambda path: is_held_in_template(file, path)) == []


@pytest.mark.parametrize("name", sorted(DECLARED.environments))
def test_no_value_of_an_environment_can_change_unnoticed(name):
    node = DECLARED.environments[name].node
    assert unheld(node.location.file, node, lambda path: is_held_in_environment(name, path)) == []


def left_to_judges():
    """Each rule of Checkov or cfn-lint that a reason names, with one value that is left to it."""
    found = {}
    for file, node in sorted(DECLARED.templates.items()):
        for path, _ in values(node):
            _, reason = reason_for(file, dotted(path)) or ("", "")
            rule = reason.partition(":")[0]
            if re.fullmatch(r"CKV_[A-Z0-9_]+|E[0-9]{4}", rule):
                found.setdefault((rule, dotted(path).rpartition(".")[2]), (file, path))
    return [pytest.param(rule, *one, id=f"{rule} {name}") for (rule, name), one in found.items()]


@pytest.fixture(scope="module")
def judges():
    openers = {"checkov": open_checkov, "cfn-lint": open_cfn_lint}
    opened = {
        name: opener(Seat(name, name, 60.0, Location("validators"))) for name, opener in openers.items()
    }
    yield opened
    for judge in opened.values():
        judge.close()


@pytest.mark.parametrize(("rule", "file", "path"), left_to_judges())
def test_a_value_that_is_left_to_a_judge_is_blocked_by_it(judges, rule, file, path):
    templates = {**DECLARED.templates, file: changed(DECLARED.templates[file], path)}
    names = {name for name, one in DECLARED.definitions.items() if one.template == file}
    new = resolved_again(replace(DECLARED, templates=templates), names)
    judge = judges["checkov" if rule.startswith("CKV") else "cfn-lint"]
    outcomes = [judge.judge(stack) for stack in new.values()]
    assert rule in {one.rule for outcome in outcomes for one in outcome.findings}
