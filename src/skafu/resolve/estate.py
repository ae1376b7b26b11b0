"""Declarations -> every stack of the estate, each as it will really be deployed.

A stack may read the outputs of another. Values that are static flow from producer to consumer: stacks are
resolved again while they learn something, which ends because a known value never becomes unknown again.
What nobody can know before deployment stays `Unknown`, and so does everything in a cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from skafu.model.declarations import Declarations
from skafu.model.estate import Account, Definition, Deployment, Environment, Reference, Stack, StackId
from skafu.model.finding import Finding
from skafu.model.nearest import nearest
from skafu.model.node import Node, Unknown
from skafu.resolve.deployment import approved_part, deployment_of
from skafu.resolve.digest import parts, sha256
from skafu.resolve.findings import finding
from skafu.resolve.given import given_texts
from skafu.resolve.interpolate import Paths, UnknownPathError, interpolate
from skafu.resolve.outputs import Given, Outputs
from skafu.resolve.sam import Translate, by_translator
from skafu.resolve.scope import Scope, Use
from skafu.resolve.stack import Placement, Resolved, deployable, expand, resolve_template, with_nested


@dataclass(frozen=True, slots=True)
class Resolution:
    """Every stack of an estate, by id, and what is wrong with them; each finding names its stack."""

    stacks: Mapping[StackId, Stack]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A stack before it is resolved."""

    id: StackId
    definition: Definition
    environment: Environment
    account: Account
    accounts: Mapping[str, Account]
    estate: str
    deployment: Node | None
    session_policy: str
    source: Node
    library: Mapping[str, Node]
    artifacts: Mapping[tuple[str, str], str]


@dataclass(slots=True)
class _Draft:
    """A stack resolved with what was known at the time."""

    plan: _Plan
    placement: Placement
    tags: Mapping[str, Node] = field(default_factory=dict)
    given: Mapping[str, Node] = field(default_factory=dict)
    deployment: Deployment | None = None
    references: list[Reference] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    resolved: Resolved | None = None
    scope: Scope | None = None


def resolve_estate(declared: Declarations, translate: Translate = by_translator) -> Resolution:
    """Resolve every definition for every environment and region it goes to, SAM expanded by `translate`."""
    plans = {plan.id: plan for plan in _plans(declared)}
    known = Outputs(frozenset(plans), {})
    drafts: dict[StackId, _Draft] = {}
    pending = list(plans)
    seen: set[tuple[StackId, str, str]] = set()  # what was news once is none again, so this ends
    while pending:
        drafts |= {id_: _draft(plans[id_], known) for id_ in pending}
        known = Outputs(known.ids, {id_: _given(draft) for id_, draft in drafts.items()})
        news = known.known() - seen
        seen |= news
        pending = [id_ for id_, draft in drafts.items() if news and _takes(draft)]
    stacks: dict[StackId, Stack] = {}
    findings: list[Finding] = []
    for id_ in sorted(drafts):
        draft = drafts[id_]
        stacks[id_] = _finish(draft, known, translate)
        findings += [replace(one, stacks=(id_,)) for one in draft.findings]
    findings += _doubles(drafts, known)
    return Resolution(stacks, tuple(findings))


def _plans(declared: Declarations) -> Iterator[_Plan]:
    for definition in declared.definitions.values():
        for id_, environment in definition.places(declared.environments):
            yield _Plan(
                id_,
                definition,
                environment,
                declared.accounts[environment.account],
                declared.accounts,
                declared.estate,
                declared.deployment,
                declared.session_policy,
                declared.templates[definition.template],
                declared.templates,
                declared.artifacts,
            )


