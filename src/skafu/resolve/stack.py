"""One definition, one environment, one region -> one stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from skafu.model.estate import Stack
from skafu.model.finding import Finding
from skafu.model.nesting import NESTING
from skafu.model.node import Node, Unknown
from skafu.model.partition import partition_of
from skafu.model.place import Location
from skafu.resolve import sam
from skafu.resolve.digest import Deployable, parts, sha256
from skafu.resolve.evaluate import resolve
from skafu.resolve.loops import unroll
from skafu.resolve.nested import Nest, with_digests
from skafu.resolve.packaging import package
from skafu.resolve.parameters import bind
from skafu.resolve.rules import broken_rules
from skafu.resolve.sam_input import with_stage_expressions
from skafu.resolve.scope import Lookup, Scope, Use
from skafu.resolve.template import effective

NOTHING = "none of its resources exists here, because every condition is false; CloudFormation refuses that"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a template goes, in the words of CloudFormation.

    Attributes:
        account: twelve digits.
        region: e.g. `us-east-1`.
        stack_name: CloudFormation's name of the stack; empty where only CloudFormation will know it.
    """

    account: str
    region: str
    stack_name: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A template resolved for one placement.

    Attributes:
        source: the template as written.
        template: the effective template.
        parameters: parameter -> value, of those that the template declares.
        findings: what is wrong with the template or its parameters, and with those nested in it.
        uses: what it takes from other stacks by CloudFormation's own means.
        obstacle: why it cannot be judged; empty if it can.
        nested: logical id -> the nested stack behind it and its scope, of those that can be seen.
        given: parameter -> SHA-256, in hexadecimal, of the value that the declaration gives it, or of its
            default. The value itself may be a secret.
        artifacts: where a local artifact is named, here or in a nested stack -> SHA-256 of its content, in
            hexadecimal; empty before `expand`.
    """

    source: Node
    template: Node
    parameters: Mapping[str, Node]
    findings: tuple[Finding, ...]
    uses: tuple[Use, ...]
    obstacle: str = ""
    nested: Mapping[str, tuple[Resolved, Scope]] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Around:
    """What surrounds a template: other stacks, the templates beside it, the files it is nested in."""

    placement: Placement
    lookup: Lookup
    library: Mapping[str, Node]
    chain: tuple[str, ...]


def resolve_template(
    source: Node,
    given: Mapping[str, Node],
    origin: Node,
    placement: Placement,
    lookup: Lookup,
    library: Mapping[str, Node] = MappingProxyType({}),
) -> tuple[Resolved, Scope]:
    """Resolve a template without expanding SAM, and the scope it was resolved in.

    Args:
        source: the template as written.
        given: parameter -> value, as the declaration gives them, `${...}` already read.
        origin: the declaration, for the place of what is missing.
        placement: where it goes.
        lookup: values of other stacks.
        library: path -> template as written, for the stacks that are nested in it.
    """
    around = _Around(placement, lookup, library, (source.location.file,))
    return _resolve(source, given, origin, around)


def _resolve(
    source: Node, given: Mapping[str, Node], origin: Node, around: _Around
) -> tuple[Resolved, Scope]:
    parameters, findings = bind(source, given, origin)
    pseudo = _pseudo(around.placement, source.location)
    scope = Scope(source, parameters, pseudo, around.lookup, findings)
    scope.template = unroll(source, scope)

    def make(inner: Node, values: Mapping[str, Node], resource: Node) -> tuple[Resolved, Scope]:
        inside = replace(
            around,
            placement=replace(around.placement, stack_name=""),
            chain=(*around.chain, inner.location.file),
        )
        return _resolve(inner, values, resource, inside)

    nest = Nest(scope, around.library, make, around.chain)
    scope.nested = lambda logical_id: _outputs(nest.get(logical_id))
    template = effective(scope)
    scope.findings += broken_rules(scope)
    standing = (template.get("Resources") or template).members
    nested = {
        logical_id: made
        for logical_id, resource in standing.items()
        if resource.text("Type") in NESTING and (made := nest.get(logical_id)) is not None
    }
    inner = [one for one, _ in nested.values()]
    resolved = Resolved(
        source,
        template,
        parameters,
        (*scope.findings, *(told for one in inner for told in one.findings)),
        (*scope.uses, *(use for one in inner for use in one.uses)),
        "" if standing else NOTHING,
        nested,
        {name: sha256(value.plain()) for name, value in {**_defaults(source), **given}.items()},
    )
    return resolved, scope


def _defaults(source: Node) -> dict[str, Node]:
    declared = source.get("Parameters")
    found = {name: one.get("Default") for name, one in declared.members.items()} if declared else {}
    return {name: default for name, default in found.items() if default is not None}


def _outputs(made: tuple[Resolved, Scope] | None) -> Mapping[str, Node] | None:
    if made is None:
        return None
    outputs = made[0].template.get("Outputs")
    return outputs.members if outputs else {}


def expand(
    resolved: Resolved,
    scope: Scope,
    region: str,
    artifacts: Mapping[tuple[str, str], str],
    translate: sam.Translate = sam.by_translator,
) -> Resolved:
    """The same, packaged, with SAM expanded and evaluated, and so is everything that is nested in it.

    Args:
        resolved: the template, resolved.
        scope: what it was resolved in.
        region: where it goes; some ARNs contain the partition.
        artifacts: (template, local path as written in it) -> SHA-256 of the content, in hexadecimal.
        translate: expands SAM.
    """
    nested = {
        logical_id: (expand(inner, within, region, artifacts, translate), within)
        for logical_id, (inner, within) in resolved.nested.items()
    }
    digests = {logical_id: _nested_digest(inner, region) for logical_id, (inner, _) in nested.items()}
    late = [
        told
        for logical_id, (inner, _) in nested.items()
        for told in _new(inner, resolved.nested[logical_id][0])
    ]
    blocked = [
        f"in {logical_id}: {inner.obstacle}" for logical_id, (inner, _) in nested.items() if inner.obstacle
    ]
    packaged = package(with_digests(resolved.template, digests), resolved.source, artifacts)
    inside = {
        f"{logical_id}.{place}": digest
        for logical_id, (inner, _) in nested.items()
        for place, digest in inner.artifacts.items()
    }
    whole = replace(
        resolved,
        template=packaged.template,
        findings=(*resolved.findings, *late, *packaged.findings),
        obstacle=resolved.obstacle or next(iter(blocked), ""),
        nested=nested,
        artifacts={**packaged.artifacts, **inside},
    )
    return _expand(whole, scope, region, translate)


def _nested_digest(inner: Resolved, region: str) -> str:
    """What stands for a nested template in its parent; its place in the account is the parent's."""
    return sha256(parts(deployable(inner, Placement("", region, ""), Node({}, inner.source.location), {})))


