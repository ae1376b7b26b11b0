"""How a Python function becomes a policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from skafu.model.finding import Severity
from skafu.sdk.change import Change
from skafu.sdk.estate import Estate
from skafu.sdk.subjects import Resource, Stack, Violation
from skafu.sdk.unknown import Unknown

ResourceCheck: TypeAlias = Callable[[Resource], Iterable[Violation | Unknown]]
StackCheck: TypeAlias = Callable[[Stack], Iterable[Violation | Unknown]]
PlanCheck: TypeAlias = Callable[[Change], Iterable[Violation | Unknown]]
EstateCheck: TypeAlias = Callable[[Estate], Iterable[Violation | Unknown]]

CONTROL = re.compile(r"[a-z][a-z0-9-]*:[A-Za-z0-9][A-Za-z0-9._-]*")
"""`framework:control`, e.g. `soc2:A1.2`; the framework is a file in `policies/controls/`."""

_TYPE_PATTERN = re.compile(r"[A-Za-z0-9*?]+(::[A-Za-z0-9*?:]+)?")


@dataclass(frozen=True, slots=True)
class Policy:
    """What `@policy` makes of a function that looks at one resource.

    Attributes:
        severity: how bad a violation is.
        resources: shell-style patterns of the resource types it looks at.
        controls: ids of the controls it supports, sorted.
        check: the function.
    """

    severity: Severity
    resources: tuple[str, ...]
    controls: tuple[str, ...]
    check: ResourceCheck


@dataclass(frozen=True, slots=True)
class StackPolicy:
    """What `@stack_policy` makes of a function that looks at a whole stack. See `Policy`."""

    severity: Severity
    controls: tuple[str, ...]
    check: StackCheck


@dataclass(frozen=True, slots=True)
class PlanPolicy:
    """What `@plan_policy` makes of a function that looks at one change of a plan. See `Policy`.

    Attributes:
        severity: how bad a violation is at most.
    """

    severity: Severity
    resources: tuple[str, ...]
    controls: tuple[str, ...]
    check: PlanCheck


@dataclass(frozen=True, slots=True)
class Validator:
    """What `@validator` makes of a function that looks at the whole estate. See `Policy`."""

    severity: Severity
    controls: tuple[str, ...]
    check: EstateCheck


Rule: TypeAlias = Policy | StackPolicy | PlanPolicy | Validator


def policy(
    *, severity: str, resources: Sequence[str], controls: Sequence[str] = ()
) -> Callable[[ResourceCheck], Policy]:
    """Make a policy of a function that is asked about one resource at a time.

    Args:
        severity: critical, high, medium, low or info.
        resources: shell-style patterns of resource types, e.g. `["AWS::DynamoDB::*"]`.
        controls: what it supports, as `framework:control`.

    Raises:
        ValueError: one of these cannot be used; the message says which.
    """
    patterns = _patterns(resources)
    level, supported = _severity(severity), _controls(controls)
    return lambda check: Policy(level, patterns, supported, check)


def stack_policy(*, severity: str, controls: Sequence[str] = ()) -> Callable[[StackCheck], StackPolicy]:
    """Make a policy of a function that is asked about a whole stack.

    Args:
        severity: critical, high, medium, low or info.
        controls: what it supports, as `framework:control`.

    Raises:
        ValueError: one of these cannot be used; the message says which.
    """
    level, supported = _severity(severity), _controls(controls)
    return lambda check: StackPolicy(level, supported, check)


def plan_policy(
    *, severity: str, resources: Sequence[str] = ("*",), controls: Sequence[str] = ()
) -> Callable[[PlanCheck], PlanPolicy]:
    """Make a policy of a function that is asked about each change of a plan; it is never asked without one.

    Args:
        severity: how bad a violation is at most: critical, high, medium, low or info. Each may be less.
        resources: shell-style patterns of resource types, e.g. `["AWS::DynamoDB::*"]`. A change is among them if
            what stands or what will stand is.
        controls: what it supports, as `framework:control`.

    Raises:
        ValueError: one of these cannot be used; the message says which.
    """
    patterns = _patterns(resources)
    level, supported = _severity(severity), _controls(controls)
    return lambda check: PlanPolicy(level, patterns, supported, check)


def validator(*, severity: str, controls: Sequence[str] = ()) -> Callable[[EstateCheck], Validator]:
    """Make a validator of a function that is asked about the whole estate; it stands in `validators/`.

    Args:
        severity: critical, high, medium, low or info.
        controls: what it supports, as `framework:control`.

    Raises:
        ValueError: one of these cannot be used; the message says which.
    """
    level, supported = _severity(severity), _controls(controls)
    return lambda check: Validator(level, supported, check)


def _patterns(resources: Sequence[str]) -> tuple[str, ...]:
    if isinstance(resources, str) or not resources:
        raise ValueError("resources must be a list of resource types, such as ['AWS::S3::Bucket']")
    for pattern in resources:
        if not _TYPE_PATTERN.fullmatch(pattern):
            raise ValueError(f"{pattern!r} is not a pattern of resource types, such as 'AWS::DynamoDB::*'")
    return tuple(resources)


def _severity(name: str) -> Severity:
    try:
        return Severity(name)
    except ValueError:
        names = ", ".join(severity.value for severity in Severity)
        raise ValueError(f"{name!r} is not a severity; it is one of {names}") from None


def _controls(controls: Sequence[str]) -> tuple[str, ...]:
    if isinstance(controls, str):
        raise ValueError("controls must be a list, such as ['soc2:A1.2']")  # noqa: TRY004  (one error, one kind)
    for control in controls:
        if not CONTROL.fullmatch(control):
            raise ValueError(f"{control!r} is not a control; write framework:control, such as 'soc2:A1.2'")
    return tuple(sorted(set(controls)))
