"""The text of a new policy and of its cases: right as they stand, and waiting for their author."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
"""What a policy may be called: words in lower case, joined by dashes (or by underscores, as its file is)."""

_POLICY = '''\
"""Say in one sentence what is true of everything that this policy passes.

Say why: what goes wrong without it, for whom. Name the source: a line of the architecture, a setting of the
environment, a page of AWS's documentation.

Say what to do about a violation; this last paragraph stands beside every finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

AT = "Example.Enabled"


@policy(
    severity=@SEVERITY@,
    resources=@RESOURCES@,
    controls=[],
)
def check(resource: Resource) -> Iterator[Violation]:
    """The example is on. Where only deployment tells, `flag` leaves the policy not evaluated."""
    if not resource.flag(AT):
        yield resource.violation("The example is off.", at=AT, fix=f"Set {AT} to true.")
'''

_STACK_POLICY = '''\
"""Say in one sentence what is true of every stack that this policy passes.

Say why: what goes wrong without it, for whom. Name the source: a line of the architecture, a setting of the
environment, a page of AWS's documentation.

Say what to do about a violation; this last paragraph stands beside every finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Stack, Violation, stack_policy

TAG = "Example"


@stack_policy(severity=@SEVERITY@, controls=[])
def check(stack: Stack) -> Iterator[Violation]:
    """The stack has the tag. Where only deployment tells, asking for its truth leaves the policy not evaluated."""
    if not stack.tags.get(TAG):
        fix = f"Add {TAG} to tags in stack.yaml."
        yield stack.violation(f"The stack has no tag {TAG}.", at="tags", fix=fix)
'''

_CASES = """\
- name: the example is on
  resources:
    Subject: {Type: @TYPE@, Properties: {Example: {Enabled: true}}}
  expect: []

- name: the example is off, or not given
  resources:
    Switched: {Type: @TYPE@, Properties: {Example: {Enabled: false}}}
    Silent: {Type: @TYPE@}
  expect:
    - {resource: Switched, at: Example.Enabled, message: is off}
    - {resource: Silent, at: Example.Enabled, message: is off}

- name: a switch that only deployment decides
  resources:
    Subject: {Type: @TYPE@, Properties: {Example: {Enabled: !Ref Later}}}
  expect: not_evaluated
"""

_STACK_CASES = """\
- name: the tag is there
  tags: {Example: given}
  expect: []

- name: the tag is missing
  tags: {Application: skafu}
  expect:
    - {at: tags, message: has no tag Example}

- name: a tag that only deployment decides
  tags: {Example: !ImportValue later}
  expect: not_evaluated
"""


def resource_policy(severity: str, resources: Sequence[str]) -> tuple[str, str]:
    """A policy about resources of these types (shell-style patterns), and its cases."""
    return filled(_POLICY, severity, resources), filled(_CASES, severity, resources)


def stack_policy(severity: str) -> tuple[str, str]:
    """A policy about whole stacks, and its cases."""
    return _STACK_POLICY.replace("@SEVERITY@", json.dumps(severity)), _STACK_CASES


def filled(text: str, severity: str, resources: Sequence[str]) -> str:
    """The text with the severity, the types and an example of the first of them put in."""
    listed = json.dumps(list(resources))
    if len(resources) > 1:
        listed = "[\n" + "".join(f"        {json.dumps(one)},\n" for one in resources) + "    ]"
    put = {
        "@SEVERITY@": json.dumps(severity),
        "@RESOURCES@": listed,
        "@TYPE@": json.dumps(_example(resources[0])),
    }
    for mark, value in put.items():
        text = text.replace(mark, value)
    return text


def _example(pattern: str) -> str:
    """A type that the pattern matches."""
    return pattern.replace("*", "Example" if "::" in pattern else "Example::Type").replace("?", "x")
