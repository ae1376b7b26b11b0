"""The order of an estate as text, Mermaid, DOT or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping

from skafu.model.estate import Reference, StackId
from skafu.model.order import Order


def text(found: Order, wanted: Collection[StackId]) -> str:
    """One line for each stack, dependencies first, each with what it needs."""
    lines = []
    for number, id_ in enumerate((id_ for id_ in found.stacks if id_ in wanted), start=1):
        needs = _needs(found, id_)
        lines.append(f"{number:4}  {id_}" + (f"  needs {', '.join(needs)}" if needs else ""))
    lines += [
        f"   -  {id_}  can never be deployed: it needs a circle of {', '.join(map(str, cycle))}"
        for id_, cycle in found.stuck.items()
        if id_ in wanted
    ]
    return "".join(f"{line}\n" for line in lines)


def mermaid(found: Order, wanted: Collection[StackId]) -> str:
    """A Mermaid flowchart, one subgraph for each environment; arrows go to the stack that needs."""
    shown = [id_ for id_ in (*found.stacks, *found.stuck) if id_ in wanted]
    names = {id_: f"s{number}" for number, id_ in enumerate(shown)}
    lines = ["flowchart LR"]
    for environment in sorted({id_.environment for id_ in shown}):
        lines.append(f"  subgraph {environment}")
        lines += [
            f'    {names[id_]}["{id_.name}<br/>{id_.region}"]'
            for id_ in shown
            if id_.environment == environment
        ]
        lines.append("  end")
    lines += [f"  {names[one]} --> {names[other]}" for one, other in _edges(found, shown)]
    return "".join(f"{line}\n" for line in lines)


def dot(found: Order, wanted: Collection[StackId]) -> str:
    """A Graphviz digraph; arrows go to the stack that needs."""
    shown = [id_ for id_ in (*found.stacks, *found.stuck) if id_ in wanted]
    lines = ["digraph estate {", "  rankdir=LR;", *(f'  "{id_}";' for id_ in shown)]
    lines += [f'  "{one}" -> "{other}";' for one, other in _edges(found, shown)]
    return "".join(f"{line}\n" for line in [*lines, "}"])


def as_json(found: Order, wanted: Collection[StackId]) -> str:
    """Every stack in order with its needs, and what is stuck in a circle."""
    stacks = [
        {"id": str(id_), "needs": [_reference(one) for one in found.needs[id_] if one.target in wanted]}
        for id_ in found.stacks
        if id_ in wanted
    ]
    stuck = {str(id_): [str(one) for one in cycle] for id_, cycle in found.stuck.items() if id_ in wanted}
    return f"{json.dumps({'order': stacks, 'stuck': stuck}, indent=2, ensure_ascii=False)}\n"


def _reference(one: Reference) -> dict[str, str]:
    return {"stack": str(one.target), "kind": one.kind, "what": one.what, "at": str(one.location)}


def _needs(found: Order, id_: StackId) -> list[str]:
    here = (id_.environment, id_.region)
    targets = sorted({reference.target for reference in found.needs[id_]})
    return [one.name if (one.environment, one.region) == here else str(one) for one in targets]


def _edges(found: Order, shown: Collection[StackId]) -> list[tuple[StackId, StackId]]:
    edges = {
        (reference.target, id_)
        for id_ in shown
        for reference in found.needs[id_]
        if reference.target in shown
    }
    return sorted(edges)


FORMATS: Mapping[str, Callable[[Order, Collection[StackId]], str]] = {
    "text": text,
    "mermaid": mermaid,
    "dot": dot,
    "json": as_json,
}
"""Name, as typed after `--format` -> the function that writes it."""
