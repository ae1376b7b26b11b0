"""`skafu policy list --framework`: what supports each control of a framework."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skafu.load.claims import check_claims
from skafu.load.controls import load_controls
from skafu.load.reader import Reader
from skafu.model.control import Control, Framework
from skafu.model.errors import InputError
from skafu.model.nearest import nearest

KINDS = ("preventive", "detective", "manual", "not covered")


def registered(root: Path) -> dict[str, Framework]:
    """The registers of a repository, held against what its policies and validators claim.

    Raises:
        InputError: something in them cannot be used. The message names every such file and line.
    """
    reader = Reader(root)
    frameworks = load_controls(reader)
    check_claims(reader, frameworks)
    if reader.problems:
        told = sorted({f"{one.location}: {one.message}" for one in reader.problems})
        raise InputError("the controls cannot be used:\n  " + "\n  ".join(told))
    return frameworks


def framework_of(root: Path, name: str) -> Framework:
    """The register of one framework.

    Raises:
        InputError: there is none of that name, or something in one of them cannot be used.
    """
    frameworks = registered(root)
    if name not in frameworks:
        raise InputError(f'policies/controls/ has no framework "{name}".', hint=nearest(name, frameworks))
    return frameworks[name]


def show(framework: Framework, format_: str) -> None:
    """Print its controls, as a table or as JSON."""
    if format_ == "json":
        click.echo(json.dumps([_row(one) for one in framework.controls], indent=2, ensure_ascii=False))
        return
    console = Console()
    console.print(Text(f"{framework.title}, {framework.version}", style="bold"))
    console.print(_table(framework))
    console.print(Text(summary(framework)))


def summary(framework: Framework) -> str:
    """How many controls are covered in which way; one may be covered in several."""
    counts = Counter(kind for control in framework.controls for kind in control.coverage)
    alone = sum(control.coverage == ("not covered",) for control in framework.controls)
    told = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if kind != "not covered")
    partly = counts["not covered"] - alone
    return f"{len(framework.controls)} controls: {told}, {alone} not covered, {partly} covered in part"


def support(control: Control) -> list[tuple[str, str]]:
    """What supports it, by kind, as people read it; what is manual or not covered is last."""
    listed = (
        ("policies", control.policies),
        ("validators", control.validators),
        ("Checkov", control.checkov),
        ("cfn-lint", control.cfn_lint),
        ("resources that prevent", control.prevented_by),
        ("AWS Config", control.config_rules),
        ("resources that tell", control.detected_by),
    )
    said = [(kind, ", ".join(ids)) for kind, ids in listed if ids]
    texts = (("manual", control.manual), ("not covered", control.not_covered))
    return said + [(kind, text) for kind, text in texts if text]


def _table(framework: Framework) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("control", "what it asks for", "covered", "by what"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "control")
    for control in framework.controls:
        by_what = "\n".join(f"{kind}: {what}" for kind, what in support(control))
        table.add_row(control.id, Text(control.title), "\n".join(control.coverage), Text(by_what))
    return table


def _row(control: Control) -> dict[str, Any]:
    at = control.node.place
    return {
        "control": control.name,
        "title": control.title,
        "coverage": list(control.coverage),
        "preventive": {
            "policies": list(control.policies),
            "validators": list(control.validators),
            "checkov": list(control.checkov),
            "cfn_lint": list(control.cfn_lint),
            "resources": list(control.prevented_by),
        },
        "detective": {"config_rules": list(control.config_rules), "resources": list(control.detected_by)},
        "manual": control.manual,
        "not_covered": control.not_covered,
        "file": at.file,
        "line": at.line,
    }
