"""Layers are named with their version.

A version of a layer never changes; what a function was tested with is what runs. A layer's ARN without a
version is no layer at all to Lambda, and one that is looked up at deployment (through SSM, say) makes two
deployments of the same commit differ.

Write the ARN with its version, `arn:aws:lambda:<region>:<account>:layer:<name>:<version>`, or refer to the
`AWS::Lambda::LayerVersion` of the same stack.

Source: AWS Lambda Developer Guide, "Managing Lambda dependencies with layers".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

_PINNED = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:[A-Za-z0-9_-]+:\d+")
_DYNAMIC = "{{resolve:"


@policy(severity="medium", resources=["AWS::Lambda::Function"], controls=["soc2:CC8.1"])
def check(function: Resource) -> Iterator[Violation | Unknown]:
    """Each layer has a version, or is made in the same stack."""
    for index, layer in enumerate(as_list(function.get("Layers"))):
        if isinstance(layer, Unknown):
            if layer.kind != "AWS::Lambda::LayerVersion" and not _made_here(function, layer):
                yield layer
        elif not _PINNED.fullmatch(layer):
            looked_up = layer.startswith(_DYNAMIC)
            yield function.violation(
                f"The layer {layer} {'is looked up at deployment' if looked_up else 'has no version'}.",
                at=f"Layers[{index}]",
                fix="Write the ARN of the layer with its version at the end.",
            )


def _made_here(function: Resource, layer: Unknown) -> bool:
    made = [function.stack.resource(one) for one in sorted(layer.resources)]
    return bool(made) and all(one is not None and one.type == "AWS::Lambda::LayerVersion" for one in made)
