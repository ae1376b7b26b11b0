"""What a team declares, and what it becomes: accounts, environments, definitions, stacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from skafu.model.node import Node
from skafu.model.place import Location


@dataclass(frozen=True, slots=True, order=True)
class StackId:
    """The identity of a stack. Written `environment/region/name`."""

    environment: str
    region: str
    name: str

    def __str__(self) -> str:
        """`environment/region/name`."""
        return f"{self.environment}/{self.region}/{self.name}"


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account with a purpose.

    Attributes:
        name: how the repository calls it, e.g. `production`.
        id: twelve digits, as text.
        purpose: one line for people.
        access: who may work in it, one line for people.
        deployer_role: name of the IAM role that deployments assume there.
        allowed_resources: resource types that may stand in it, as shell-style patterns
            (`AWS::DynamoDB::*`).
        node: the declaration.
    """

    name: str
    id: str
    purpose: str
    access: str
    deployer_role: str
    allowed_resources: tuple[str, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Environment:
    """A typed configuration bound to an account and its regions.

    Attributes:
        name: e.g. `production`.
        account: name of the account.
        region: the region that stacks go to unless they say otherwise.
        regions: every region that stacks of this environment may go to; contains `region`.
        node: the whole configuration, as declared. `${environment.a.b}` reads from it.
    """

    name: str
    account: str
    region: str
    regions: tuple[str, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Deployment:
    """How deploying one stack reaches its account.

    Attributes:
        deployer_role: name of the role that is assumed there.
        external_id: what that role asks for; empty for nothing.
        execution_role: name of the role that CloudFormation uses for the resources; empty for the deployer's rights.
        bucket: where artifacts and locks are kept, in the account and region of the stack.
        reader_role: name of the role that outputs are read as by deployments of other accounts; empty for the
            deployer role.
        estate: name of the estate that the stack belongs to; its tags say so.
    """

    deployer_role: str
    external_id: str
    execution_role: str
    bucket: str
    reader_role: str = ""
    estate: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """One `stack.yaml`: a template and where it goes.

    Attributes:
        name: the folder's name, unique in the estate, e.g. `api`.
        layer: the folder above it, e.g. `platform`.
        template: path of the template relative to the repository root.
        environments: names of the environments it goes to, in declaration order.
        regions: the regions it goes to; empty means each environment's own `region`.
        node: the declaration; parameters, tags, depends_on, tier and strategy are read from it.
        stack_policy: the stack policy, as JSON; empty for none.
    """

    name: str
    layer: str
    template: str
    environments: tuple[str, ...]
    regions: tuple[str, ...]
    node: Node
    stack_policy: str = ""

    def says(self, key: str) -> bool:
        """Whether the declaration answers `key` (as `administered`) with yes; what it leaves out is no."""
        said = self.node.get(key)
        return said is not None and said.value is True

    def places(self, environments: Mapping[str, Environment]) -> Iterator[tuple[StackId, Environment]]:
        """The stacks that are made of it; none for an environment that could not be read."""
        for name in self.environments:
            environment = environments.get(name)
            if environment is None:
                continue  # its own file is a finding already
            for region in self.regions or (environment.region,):
                if region in environment.regions:
                    yield StackId(name, region, self.name), environment


@dataclass(frozen=True, slots=True)
class Reference:
    """A need of one stack for another, with the place that states it.

    Attributes:
        kind: `depends_on`, `output` (a `${stacks...}` path or Fn::GetStackOutput) or `export`
            (Fn::ImportValue).
        target: the stack that is needed.
        location: where the need is written.
        what: the output or export, empty for `depends_on`.
    """

    kind: str
    target: StackId
    location: Location
    what: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """A definition resolved for one environment and region.

    Attributes:
        id: `environment/region/name`.
        definition: the definition it came from.
        account: where it goes.
        environment: the configuration it was resolved with.
        stack_name: the name CloudFormation will know it by.
        source: the template as written.
        template: the effective template.
        parameters: the parameters that CloudFormation is given, resolved.
        tags: the tags of the stack, resolved.
        references: the other stacks it needs.
        digest: SHA-256, in hexadecimal, over everything that decides what a deployment does.
        obstacle: why no judge can look at it (its template cannot be expanded, say); empty if they can.
            A stack with an obstacle is never approved.
        nested: the stacks nested in it, at any depth. They have its id, are judged with it and approved with it.
        parts: what the digest is made of, so that it can be told what differs: `template`, `parameters`, `tags`,
            `capabilities`, `artifacts`, `place`, `settings` or `deployment` -> SHA-256, in hexadecimal.
        given: parameter -> what CloudFormation is given for it, of those that the effective template still declares.
            `${stacks.<id>.outputs.<Output>}` stands in it for what another stack will give. May be secret.
        deployment: how deploying reaches its account; None where the stack belongs to no estate.
        uploaded_as: what stands for the template of a nested stack in the one that nests it; empty for a stack itself.
    """

    id: StackId
    definition: Definition
    account: Account
    environment: Environment
    stack_name: str
    source: Node
    template: Node
    parameters: Mapping[str, Node]
    tags: Mapping[str, Node]
    references: tuple[Reference, ...]
    digest: str
    obstacle: str = ""
    nested: tuple[Stack, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    deployment: Deployment | None = None
    uploaded_as: str = ""


@dataclass(frozen=True, slots=True)
class Estate:
    """All stacks together, and what they were declared with.

    Attributes:
        name: of the whole.
        accounts: by name.
        environments: by name.
        stacks: by id, without those that have an obstacle.
        complete: whether that is all of it: no stack has an obstacle, and every file could be read.
    """

    name: str
    accounts: Mapping[str, Account]
    environments: Mapping[str, Environment]
    stacks: Mapping[StackId, Stack]
    complete: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """A judge seated by a file in `validators/`.

    Attributes:
        name: the file's name without its ending; what reports call the validator.
        judge: which judge sits there: `definitions`, `cfn-lint`, `checkov`, `policies`, or `python` where the
            file itself is the validator.
        time_limit: seconds the judge may take for one stack; a validator in Python, for the estate.
        severities: overrides, rule id or its prefix -> severity name; the longest prefix wins.
        muted: rules that the team has switched off, rule id -> reason.
        options: what else the judge understands.
        location: the file.
    """

    name: str
    judge: str
    time_limit: float
    location: Location
    severities: Mapping[str, str] = field(default_factory=dict)
    muted: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
