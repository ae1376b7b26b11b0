"""cfn-lint, loaded once, answering for one template after the other."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, TypeAlias

import cfnlint.decode.node as nodes
from cfn_lint_source_rules import FOR_SERVERLESS, FOR_SOURCES, source_rules  # type: ignore[import-not-found]  # a neighbour of this script
from cfnlint.config import ConfigMixIn
from cfnlint.decode.mark import Mark
from cfnlint.helpers import REGIONS
from cfnlint.rules.errors import RuleError
from cfnlint.runner import Runner
from cfnlint.runner.template.runner import _run_template as run_template
from serve import serve  # type: ignore[import-not-found]  # the same

Path: TypeAlias = tuple[str | int, ...]


def main() -> None:
    """Load the rules, then lint what comes."""
    rules = Runner(ConfigMixIn([], regions=["us-east-1"])).rules
    for_sources = source_rules(rules, FOR_SOURCES)
    for_serverless = source_rules(rules, FOR_SERVERLESS)
    configs: dict[str, ConfigMixIn] = {}

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        region = request["region"]
        if region not in REGIONS:
            raise ValueError(f"cfn-lint {version('cfn-lint')} knows no region {region}")
        if region not in configs:
            configs[region] = ConfigMixIn([], regions=[region])
        places: list[Path] = []
        template = _marked(request["template"], (), places)
        written = for_serverless if "Transform" in request["template"] else for_sources
        asked = rules if request["question"] == "effective" else written
        matches = list(run_template(None, template, configs[region], asked))
        failed = RuleError().id
        return {
            "matches": [_match(match, places) for match in matches if match.rule.id != failed],
            "failures": [match.message for match in matches if match.rule.id == failed],
        }

    serve({"versions": {"cfn-lint": version("cfn-lint")}}, answer)


def _match(match: Any, places: Sequence[Path]) -> dict[str, Any]:
    path = tuple(part if isinstance(part, int) else str(part) for part in getattr(match, "path", ()))
    # cfn-lint unrolls Fn::ForEach for itself; then only the line tells where somebody wrote it.
    unrolled = path[:2] not in places and 0 < match.linenumber <= len(places)
    return {
        "rule": match.rule.id,
        "title": match.rule.shortdesc,
        "help": match.rule.source_url,
        "message": match.message,
        "path": places[match.linenumber - 1] if unrolled else path,
    }


def _marked(value: Any, path: Path, places: list[Path]) -> Any:
    """The tree in cfn-lint's own nodes, each at a line of its own, whose path is put into `places`.

    cfn-lint takes two findings with the same words at the same line for one; were all values at line 1, the
    second bucket with a misspelt property would go unnoticed.
    """
    mark = Mark(len(places), 0)
    places.append(path)
    if isinstance(value, dict):
        members = {
            _marked(key, (*path, key), places): _marked(member, (*path, key), places)
            for key, member in value.items()
        }
        return nodes.dict_node(members, mark, mark)
    if isinstance(value, list):
        items = [_marked(item, (*path, index), places) for index, item in enumerate(value)]
        return nodes.list_node(items, mark, mark)
    return nodes.str_node(value, mark, mark) if isinstance(value, str) else value


if __name__ == "__main__":
    main()
