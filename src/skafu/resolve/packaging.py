"""Local artifacts of a resolved template -> the objects they will be uploaded as, named by their content.

So the template that is judged and approved says which code it will run: other code, another template. An
artifact whose content nobody has looked at is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from skafu.model.artifacts import (
    ArtifactPlace,
    artifact_places,
    is_local,
    lies_beside,
    local_artifacts,
    resources_of,
)
from skafu.model.finding import Finding
from skafu.model.node import Node
from skafu.model.place import Path, dotted
from skafu.resolve.findings import finding
from skafu.resolve.sam_input import put

BUCKET = "skafu-artifacts"
"""Stands for the bucket that local artifacts will be uploaded to; the key is the digest of the content."""

MEMBERS = {"code": ("S3Bucket", "S3Key"), "object": ("Bucket", "Key")}
"""Form of a place -> the members that name bucket and key; the others hold a URL."""

UNPACKAGED = "unpackaged"
"""Stands for the digest of what cannot be read; another finding says that it cannot."""


@dataclass(frozen=True, slots=True)
class Packaged:
    """A template whose artifacts are named by their content.

    Attributes:
        template: the template.
        artifacts: where an artifact was named, as `Resources.F.Properties.Code` -> SHA-256 of its content, in
            hexadecimal. Nested templates are not among them: their digests are those of what they resolve to.
        findings: artifacts that cannot be judged, because only an expression says what they are.
    """

    template: Node
    artifacts: Mapping[str, str]
    findings: tuple[Finding, ...]


def package(template: Node, written: Node, digests: Mapping[tuple[str, str], str]) -> Packaged:
    """Name every local artifact of `template` by its content.

    Args:
        template: resolved, SAM not yet expanded.
        written: the same template as written.
        digests: (template, local path as written in it) -> SHA-256 of the content, in hexadecimal.
    """
    file = written.location.file
    plainly = {str(node.value) for node in local_artifacts(written)}
    changed = template
    artifacts: dict[str, str] = {}
    findings: list[Finding] = []
    for place in artifact_places(template):
        value = place.node.plain()
        if place.form == "template" or not is_local(value):
            continue
        if not isinstance(value, str) or ((file, value) not in digests and value not in plainly):
            findings.append(_hidden(place))
            continue
        digest = digests.get((file, value), UNPACKAGED)
        artifacts[dotted(place.path)] = digest
        if place.form != "image":
            changed = put(changed, place.path, _uploaded(place, digest))
    for path, resource in resources_of(template):
        if lies_beside(resource, template):
            digest = digests.get((file, "."), UNPACKAGED)
            artifacts[dotted((*path, "Properties", "CodeUri"))] = digest
            properties = resource.members["Properties"]
            code = Node(_url(digest), resource.location, resource.place)
            members = {**properties.members, "CodeUri": code}
            changed = put(changed, (*path, "Properties"), replace(properties, value=members))
    return Packaged(changed, artifacts, tuple(findings))


def _url(digest: str) -> str:
    return f"s3://{BUCKET}/{digest}"


def _uploaded(place: ArtifactPlace, digest: str) -> Node:
    node = place.node
    members = MEMBERS.get(place.form)
    if members is None:
        return replace(node, value=_url(digest))
    return replace(
        node,
        value={
            name: Node(value, node.location) for name, value in zip(members, (BUCKET, digest), strict=True)
        },
    )


def _hidden(place: ArtifactPlace) -> Finding:
    value = place.node.value
    name = dotted(_below_properties(place.path))
    said = (
        f"{value} only once an expression is evaluated"
        if isinstance(value, str)
        else "a local path that is known only at deployment"
    )
    return finding(
        "template-artifact",
        f"{name} is {said}, so nobody has looked at what is in it",
        place.node.place,
        fix="Write the path itself, or decide between paths by a condition on parameters.",
        logical_id=str(place.path[1]) if place.path[0] == "Resources" else "",
        path=place.path,
    )


def _below_properties(path: Path) -> Path:
    return path[path.index("Properties") + 1 :] if "Properties" in path else path[-1:]
