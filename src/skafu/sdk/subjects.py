"""What a policy is asked about: a stack and its resources, as they will really be deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import Any

from skafu.sdk.reading import At, as_flag, as_number, find, parts
from skafu.sdk.unknown import Unknown


@dataclass(frozen=True, slots=True)
class Violation:
    """What a policy found to be wrong. Made by `Resource.violation`, `Stack.violation` or `Change.violation`.

    Attributes:
        message: what is wrong here, one sentence.
        fix: what to do about it; empty means the policy's own explanation.
        logical_id: the resource it is about, empty for the stack.
        path: where, from the root of the effective template; a first part in lower case is a key of `stack.yaml`.
            From the root of the environment's file, or the account's entry, if it is about one of these.
        stack: number of the stack it is about, among those of the estate.
        environment: name of the environment it is about, if it is not about a stack.
        account: name of the account it is about, if it is about neither of these.
        file: the file it is about where that is none of those, relative to the root of the repository; beside a
            stack, whichever file of it that is.
        line: the line there, from 1.
        severity: how bad it is where that is less than its policy says; empty means as bad.
    """

    message: str
    fix: str = ""
    logical_id: str = ""
    path: tuple[str | int, ...] = ()
    stack: int | None = None
    environment: str = ""
    account: str = ""
    file: str = ""
    line: int = 1
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """The configuration that the stack was resolved with.

    Attributes:
        name: e.g. `production`.
        settings: everything in the environment's file.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """Name of the account it is bound to."""
        return str(self.get("account", ""))

    def get(self, at: At, default: Any = None) -> Any:
        """The setting at a path such as `dynamodb.deletion_protection`, or `default` where there is none."""
        return find(self.settings, at, default)

    def violation(self, message: str, *, at: At = "", fix: str = "") -> Violation:
        """Something wrong with a setting. Only a validator of the estate may state it."""
        return Violation(message, fix, path=parts(at), environment=self.name)


@dataclass(frozen=True, slots=True)
class Account:
    """Where the stack goes.

    Attributes:
        name: how the repository calls it, e.g. `production`.
        id: twelve digits, as text.
        allowed_resources: shell-style patterns of the resource types it may hold; empty means any.
        purpose: what it is for, one line.
        access: who may work in it, one line.
        deployer_role: name of the role that deployments assume there.
    """

    name: str
    id: str
    allowed_resources: tuple[str, ...] = ()
    purpose: str = ""
    access: str = ""
    deployer_role: str = ""

    def violation(self, message: str, *, at: At = "", fix: str = "") -> Violation:
        """Something wrong with its entry in `accounts.yaml`. Only a validator of the estate may state it."""
        return Violation(message, fix, path=parts(at), account=self.name)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a stack, every intrinsic resolved that can be; the rest is `Unknown`.

    Attributes:
        logical_id: its name in the template.
        type: e.g. `AWS::DynamoDB::Table`.
        stack: the stack it stands in.
        body: the whole declaration, with `DeletionPolicy` and the like.
    """

    logical_id: str
    type: str
    stack: Stack = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)

    @property
    def properties(self) -> Any:
        """All properties, usually a dictionary."""
        return find(self.body, "Properties", {})

    @property
    def metadata(self) -> Any:
        """The `Metadata` section, usually a dictionary."""
        return find(self.body, "Metadata", {})

    @property
    def environment(self) -> Environment:
        """The configuration of the stack's environment."""
        return self.stack.environment

    @property
    def account(self) -> Account:
        """The account that the stack goes to."""
        return self.stack.account

    @property
    def region(self) -> str:
        """The region that the stack goes to."""
        return self.stack.region

    def get(self, at: At, default: Any = None) -> Any:
        """The property at a path such as `Tags[0].Key`; `default` where it is absent; possibly an `Unknown`."""
        return find(self.properties, at, default)

    def has(self, at: At) -> bool:
        """Whether there is a property at a path, whatever its value.

        An unknown value counts, unless deployment may still leave it out: then there is no answer.
        """
        value = self.get(at)
        if isinstance(value, Unknown):
            return not value.may_be_absent or bool(value)
        return value is not None

    def flag(self, at: At, *, default: bool = False) -> bool:
        """The boolean property at a path, written `true` or `"true"`.

        Raises:
            ValueError: the value is not a boolean.
        """
        value = self.get(at)
        return default if value is None else as_flag(value)

    def number(self, at: At) -> int | float | None:
        """The number at a path, written `30` or `"30"`; None where it is absent.

        Raises:
            ValueError: the value is not a number.
        """
        value = self.get(at)
        return None if value is None else as_number(value)

    def attribute(self, name: str, default: Any = None) -> Any:
        """What stands beside the properties, such as `DeletionPolicy`."""
        return find(self.body, (name,), default)

    def violation(self, message: str, *, at: At = "", attribute: str = "", fix: str = "") -> Violation:
        """Something wrong with this resource: at a property's path, or at an attribute such as `DeletionPolicy`."""
        inside = (attribute or "Properties", *parts(at)) if attribute or at else ()
        path = ("Resources", self.logical_id, *inside)
        return Violation(message, fix, self.logical_id, path, self.stack.number)


