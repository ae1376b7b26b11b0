"""What frameworks ask for, and what of it is prevented, detected, left to people or not covered."""

from __future__ import annotations

from dataclasses import dataclass

from skafu.model.node import Node


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement of a framework. Supporting it is not fulfilling it.

    Attributes:
        framework: id of the framework, e.g. `soc2`.
        id: as the framework numbers it, e.g. `CC6.1`.
        title: what it asks for, in the team's own words.
        policies: ids of the policies that keep a violation from being deployed.
        validators: ids of the team's own validators that do.
        checkov: ids of Checkov's checks that do.
        cfn_lint: ids of cfn-lint's rules that do.
        prevented_by: types of deployed resources that do, e.g. `AWS::Organizations::Policy`.
        config_rules: AWS Config's managed rules that tell afterwards, by their source identifiers.
        detected_by: types of deployed resources that tell afterwards, e.g. `AWS::GuardDuty::Detector`.
        manual: what people do, and which evidence they leave; empty when nothing is left to them.
        not_covered: what nobody and nothing does, and why; empty when all is covered.
        node: where it is registered.
    """

    framework: str
    id: str
    title: str
    policies: tuple[str, ...]
    validators: tuple[str, ...]
    checkov: tuple[str, ...]
    cfn_lint: tuple[str, ...]
    prevented_by: tuple[str, ...]
    config_rules: tuple[str, ...]
    detected_by: tuple[str, ...]
    manual: str
    not_covered: str
    node: Node

    @property
    def name(self) -> str:
        """As policies and findings name it: `framework:id`."""
        return f"{self.framework}:{self.id}"

    @property
    def coverage(self) -> tuple[str, ...]:
        """How it is covered, of `preventive`, `detective`, `manual` and `not covered`; never empty."""
        prevented = (self.policies, self.validators, self.checkov, self.cfn_lint, self.prevented_by)
        said = {
            "preventive": any(prevented),
            "detective": bool(self.config_rules or self.detected_by),
            "manual": bool(self.manual),
            "not covered": bool(self.not_covered),
        }
        return tuple(kind for kind, holds in said.items() if holds)


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework and those of its controls that were registered.

    Attributes:
        id: the name of its file in `policies/controls/`.
        title: what people call it.
        version: which edition of it.
        source: where it is published.
        controls: in the order of the file.
    """

    id: str
    title: str
    version: str
    source: str
    controls: tuple[Control, ...]
