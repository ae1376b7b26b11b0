"""The cases beside a policy: small templates, and what the policy must say about each.

A case is written in `policies/<name>.cases.yaml` as an item of a list:

    - name: a table that cannot be restored
      environment: {name: production, dynamodb: {point_in_time_recovery: true}}
      resources:
        Table: {Type: AWS::DynamoDB::Table, Properties: {}}
      expect:
        - {resource: Table, at: PointInTimeRecoverySpecification, message: restored}

`expect` lists every violation (`message` is a part of the real one), is `[]`, or is `not_evaluated`.
A `!Ref X`, `{Ref: X}` or `{"Fn::...": ...}` stands for a value that is known only after deployment;
`{unknown: AWS::KMS::Key.Arn}` for one that another stack makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from skafu.sdk.case_text import CasesError, Written
from skafu.sdk.case_values import copied, is_unknown, with_unknowns
from skafu.sdk.comparing import (
    Difference,
    Expected,
    compared,
    place_inside,
    read_each,
    read_expected,
)
from skafu.sdk.declare import Policy, StackPolicy
from skafu.sdk.running import run
from skafu.sdk.subjects import Account, Environment, Stack, Violation

MAPPINGS = ("environment", "account", "tags", "parameters", "resources", "outputs")
TEXTS = ("region", "tier")
_KEYS = {"name", "expect", *MAPPINGS, *TEXTS}
_ACCOUNT_KEYS = {"name", "id", "allowed_resources"}
EXPECTED_KEYS = {"resource", "at", "message"}


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A stack and what the policy must say about it.

    Attributes:
        name: one line for people.
        stack: the stack.
        expect: part of the message, resource and place of each violation, or None for "not evaluated".
        line: where it stands in its file, 1-based.
        expect_lines: where each expected violation stands there.
        written: what the stack was made of: the case as written.
    """

    name: str
    stack: Stack
    expect: tuple[Expected, ...] | None
    line: int = 1
    expect_lines: tuple[int, ...] = ()
    written: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_cases(text: str) -> list[Case]:
    """The cases in the text of a cases file.

    Raises:
        CasesError: it is not a list of cases; the message says which one is wrong, and how.
    """
    return read_each(text, _case)


def differences(policy: Policy | StackPolicy, case: Case) -> list[Difference]:
    """What the policy says otherwise than the case expects; empty when it is right."""
    return compared(case, run(policy, case.stack), meant, where)


def applies(policy: Policy | StackPolicy, case: Case) -> bool:
    """Whether the policy is asked anything about the case: it is about stacks, or a resource of its types is there."""
    return isinstance(policy, StackPolicy) or bool(case.stack.resources(*policy.resources))


def lacking(policy: Policy | StackPolicy, cases: Sequence[Case]) -> list[str]:
    """The answers of the policy that no case shows. Every policy has to show all three."""
    found = []
    if not any(case.expect == () for case in cases):
        found.append("no case passes (expect: [])")
    if not any(case.expect for case in cases):
        found.append("no case states a violation (expect: [{resource: ..., at: ..., message: ...}])")
    if not any(case.expect is None or _has_no_subject(policy, case, cases) for case in cases):
        found.append(
            "no case shows what the policy cannot answer (expect: not_evaluated) "
            "or has nothing to say about (expect: [], and no resource of its types)"
        )
    return found


def stack_of(written: Mapping[str, Any]) -> Stack:
    """The stack that a case describes; nothing in it is shared with `written`."""
    settings = copied(written.get("environment", {}))
    environment = Environment(str(settings.setdefault("name", "production")), settings)
    account = written.get("account", {})
    region = written.get("region", settings.get("region", "us-east-1"))
    template = {key.capitalize(): written[key] for key in ("resources", "outputs") if key in written}
    return Stack(
        id=f"{environment.name}/{region}/case",
        name="case",
        layer="platform",
        environment=environment,
        account=Account(
            name=account.get("name", environment.name),
            id=account.get("id", "000000000000"),
            allowed_resources=tuple(account.get("allowed_resources", ())),
        ),
        region=region,
        tier=written.get("tier", ""),
        tags=with_unknowns(written.get("tags", {}), ("tags",)),
        parameters=with_unknowns(written.get("parameters", {}), ("parameters",)),
        template=with_unknowns(template, ()),
    )


def check_parts(
    written: Mapping[str, Any], name: str, line: int, mappings: Sequence[str], holders: Sequence[str]
) -> None:
    """Hold a case against what each of its parts has to be.

    Args:
        written: the case as written.
        name: its name.
        line: where it starts, 1-based.
        mappings: the parts that are mappings.
        holders: those among them that hold resources.

    Raises:
        CasesError: one of them is something else.
    """
    for key in mappings:
        if not isinstance(written.get(key, {}), dict) or is_unknown(written.get(key)):
            raise CasesError(line, f"{name}: {key} is a mapping")
    for key in TEXTS:
        if not isinstance(written.get(key, ""), str):
            raise CasesError(line, f"{name}: {key} is text")
    if not written.get("account", {}).keys() <= _ACCOUNT_KEYS:
        raise CasesError(line, f"{name}: account may have {', '.join(sorted(_ACCOUNT_KEYS))}")
    for key in holders:
        for logical_id, body in written.get(key, {}).items():
            if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
                raise CasesError(line, f"{name}: the resource {logical_id} has no Type")


def meant(expected: Expected) -> str:
    """The place of an expected violation, in words."""
    return _place(expected.get("resource", ""), expected.get("at", ""))


def where(violation: Violation) -> str:
    """The place of a violation, in the same words."""
    return _place(violation.logical_id, place_inside(violation))


def _has_no_subject(policy: Policy | StackPolicy, case: Case, cases: Sequence[Case]) -> bool:
    """Whether the case passes because nothing is there that the policy is about."""
    if case.expect != ():
        return False
    if isinstance(policy, StackPolicy):  # it does not say what it is about; its violating cases do
        wrong = {body["Type"] for one in cases if one.expect for body in _bodies(one)}
        return bool(wrong) and not wrong & {body["Type"] for body in _bodies(case)}
    return not applies(policy, case)


def _bodies(case: Case) -> list[Mapping[str, Any]]:
    return list(case.written.get("resources", {}).values())


def _case(number: int, item: Written) -> Case:
    written = item.data
    if not isinstance(written, dict) or not {"name", "expect"} <= written.keys() <= _KEYS:
        allowed = ", ".join(sorted(_KEYS))
        raise CasesError(item.line, f"case {number} needs name and expect, and may have {allowed}")
    name = str(written["name"])
    check_parts(written, name, item.line, MAPPINGS, ("resources",))
    return Case(
        name,
        stack_of(written),
        read_expected(name, written["expect"], item, EXPECTED_KEYS),
        item.line,
        item.expect_lines,
        written,
    )


def _place(logical_id: str, at: str) -> str:
    return f"{logical_id or 'the stack'} at {at or '(all of it)'}"
