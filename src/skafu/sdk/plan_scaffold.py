"""The text of a new policy about plans and of its cases; see `skafu.sdk.scaffold`."""

from __future__ import annotations

from collections.abc import Sequence

from skafu.sdk.scaffold import filled

_POLICY = '''\
"""Say in one sentence what is true of every change that this policy passes.

Say why: what is lost or opened without it, for whom. Name the source: a line of the architecture, a setting of the
environment, a page of AWS's documentation.

Say what to do about a violation; this last paragraph stands beside every finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Change, Violation, plan_policy

AT = "Example.Enabled"


@plan_policy(
    severity=@SEVERITY@,
    resources=@RESOURCES@,
    controls=[],
)
def check(change: Change) -> Iterator[Violation]:
    """What was on stays on. Where only deployment tells, `flag` leaves the policy not evaluated."""
    if change.before is None or change.after is None:
        return
    if change.before.flag(AT) and not change.after.flag(AT):
        yield change.violation("The example is switched off.", at=AT, fix=f"Leave {AT} as it is.")
'''

_CASES = """\
- name: the example stays on
  before:
    Subject: {Type: @TYPE@, Properties: {Name: old, Example: {Enabled: true}}}
  after:
    Subject: {Type: @TYPE@, Properties: {Name: new, Example: {Enabled: true}}}
  expect: []

- name: the example is switched off
  before:
    Subject: {Type: @TYPE@, Properties: {Example: {Enabled: true}}}
  after:
    Subject: {Type: @TYPE@, Properties: {Example: {Enabled: false}}}
  expect:
    - {resource: Subject, at: Example.Enabled, message: is switched off}

- name: a switch that only deployment decides
  before:
    Subject: {Type: @TYPE@, Properties: {Example: {Enabled: true}}}
  after:
    Subject: {Type: @TYPE@, Properties: {Example: {Enabled: !Ref Later}}}
  expect: not_evaluated
"""


def plan_policy(severity: str, resources: Sequence[str]) -> tuple[str, str]:
    """A policy about changes of resources of these types (shell-style patterns), and its cases."""
    return filled(_POLICY, severity, resources), filled(_CASES, severity, resources)
