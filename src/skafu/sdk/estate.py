"""What a validator of the estate is asked about: all stacks together, and what they were declared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from skafu.sdk.subjects import Account, Environment, Resource, Stack, Violation

READABLE = ("stacks", "policies", "validators")
"""The folders whose files a validator may read: only what stands there decides whether a run is remembered."""


@dataclass(frozen=True, slots=True)
class Estate:
    """Every stack, as it will really be deployed.

    Attributes:
        name: of the whole.
        accounts: all that are declared, sorted by name.
        environments: all that are declared, sorted by name.
        stacks: every stack, sorted by id. What is nested in a stack follows it, with the same id.
        complete: whether these are all. If not, a file could not be read or a template not be expanded, which is
            a finding of its own: draw no conclusion then from something not being there.
        root: the repository.
    """

    name: str
    accounts: tuple[Account, ...]
    environments: tuple[Environment, ...]
    stacks: tuple[Stack, ...]
    complete: bool = True
    root: Path = field(default=Path(), repr=False)

    def stack(self, id_: str) -> Stack | None:
        """The stack with that id, `environment/region/name`, or None."""
        return next((one for one in self.stacks if one.id == id_), None)

    def of(self, name: str) -> list[Stack]:
        """The stacks of a definition, one for each environment and region it goes to."""
        return [one for one in self.stacks if one.name == name]

    def within(self, environment: str) -> list[Stack]:
        """The stacks of an environment."""
        return [one for one in self.stacks if one.environment.name == environment]

    def resources(self, *patterns: str) -> list[Resource]:
        """The resources of all stacks whose type matches one of the patterns; see `Stack.resources`."""
        return [resource for stack in self.stacks for resource in stack.resources(*patterns)]

    def text(self, file: str) -> str | None:
        """The text of a file of the repository, or None if there is none.

        Args:
            file: relative to the root, within `stacks/`, `policies/` or `validators/`.

        Raises:
            ValueError: it lies elsewhere, where a change would go unnoticed, or is not UTF-8.
        """
        path = (self.root / file).resolve()
        if not any(path.is_relative_to((self.root / folder).resolve()) for folder in READABLE):
            raise ValueError(f"{file} lies outside of {', '.join(READABLE)}")
        if path.name.endswith((".pyc", ".DS_Store")):
            raise ValueError(f"{file} is what a tool left behind")
        return path.read_text("utf-8") if path.is_file() else None

    def violation(self, message: str, *, file: str, line: int = 1, fix: str = "") -> Violation:
        """Something wrong with a file that is no declaration, or with the whole; it is about every stack."""
        return Violation(message, fix, file=file, line=line)