def _draft(plan: _Plan, known: Outputs) -> _Draft:
    draft = _Draft(plan, Placement(plan.account.id, plan.id.region, ""))
    declaration = plan.definition.node

    def output(written: str, name: str, node: Node) -> Node:
        return _output(written, name, node, draft, known)

    paths = Paths(plan.estate, plan.environment, plan.account, plan.accounts, plan.id.region, output)
    named = declaration.get("stack_name")
    default = f"{plan.estate}-{plan.environment.name}-{plan.definition.name}"
    name = _read({"stack_name": named}, paths, draft)["stack_name"].value if named else default
    if named and not isinstance(name, str):
        message = "the name of a stack must be text that is known before deployment"
        draft.findings.append(finding("definition-reference", message, named.place))
    draft.placement = replace(draft.placement, stack_name=name if isinstance(name, str) else default)
    draft.tags = _read(_members(declaration, "tags"), paths, draft)
    for tag, node in draft.tags.items():
        if isinstance(node.value, Mapping | list):
            message = f"the tag {tag} must be text, not a whole section"
            draft.findings.append(finding("definition-reference", message, node.place))
    draft.given = _read(_members(declaration, "parameters"), paths, draft)
    draft.deployment, wrong = deployment_of(plan.deployment, paths)
    draft.findings += wrong
    _depend(draft, known)

    def lookup(use: Use) -> Node | None:
        found = known.producer(use, plan.account.id, use.region or plan.id.region)
        return known.given_as(*found) if found else None

    draft.resolved, draft.scope = resolve_template(
        plan.source, draft.given, declaration, draft.placement, lookup, plan.library
    )
    return draft


def _read(written: Mapping[str, Node], paths: Paths, draft: _Draft) -> dict[str, Node]:
    """The values with their `${...}` read; a path that leads nowhere is a finding and an Unknown."""
    found: dict[str, Node] = {}
    for name, node in written.items():
        try:
            found[name] = interpolate(node, paths)
        except UnknownPathError as error:
            at = error.at or node.location
            draft.findings.append(finding("definition-reference", error.message, at, fix=error.hint))
            found[name] = replace(node, value=Unknown(f"{name} could not be read", None))
    return found


def _members(node: Node, key: str) -> Mapping[str, Node]:
    found = node.get(key)
    return found.members if found else {}


def _output(written: str, name: str, node: Node, draft: _Draft, known: Outputs) -> Node:
    target = known.find(written, draft.plan.id)
    if target is None:
        _missing_stack(written, node, draft, known)
        return Node(Unknown(f"there is no stack {written}", None), node.location)
    draft.references.append(Reference("output", target, node.location, name))
    given = known.given_as(target, name)
    if given is not None and not isinstance(given.value, Unknown):
        return given
    kind = given.value.type if given is not None and isinstance(given.value, Unknown) else ""
    reason = f"output {name} of {target} exists only after that stack is deployed"
    return Node(Unknown(reason, f"${{stacks.{target}.outputs.{name}}}", kind), node.location)


def _depend(draft: _Draft, known: Outputs) -> None:
    listed = draft.plan.definition.node.get("depends_on")
    for node in listed.items if listed else []:
        target = known.find(str(node.value), draft.plan.id)
        if target is None:
            _missing_stack(str(node.value), node, draft, known)
        else:
            draft.references.append(Reference("depends_on", target, node.location))


def _missing_stack(written: str, node: Node, draft: _Draft, known: Outputs) -> None:
    here = draft.plan.id
    beside = [id_.name for id_ in known.ids if id_.environment == here.environment]
    message = f'{here} needs the stack "{written}", and there is none in {here.environment}'
    elsewhere = [str(id_) for id_ in sorted(known.ids) if id_.name == written.rsplit("/", 1)[-1]]
    fix = f"It stands as {', '.join(elsewhere)}." if elsewhere else nearest(written, beside)
    draft.findings.append(finding("estate-stack", message, node.location, fix=fix))


def _given(draft: _Draft) -> Given:
    outputs = draft.resolved.template.get("Outputs") if draft.resolved else None
    place = draft.placement
    return Given(place.account, place.region, place.stack_name, outputs.members if outputs else {})


