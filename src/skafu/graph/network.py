"""Needs as a graph of networkx. An edge goes from the stack that is needed to the stack that needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import networkx as nx

from skafu.model.estate import Reference, StackId
from skafu.model.finding import Finding, Severity
from skafu.model.order import Order


def ordered(needs: Mapping[StackId, tuple[Reference, ...]]) -> Order:
    """The order of the stacks with these needs, and what stands in its way."""
    graph = _graph(needs)
    cycles = sorted(
        sorted(component)
        for component in nx.strongly_connected_components(graph)
        if len(component) > 1 or any(graph.has_edge(one, one) for one in component)
    )
    stuck: dict[StackId, tuple[StackId, ...]] = {}
    for cycle in cycles:
        for member in cycle:
            for id_ in {member, *nx.descendants(graph, member)}:
                stuck.setdefault(id_, tuple(cycle))
    free = graph.subgraph([id_ for id_ in graph if id_ not in stuck])
    return Order(
        stacks=tuple(nx.lexicographical_topological_sort(free)),
        needs=needs,
        stuck=dict(sorted(stuck.items())),
        findings=tuple(_finding(cycle, graph, needs) for cycle in cycles),
    )


def reached(needs: Mapping[StackId, tuple[Reference, ...]], changed: Iterable[StackId]) -> set[StackId]:
    """Those of the changed stacks that are known, and all that directly or indirectly need one of them."""
    graph = _graph(needs)
    found: set[StackId] = set()
    for id_ in changed:
        if id_ in graph:
            found |= {id_, *nx.descendants(graph, id_)}
    return found


def _graph(needs: Mapping[StackId, tuple[Reference, ...]]) -> nx.DiGraph[StackId]:
    graph: nx.DiGraph[StackId] = nx.DiGraph()
    graph.add_nodes_from(needs)
    graph.add_edges_from((reference.target, id_) for id_, found in needs.items() for reference in found)
    return graph


def _finding(
    cycle: list[StackId], graph: nx.DiGraph[StackId], needs: Mapping[StackId, tuple[Reference, ...]]
) -> Finding:
    """The shortest way round, as a sentence that names every need and its line."""
    inside = graph.subgraph(cycle).reverse()
    first = cycle[0]
    if inside.has_edge(first, first):
        way = [first, first]
    else:
        ways = [nx.shortest_path(inside, following, first) for following in sorted(inside.successors(first))]
        way = [first, *min(ways, key=len)]
    steps = []
    for one, other in pairwise(way):
        reference = next(reference for reference in needs[one] if reference.target == other)
        steps.append((one, other, reference))
    told = ", ".join(f"{one} needs {other} ({reference.location})" for one, other, reference in steps)
    return Finding(
        rule="estate-cycle",
        tool="skafu",
        severity=Severity.CRITICAL,
        title="Stacks can be put into an order",
        message=f"stacks need one another in a circle: {told}",
        location=steps[0][2].location,
        stacks=tuple(cycle),
        help="Break the circle: move what both need into a stack of its own.",
    )
