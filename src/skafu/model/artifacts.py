"""Local artifacts: the files and folders that a template names by path, and that deploying it uploads.

Which places these are is what `aws cloudformation package`, `sam build` and `sam package` replace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from skafu.model.nesting import NESTING
from skafu.model.node import Node
from skafu.model.place import Path

Form: TypeAlias = Literal["url", "code", "object", "template", "image"]
"""What stands at a place once the artifact is uploaded.

`url`: `s3://bucket/key`. `code`: `S3Bucket` and `S3Key`. `object`: `Bucket` and `Key`. `template`: an https URL.
`image`: still the folder; the image that is built from it is named elsewhere.
"""

_RESOLVER: Mapping[Path, Form] = {
    ("CodeS3Location",): "url",
    ("RequestMappingTemplateS3Location",): "url",
    ("ResponseMappingTemplateS3Location",): "url",
}

PLACES: Mapping[str, Mapping[Path, Form]] = {
    "AWS::ApiGateway::RestApi": {("BodyS3Location",): "object"},
    "AWS::AppSync::FunctionConfiguration": _RESOLVER,
    "AWS::AppSync::GraphQLSchema": {("DefinitionS3Location",): "url"},
    "AWS::AppSync::Resolver": _RESOLVER,
    "AWS::ElasticBeanstalk::ApplicationVersion": {("SourceBundle",): "code"},
    "AWS::Glue::Job": {("Command", "ScriptLocation"): "url"},
    "AWS::Lambda::Function": {("Code",): "code"},
    "AWS::Lambda::LayerVersion": {("Content",): "code"},
    "AWS::Serverless::Api": {("DefinitionUri",): "url"},
    "AWS::Serverless::Function": {("CodeUri",): "url"},
    "AWS::Serverless::GraphQLApi": {
        ("SchemaUri",): "url",
        ("Functions", "*", "CodeUri"): "url",
        ("Resolvers", "*", "*", "CodeUri"): "url",
    },
    "AWS::Serverless::HttpApi": {("DefinitionUri",): "url"},
    "AWS::Serverless::LayerVersion": {("ContentUri",): "url"},
    "AWS::Serverless::StateMachine": {("DefinitionUri",): "url"},
    "AWS::StepFunctions::StateMachine": {("DefinitionS3Location",): "object"},
    **{kind: {(key,): "template"} for kind, key in NESTING.items()},
}
"""Type of a resource -> path below its properties -> what stands there once it is uploaded; `*` is any member."""

GLOBAL: Path = ("Globals", "Function", "CodeUri")
"""The one place in what SAM gives to every resource of a type; it takes no global `DefinitionUri`."""

BUILT = frozenset({"AWS::Serverless::Function", "AWS::Lambda::Function"})
"""Types whose images `sam build` makes, from the folder that their metadata names."""

_LOOP = "Fn::ForEach::"


@dataclass(frozen=True, slots=True)
class ArtifactPlace:
    """A place that may name a local artifact: `node` is what stands at `path`, resolved or not."""

    path: Path
    node: Node
    form: Form


def artifact_places(template: Node) -> Iterator[ArtifactPlace]:
    """Every place in `template` that may name a local artifact, in loops too."""
    for_all = template.get(*GLOBAL)
    if for_all is not None:
        yield ArtifactPlace(GLOBAL, for_all, "url")
    for path, resource in resources_of(template):
        kind = resource.text("Type")
        for place, form in PLACES.get(kind, {}).items():
            for found, node in _below(resource, ("Properties", *place), path):
                yield ArtifactPlace(found, node, form)
        context = resource.get("Metadata", "DockerContext")
        if kind in BUILT and context is not None and _package_type(resource, template) == "Image":
            yield ArtifactPlace((*path, "Metadata", "DockerContext"), context, "image")


def local_artifacts(template: Node) -> Iterator[Node]:
    """Every node in `template` that names a local file or folder, in all branches of an `Fn::If`."""
    for place in artifact_places(template):
        yield from local_paths(place.node)
    for _, resource in resources_of(template):
        if lies_beside(resource, template):
            yield Node(".", resource.place)


def is_local(value: Any) -> bool:
    """Whether what stands at such a place, as plain data, is a local path, or can turn out to be one."""
    branches = value.get("Fn::If") if isinstance(value, Mapping) else None
    if isinstance(branches, list):
        return any(is_local(branch) for branch in branches[1:])
    return isinstance(value, str) and "://" not in value


def lies_beside(resource: Node, template: Node) -> bool:
    """Whether a function does not say where its code is: then `sam build` takes the folder of the template."""
    properties = resource.get("Properties")
    if resource.text("Type") != "AWS::Serverless::Function" or properties is None:
        return False
    said = {"CodeUri", "InlineCode", "ImageUri"} & set(properties.members)
    return not said and template.get(*GLOBAL) is None and _package_type(resource, template) == "Zip"


def resources_of(template: Node) -> Iterator[tuple[Path, Node]]:
    """Every resource with its path, those that loops will repeat included."""
    resources = template.get("Resources")
    if resources is not None:
        yield from _resources(resources, ("Resources",))


def _resources(section: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    for name, node in section.members.items():
        if name.startswith(_LOOP):
            body = node.get(2)
            if body is not None:
                yield from _resources(body, (*path, name, 2))
        else:
            yield (*path, name), node


def _package_type(resource: Node, template: Node) -> str:
    for_all = template.text("Globals", "Function", "PackageType", default="Zip")
    return resource.text("Properties", "PackageType", default=for_all)


def _below(node: Node, place: Path, path: Path) -> Iterator[tuple[Path, Node]]:
    if not place:
        yield path, node
        return
    head, *rest = place
    for name in node.members if head == "*" else (head,):
        child = node.get(name)
        if child is not None:
            yield from _below(child, tuple(rest), (*path, name))


def local_paths(node: Node) -> Iterator[Node]:
    """The local paths that are written at such a place: the one that stands there, or each branch of an `Fn::If`."""
    branches = node.get("Fn::If") if isinstance(node.value, Mapping) else None
    for branch in branches.items[1:] if branches else ():
        yield from local_paths(branch)
    # What a loop repeats may hold words of its rounds: only then is it known what is named.
    if isinstance(node.value, str) and is_local(node.value) and "${" not in node.value:
        yield node
