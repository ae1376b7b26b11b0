"""Functions whose image `sam build` makes from a Dockerfile: what SAM is told about it, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from skafu.model.node import Node, Unknown
from skafu.resolve.sam_input import put

BUILT_LATER = "image-built-at-deployment"
"""Stands for the URI of an image until there is one: SAM refuses a function without."""

REASON = "the image is built at deployment"

WANTED = ("Dockerfile", "DockerContext")
"""Metadata without which `sam build` makes no image."""


def with_images_for_sam(template: Node) -> Node:
    """The template in which every function whose image will be built has a URI."""
    changed = template
    for name, resource in _built(template):
        properties = resource.members["Properties"]
        uri = Node(BUILT_LATER, resource.members["Metadata"].location)
        members = {**properties.members, "ImageUri": uri}
        changed = put(changed, ("Resources", name, "Properties"), replace(properties, value=members))
    return changed


def with_images_unknown(made: Node, template: Node) -> Node:
    """What SAM `made` of `template`, with the URIs of the images that will be built as unknown as they are."""
    changed = made
    for name, resource in _built(template):
        path = ("Resources", name, "Properties", "Code", "ImageUri")
        if made.get(*path) is not None:
            metadata = resource.members["Metadata"]
            uri = Node(Unknown(REASON, BUILT_LATER), metadata.location, metadata.key)
            changed = put(changed, path, uri)
    return changed


def _built(template: Node) -> Iterator[tuple[str, Node]]:
    """The functions whose image will be built: with the metadata SAM CLI builds it whatever URI is written."""
    resources = template.get("Resources")
    for name, resource in resources.members.items() if resources else ():
        is_image = resource.text("Properties", "PackageType") == "Image"
        is_serverless = resource.text("Type") == "AWS::Serverless::Function"
        if is_image and is_serverless and all(resource.get("Metadata", key) for key in WANTED):
            yield name, resource