def _new(after: Resolved, before: Resolved) -> tuple[Finding, ...]:
    return after.findings[len(before.findings) :]


def _expand(
    resolved: Resolved,
    scope: Scope,
    region: str,
    translate: sam.Translate,
) -> Resolved:
    if not sam.is_serverless(resolved.template):
        return resolved
    staged = with_stage_expressions(resolved.template, scope.template)
    made = sam.expand(staged, region, translate)
    if made.obstacle:
        findings = (*resolved.findings, *made.findings)
        return replace(resolved, findings=findings, obstacle=made.obstacle)
    after = replace(scope, template=made.template, findings=[], uses=[])
    template = resolve(made.template, after)
    findings = (*resolved.findings, *made.findings, *after.findings)
    return replace(resolved, template=template or made.template, findings=findings)


def with_nested(stack: Stack, resolved: Resolved) -> Stack:
    """The stack with everything that is nested in it, so that judges see that too."""
    inner: list[Stack] = []
    for made, _ in resolved.nested.values():
        one = replace(
            stack,
            stack_name="",
            source=made.source,
            template=made.template,
            parameters=made.parameters,
            references=(),
            uploaded_as=_nested_digest(made, stack.id.region),
        )
        whole = with_nested(one, made)
        inner += [replace(whole, nested=()), *whole.nested]
    return replace(stack, nested=tuple(inner))


def deployable(
    resolved: Resolved,
    placement: Placement,
    declaration: Node,
    tags: Mapping[str, Node],
    stack_policy: str = "",
    deployment: Mapping[str, str] = MappingProxyType({}),
) -> Deployable:
    """What an approval of the stack is bound to."""
    place = {"account": placement.account, "region": placement.region, "stack_name": placement.stack_name}
    return Deployable(
        resolved.template,
        resolved.parameters,
        resolved.given,
        resolved.artifacts,
        place,
        declaration,
        tags,
        stack_policy,
        deployment,
    )


def _pseudo(placement: Placement, at: Location) -> dict[str, Node]:
    partition, suffix = partition_of(placement.region)
    known = {
        "AWS::AccountId": placement.account,
        "AWS::Region": placement.region,
        "AWS::StackName": placement.stack_name,
        "AWS::Partition": partition,
        "AWS::URLSuffix": suffix,
    }
    late = {
        "AWS::StackId": "the id of a stack exists only after its creation",
        "AWS::NotificationARNs": "the notification topics are given at deployment",
    }
    if not placement.stack_name:
        late["AWS::StackName"] = "CloudFormation names a nested stack when it makes it"
    return {
        **{name: Node(value, at) for name, value in known.items()},
        **{name: Node(Unknown(reason, {"Ref": name}), at) for name, reason in late.items()},
    }