def _takes(draft: _Draft) -> bool:
    """Whether a draft reads anything that another stack gives."""
    uses = draft.resolved.uses if draft.resolved else ()
    return bool(uses) or any(reference.kind == "output" for reference in draft.references)


def _finish(draft: _Draft, known: Outputs, translate: Translate) -> Stack:
    if draft.resolved is None or draft.scope is None:
        raise AssertionError  # every draft is resolved before it is finished
    plan = draft.plan
    resolved = expand(draft.resolved, draft.scope, plan.id.region, plan.artifacts, translate)
    draft.findings += resolved.findings
    for reference in draft.references:
        _check_output(reference, draft, known)
    for use in resolved.uses:
        reference_ = _reference(use, draft, known)
        if reference_:
            draft.references.append(reference_)
    definition = plan.definition
    how = approved_part(draft.deployment, plan.session_policy)
    whole = parts(
        deployable(resolved, draft.placement, definition.node, draft.tags, definition.stack_policy, how)
    )
    stack = Stack(
        id=plan.id,
        definition=plan.definition,
        account=plan.account,
        environment=plan.environment,
        stack_name=draft.placement.stack_name,
        source=plan.source,
        template=resolved.template,
        parameters=resolved.parameters,
        tags=draft.tags,
        references=tuple(dict.fromkeys(draft.references)),
        digest=sha256(whole),
        parts=whole,
        given=given_texts(resolved.template, plan.source, draft.given),
        deployment=draft.deployment,
        obstacle=resolved.obstacle,
    )
    return with_nested(stack, resolved)


def _check_output(reference: Reference, draft: _Draft, known: Outputs) -> None:
    names = known.names(reference.target)
    if reference.kind == "output" and reference.what not in names:
        message = (
            f"{draft.plan.id} needs the output {reference.what} of {reference.target}, which has none such"
        )
        fix = nearest(reference.what, names)
        draft.findings.append(finding("estate-output", message, reference.location, fix=fix))


def _reference(use: Use, draft: _Draft, known: Outputs) -> Reference | None:
    """The need behind an Fn::ImportValue or Fn::GetStackOutput; a finding where nobody gives it."""
    place = draft.placement
    found = known.producer(use, place.account, use.region or place.region)
    if found is not None:
        reference = Reference(
            "output" if use.kind == "output" else "export", found[0], use.location, use.name
        )
        _check_output(reference, draft, known)
        return reference
    here = f"{draft.plan.id} (account {place.account}, {use.region or place.region})"
    if use.kind == "export":
        message = f'{here} imports "{use.name}", which no stack there exports'
        fix = nearest(use.name, known.exports(place.account, place.region))
        draft.findings.append(finding("estate-export", message, use.location, fix=fix))
    else:
        message = f'{here} reads an output of "{use.stack_name}", which is no stack of this estate'
        fix = nearest(use.stack_name, (given.stack_name for given in known.given.values()))
        draft.findings.append(finding("estate-stack", message, use.location, fix=fix))
    return None


def _doubles(drafts: Mapping[StackId, _Draft], known: Outputs) -> Iterator[Finding]:
    """A finding for each stack that takes the name, or the export, of another in its account and region."""
    taken: dict[tuple[str, str, str, str], StackId] = {}
    for id_, given in sorted(known.given.items()):
        declaration = drafts[id_].plan.definition.node
        named = (declaration.get("stack_name") or declaration).place
        claims = [("is named", given.stack_name, named)]
        for output in given.outputs.values():
            name = output.get("Export", "Name")
            if name is not None and isinstance(name.value, str):
                claims.append(("exports", name.value, name.place))
        for verb, name_, at in claims:
            other = taken.setdefault((given.account, given.region, verb, name_), id_)
            if other != id_:
                message = f'{id_} {verb} "{name_}" like {other}, in the same account and region'
                yield replace(finding("estate-double", message, at), stacks=(id_,))
