"""The tags by which skafu knows a stack again that it made: nothing else tells whose a stack is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skafu.model.estate import Stack, StackId

PREFIX = "skafu:"
"""How the tags begin that are skafu's own. The schema of `stack.yaml` allows nobody else to use it."""

STACK = f"{PREFIX}stack"
"""`<estate>/<environment>/<region>/<definition>`."""

ADMINISTERED = f"{PREFIX}administered"
"""`true` on a stack that only an administrator deploys; other stacks do not have it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a stack was deployed as.

    Attributes:
        estate: name of the estate.
        id: of the stack, whether or not anything declares it now.
        administered: whether only an administrator deploys it.
    """

    estate: str
    id: StackId
    administered: bool


def own_tags(stack: Stack) -> dict[str, str]:
    """The tags of skafu's own that a stack is given; none where it belongs to no estate."""
    if stack.deployment is None or not stack.deployment.estate:
        return {}
    tags = {STACK: f"{stack.deployment.estate}/{stack.id}"}
    return {ADMINISTERED: "true", **tags} if stack.definition.says("administered") else tags


def origin_of(tags: Mapping[str, str]) -> Origin | None:
    """What the tags of a stack that stands say of it; None where they do not say that skafu made it."""
    said = tags.get(STACK, "").split("/")
    match said:
        case [estate, environment, region, name] if all(said):
            return Origin(estate, StackId(environment, region, name), ADMINISTERED in tags)
        case _:
            return None
