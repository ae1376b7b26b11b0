"""What stands, compared with what was deployed: what a person, a pull request or a program is shown."""

from __future__ import annotations

from dataclasses import dataclass

from skafu.model.estate import StackId
from skafu.model.place import Location


@dataclass(frozen=True, slots=True)
class PropertyDrift:
    """One property that is not what the template says.

    Attributes:
        path: as `Properties.Tags[0].Value`.
        expected: what the template says, as CloudFormation states it.
        actual: what is.
        location: where a person edits it; None where the template does not have the resource any more.
    """

    path: str
    expected: str
    actual: str
    location: Location | None


@dataclass(frozen=True, slots=True)
class ResourceDrift:
    """One resource that is not what its template says.

    Attributes:
        logical_id: its name; of one in a nested stack `Nested.Resource`.
        type: its type.
        physical_id: what stands.
        status: `MODIFIED` or `DELETED`.
        location: where a person edits it.
        differences: by path.
    """

    logical_id: str
    type: str
    physical_id: str
    status: str
    location: Location
    differences: tuple[PropertyDrift, ...] = ()


@dataclass(frozen=True, slots=True)
class StackDrift:
    """What was found about one stack.

    Attributes:
        stack: which.
        state: `compared`; `failed` where that could not be done; `left` where nothing stands and nothing was deployed.
        drifted: the resources that differ.
        apart: what CloudFormation holds and the record of the last deployment does not say, as sentences.
        checked: how many resources were compared.
        unchecked: logical ids of those whose type CloudFormation cannot compare.
        reason: why it could not be compared, or was left.
        hint: what to do about it.
    """

    stack: StackId
    state: str
    drifted: tuple[ResourceDrift, ...] = ()
    apart: tuple[str, ...] = ()
    checked: int = 0
    unchecked: tuple[str, ...] = ()
    reason: str = ""
    hint: str = ""

    @property
    def same(self) -> bool:
        """Whether it was compared, and nothing differs."""
        return self.state == "compared" and not self.drifted and not self.apart
