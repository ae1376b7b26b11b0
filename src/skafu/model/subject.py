"""What deciding and recording need to know of a stack: not the template, only which one it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from skafu.model.estate import StackId


class Named(Protocol):
    """Anything with a name: a definition, an account."""

    @property
    def name(self) -> str:
        """What people call it."""


class Subject(Protocol):
    """A stack as the gate and the record see it. A `Stack` is one."""

    @property
    def id(self) -> StackId:
        """`environment/region/name`."""

    @property
    def definition(self) -> Named:
        """The definition it came from."""

    @property
    def account(self) -> Named:
        """Where it goes."""

    @property
    def digest(self) -> str:
        """SHA-256 over everything that decides what stands in the account."""

    @property
    def parts(self) -> Mapping[str, str]:
        """What the digest is made of; part -> SHA-256."""

    @property
    def obstacle(self) -> str:
        """Why no judge can look at it; empty if they can."""


@dataclass(frozen=True, slots=True)
class Name:
    """The name of something that is not at hand."""

    name: str


@dataclass(frozen=True, slots=True)
class KnownStack:
    """A stack that was resolved and judged before, exactly as it is now. Attributes as in `Subject`."""

    id: StackId
    definition: Name
    account: Name
    digest: str
    obstacle: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
