"""What stacks give to one another: outputs, exports, and the names to find them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skafu.model.estate import StackId
from skafu.model.node import Node, Unknown
from skafu.resolve.functions import unknown_in
from skafu.resolve.scope import Use


@dataclass(frozen=True, slots=True)
class Given:
    """A stack as its consumers see it.

    Attributes:
        account: twelve digits.
        region: where it stands.
        stack_name: CloudFormation's name of it.
        outputs: output -> declaration, resolved.
    """

    account: str
    region: str
    stack_name: str
    outputs: Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Outputs:
    """Everything that the stacks of an estate give.

    Attributes:
        ids: every stack there is, resolved yet or not.
        given: what is known of those that are resolved.
    """

    ids: frozenset[StackId]
    given: Mapping[StackId, Given]

    def find(self, written: str, near: StackId) -> StackId | None:
        """The stack that `name`, `environment/name` or `environment/region/name` means beside `near`."""
        parts = written.split("/")
        environment = near.environment if len(parts) == 1 else parts[0]
        candidates = sorted(
            id_
            for id_ in self.ids
            if id_.name == parts[-1]
            and id_.environment == environment
            and (len(parts) < 3 or id_.region == parts[1])  # noqa: PLR2004 - environment/region/name
        )
        here = [id_ for id_ in candidates if id_.region == near.region]
        if here or len(candidates) == 1:
            return (here or candidates)[0]
        return None

    def value(self, id_: StackId, output: str) -> Node | None:
        """The value of an output where it is known before deployment; whether the output exists is part of that."""
        found = self.given.get(id_)
        node = found.outputs.get(output) if found else None
        value = node.get("Value") if node and node.get("Condition") is None else None
        return value if value is not None and unknown_in(value) is None else None

    def given_as(self, id_: StackId, output: str) -> Node | None:
        """An output as its consumers see it: its value where it is static, else an Unknown of its type."""
        static = self.value(id_, output)
        if static is not None:
            return static
        found = self.given.get(id_)
        value = found.outputs[output].get("Value") if found and output in found.outputs else None
        if found is None or value is None or not isinstance(value.value, Unknown):
            return None
        reason = f"output {output} of {id_} exists only after that stack is deployed"
        return Node(Unknown(reason, None, value.value.type), value.location)

    def names(self, id_: StackId) -> list[str]:
        """The outputs of a stack."""
        found = self.given.get(id_)
        return sorted(found.outputs) if found else []

    def exports(self, account: str, region: str) -> dict[str, tuple[StackId, str]]:
        """Export -> the stack and output behind it, in one account and region; exports stay inside of both."""
        found: dict[str, tuple[StackId, str]] = {}
        for id_, given in sorted(self.given.items()):
            if (given.account, given.region) != (account, region):
                continue
            for output, node in given.outputs.items():
                name = node.text("Export", "Name")
                if name:
                    found.setdefault(name, (id_, output))
        return found

    def producer(self, use: Use, account: str, region: str) -> tuple[StackId, str] | None:
        """Who gives what `use` asks for, seen from a stack in `account` and `region`."""
        if use.kind == "export":
            return self.exports(account, region).get(use.name)
        wanted = (use.account or account, use.region or region, use.stack_name)
        for id_, given in sorted(self.given.items()):
            if (given.account, given.region, given.stack_name) == wanted:
                return id_, use.name
        return None

    def known(self) -> frozenset[tuple[StackId, str, str]]:
        """Every output of which something is known, its value or its type, with the export it is found by."""
        return frozenset(
            (id_, output, f"{node.text('Export', 'Name')} {_type(known)}")
            for id_, given in self.given.items()
            for output, node in given.outputs.items()
            if (known := self.given_as(id_, output)) is not None
        )


def _type(node: Node) -> str:
    return node.value.type if isinstance(node.value, Unknown) else "static"