@dataclass(frozen=True, slots=True)
class Need:
    """One stack's need for another.

    Attributes:
        kind: `depends_on`, `output` or `export`.
        target: id of the stack that is needed.
        what: the output or export; empty for `depends_on`.
    """

    kind: str
    target: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """A definition resolved for one environment and region.

    Attributes:
        id: `environment/region/name`.
        name: the definition's name.
        layer: the folder it stands in, e.g. `platform`.
        environment: the configuration it was resolved with.
        account: where it goes.
        region: where it goes.
        tier: `critical`, `important`, `normal`, or empty.
        tags: the tags of the stack, which CloudFormation passes on to the resources.
        parameters: what CloudFormation is given.
        template: the effective template.
        stack_name: how CloudFormation knows it.
        declaration: its `stack.yaml`, as written.
        folder: where that stands, relative to the root of the repository.
        needs: the stacks it needs.
        number: which one of the estate's it is; what is nested in a stack follows it, under its id.
    """

    id: str
    name: str
    layer: str
    environment: Environment
    account: Account
    region: str
    tier: str = ""
    tags: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=dict, repr=False)
    stack_name: str = ""
    declaration: Mapping[str, Any] = field(default_factory=dict, repr=False)
    folder: str = ""
    needs: tuple[Need, ...] = ()
    number: int = 0

    @property
    def outputs(self) -> Any:
        """The `Outputs` section, usually a dictionary."""
        return find(self.template, "Outputs", {})

    def resources(self, *patterns: str) -> list[Resource]:
        """The resources whose type matches one of the shell-style patterns, sorted by logical id; all without any.

        A resource whose type only deployment tells is not among them; it is an error of its own.
        """
        return self._among(find(self.template, "Resources", {}), patterns or ("*",))

    def resource(self, logical_id: str) -> Resource | None:
        """The resource of that name, or None."""
        body = find(self.template, "Resources", {}).get(logical_id)
        return None if body is None else next(iter(self._among({logical_id: body}, ("*",))), None)

    def _among(self, declared: Mapping[str, Any], patterns: tuple[str, ...]) -> list[Resource]:
        typed = [
            (logical_id, body["Type"], body)
            for logical_id, body in declared.items()
            if _is_known(body) and _is_known(body.get("Type"))
        ]
        matching = [one for one in typed if any(fnmatchcase(one[1], pattern) for pattern in patterns)]
        return [
            Resource(logical_id, type_, self, body)
            for logical_id, type_, body in sorted(matching, key=itemgetter(0))
        ]

    def get(self, at: At, default: Any = None) -> Any:
        """The value at a path of the template, such as `Outputs.ApiEndpoint.Value`; possibly an `Unknown`."""
        return find(self.template, at, default)

    def violation(
        self, message: str, *, at: At = "", fix: str = "", file: str = "", line: int = 1
    ) -> Violation:
        """Something wrong with the stack: at a path of its template, or of its `stack.yaml` (`tags`, `tier`).

        A `file` of its own, relative to the root of the repository, takes the place of the path. Only a validator of
        the estate may name one.
        """
        return Violation(message, fix, "", parts(at), self.number, file=file, line=line)


_READABLE = (dict, str, Mapping)  # in this order: asking for a Mapping takes ten times as long


def _is_known(value: Any) -> bool:
    return not isinstance(value, Unknown) and isinstance(value, _READABLE)
