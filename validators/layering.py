"""Nothing depends upwards: foundation, platform, applications, observability.

A layer may need what stands below it, or beside it. The foundation that needs an application cannot be deployed
without it, cannot be rebuilt before it after a disaster, and changes whenever it changes. Observability watches
everything, so it stands on top and nothing may need it.

Turn the need around, or move what is needed down: a value that both need belongs into the lower of the two layers
or into the environment's configuration.

Source: "Stack Organization" of the deployment architecture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from skafu.sdk import Estate, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYERS = ("foundation", "platform", "applications", "observability")


@validator(severity="high")
def check(estate: Estate) -> Iterator[Violation]:
    """Compare the layers of both ends of every need."""
    layers = {stack.id: stack.layer for stack in estate.stacks}
    for stack in estate.stacks:
        if stack.layer not in LAYERS:
            yield stack.violation(
                f"It stands in {stack.layer}/, which is no layer.",
                fix=f"Move it to one of {', '.join(LAYERS)}.",
            )
            continue
        for target in sorted({need.target for need in stack.needs}):
            layer = layers.get(target, "")
            if layer in LAYERS and LAYERS.index(layer) > LAYERS.index(stack.layer):
                yield stack.violation(
                    f"{stack.name} ({stack.layer}) needs {target.rpartition('/')[2]} ({layer}), a layer above it."
                )
