"""cfn-lint, loaded once, answering for one template after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import cfnlint.decode.node as nodes
from cfnlint.config import ConfigMixIn
from cfnlint.decode.mark import Mark
from cfnlint.helpers import REGIONS
from cfnlint.rules import Rules
from cfnlint.rules.errors import RuleError
from cfnlint.runner import Runner
from cfnlint.runner.template.runner import _run_template as run_template
from serve import serve  # type: ignore[import-not-found]  # a neighbour, found because this is a script

FOR_SOURCES = "0278"
"""First digits of the rules about parameters, mappings, conditions and the template itself: what only the source
shows. All others judge what will stand, and take ten times as long."""


def main() -> None:
    """Load the rules, then lint what comes."""
    rules = Runner(ConfigMixIn([], regions=["us-east-1"])).rules
    for_sources = Rules()
    for name, rule in rules.items():
        if name[1:2] in FOR_SOURCES:
            for_sources[name] = rule
    configs: dict[str, ConfigMixIn] = {}

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        region = request["region"]
        if region not in REGIONS:
            raise ValueError(f"cfn-lint {version('cfn-lint')} knows no region {region}")
        if region not in configs:
            configs[region] = ConfigMixIn([], regions=[region])
        template = _marked(request["template"], itertools.count())
        asked = rules if request["question"] == "effective" else for_sources
        matches = list(run_template(None, template, configs[region], asked))
        failed = RuleError().id
        return {
            "matches": [_match(match) for match in matches if match.rule.id != failed],
            "failures": [match.message for match in matches if match.rule.id == failed],
        }

    serve({"versions": {"cfn-lint": version("cfn-lint")}}, answer)


def _match(match: Any) -> dict[str, Any]:
    return {
        "rule": match.rule.id,
        "title": match.rule.shortdesc,
        "help": match.rule.source_url,
        "message": match.message,
        "path": [part if isinstance(part, int) else str(part) for part in getattr(match, "path", ())],
    }


def _marked(value: Any, places: Iterator[int]) -> Any:
    """The tree in cfn-lint's own nodes, each at a line of its own.

    cfn-lint takes two findings with the same words at the same line for one; were all values at line 1, the
    second bucket with a misspelt property would go unnoticed.
    """
    mark = Mark(next(places), 0)
    if isinstance(value, dict):
        members = {_marked(key, places): _marked(member, places) for key, member in value.items()}
        return nodes.dict_node(members, mark, mark)
    if isinstance(value, list):
        return nodes.list_node([_marked(item, places) for item in value], mark, mark)
    return nodes.str_node(value, mark, mark) if isinstance(value, str) else value


if __name__ == "__main__":
    main()
