"""Everything a repository declares, read and checked, before anything is resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skafu.model.control import Framework
from skafu.model.estate import Account, Definition, Environment, Seat
from skafu.model.finding import Finding
from skafu.model.node import Node
from skafu.model.verdict import Thresholds, Waiver


@dataclass(frozen=True, slots=True)
class Declarations:
    """What was read from a repository, and what was wrong with the rest of it.

    Attributes:
        estate: name of the whole.
        accounts: by name.
        session_policy: what sessions may do at most, as JSON; empty for all that the deployer role may.
        deployment: how deployments reach the accounts, as declared; None where nothing is said about it.
        environments: by name.
        definitions: by name; those that could not be read are in `problems` instead.
        templates: path relative to the repository root -> the template as written.
        artifacts: local code that a template names, as (template, path as written) -> SHA-256 of its
            content, in hexadecimal.
        seats: the validators, in order of their names.
        thresholds: from which severity on a finding blocks.
        waivers: the registered exceptions.
        frameworks: the registers of controls, by id.
        inline_skips: one finding for each suppression inside of a template; the gate decides which are registered.
        problems: one finding for each thing that could not be read as what it should be.
    """

    estate: str
    accounts: Mapping[str, Account]
    deployment: Node | None
    session_policy: str
    environments: Mapping[str, Environment]
    definitions: Mapping[str, Definition]
    templates: Mapping[str, Node]
    artifacts: Mapping[tuple[str, str], str]
    seats: tuple[Seat, ...]
    thresholds: Thresholds
    waivers: tuple[Waiver, ...]
    frameworks: Mapping[str, Framework]
    inline_skips: tuple[Finding, ...]
    problems: tuple[Finding, ...]
