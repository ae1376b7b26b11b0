"""Nested stacks: resolved with the parameters their parent gives them, as part of the parent.

A template beside the parent's is resolved in turn, and its static outputs are known to the parent. A template
that lies elsewhere cannot be seen, so it cannot be judged: that is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from posixpath import dirname, normpath
from typing import Generic, TypeVar

from skafu.model.nesting import NESTING
from skafu.model.node import Node
from skafu.resolve.evaluate import resolve
from skafu.resolve.findings import finding
from skafu.resolve.scope import Scope

ARTIFACTS = "https://s3.amazonaws.com/skafu-artifacts/"
"""Stands for where a nested template will be uploaded to; its name there is the digest of what it resolves to."""

Made = TypeVar("Made")


@dataclass(slots=True)
class Nest(Generic[Made]):
    """The nested stacks of one template, each resolved when it is first asked for.

    Attributes:
        scope: the scope of the parent.
        library: path relative to the repository root -> template as written.
        make: (template, parameters, the resource that nests it) -> what it resolves to.
        chain: the files from the outermost template to this one.
        made: logical id -> what it resolves to, None where that cannot be seen.
    """

    scope: Scope
    library: Mapping[str, Node]
    make: Callable[[Node, Mapping[str, Node], Node], Made]
    chain: tuple[str, ...]
    made: dict[str, Made | None] = field(default_factory=dict)

    def get(self, logical_id: str) -> Made | None:
        """What the nested stack `logical_id` resolves to; None where it cannot be seen."""
        if logical_id not in self.made:
            self.made[logical_id] = None  # whoever asks again meanwhile stands in a circle
            self.made[logical_id] = self._resolved(logical_id)
        return self.made[logical_id]

    def _resolved(self, logical_id: str) -> Made | None:
        resource = self.scope.template.get("Resources", logical_id)
        key = NESTING.get(resource.text("Type")) if resource else None
        written = resource.get("Properties", key) if resource and key else None
        if resource is None or written is None:
            return None  # cfn-lint tells what is missing
        url = resolve(written, self.scope)
        file = url.value if url is not None else None
        if not isinstance(file, str) or "://" in file:
            shown = file if isinstance(file, str) else "known only at deployment, or elsewhere"
            message = f"the template of {logical_id} is {shown}, so it cannot be judged here"
            self._tell(message, written, logical_id)
            return None
        path = (
            normpath(f"{dirname(self.chain[-1])}/{file}").removeprefix("/")
            if dirname(self.chain[-1])
            else normpath(file)
        )
        source = self.library.get(path)
        if source is None:
            message = f"the template of {logical_id}, {file}, cannot be read here, so it cannot be judged"
            self._tell(message, written, logical_id)
            return None
        if path in self.chain:
            self._tell(f"{path} nests itself: {' nests '.join((*self.chain, path))}", written, logical_id)
            return None
        given = resource.get("Properties", "Parameters")
        inside = resolve(given, self.scope) if given is not None else None
        return self.make(source, inside.members if inside is not None else {}, resource)

    def _tell(self, message: str, written: Node, logical_id: str) -> None:
        path = ("Resources", logical_id)
        told = finding("template-nested", message, written.place, logical_id=logical_id, path=path)
        self.scope.findings.append(told)


def with_digests(template: Node, digests: Mapping[str, str]) -> Node:
    """The parent's template, each nested template named by the digest of what it resolves to."""
    resources = template.get("Resources")
    if resources is None or not digests:
        return template
    changed = dict(resources.members)
    for logical_id, digest in digests.items():
        resource = changed[logical_id]
        properties = resource.members["Properties"]
        key = NESTING[resource.text("Type")]
        url = replace(properties.members[key], value=f"{ARTIFACTS}{digest}")
        within = replace(properties, value={**properties.members, key: url})
        changed[logical_id] = replace(resource, value={**resource.members, "Properties": within})
    return replace(template, value={**template.members, "Resources": replace(resources, value=changed)})
