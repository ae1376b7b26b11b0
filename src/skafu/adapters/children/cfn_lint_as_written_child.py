"""cfn-lint's own command line, but for its output: files judged as written, in the folder of the caller."""

from __future__ import annotations

import functools
import gc
import glob
from importlib.metadata import version
from typing import Any

import cfnlint.runner.template.runner as reading
from apart import apart  # type: ignore[import-not-found]  # a neighbour, found because this is a script
from cfnlint.config import ConfigMixIn
from cfnlint.rules.errors import ParseError, RuleError
from cfnlint.runner import Runner
from cfnlint.template import Template
from serve import serve  # type: ignore[import-not-found]  # the same


def main() -> None:
    """Load the rules with the first question, then judge each file in a fork."""

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        prepared()
        answered: dict[str, Any] = apart(judged, request["file"])
        return answered

    serve({"versions": {"cfn-lint": version("cfn-lint")}}, answer)


@functools.cache
def prepared() -> Runner:
    """A runner with every rule that the configuration of this folder names."""
    runner = Runner(configured(__file__))
    gc.freeze()  # what is loaded now is shared with the forks, not copied by their first collection
    return runner


def configured(file: str) -> ConfigMixIn:
    """What `cfn-lint FILE` would be configured with: .cfnlintrc here and at home, and the environment."""
    return ConfigMixIn(["--", glob.escape(file)])


def judged(file: str) -> dict[str, Any]:
    """Everything that `cfn-lint FILE` prints, and why it may not be everything there is."""
    runner = prepared()
    runner.config = configured(file)
    if not runner.config.templates:
        return {"said": [], "undone": [], "passed_over": ".cfnlintrc lists it under ignore_templates"}
    unread = watched_reading()
    matches = list(runner.run())
    undone = [match.message for match in matches if match.rule.id == RuleError().id]
    printed = {match.rule.id for match in matches}
    # A parse error that is printed is a finding with a line; one that is switched off must not pass.
    undone += [
        match.message for match in unread if match.rule.id != ParseError().id or match.rule.id not in printed
    ]
    return {"said": [statement(match) for match in matches], "undone": undone, "passed_over": ""}


def watched_reading() -> list[Any]:
    """The errors, from now on, that keep cfn-lint from applying its rules; also those that are switched off."""
    found: list[Any] = []
    decode, transform = reading.decode, Template.transform

    def watched_decode(filename: str) -> Any:
        template, matches = decode(filename)
        found.extend(matches)
        return template, matches

    def watched_transform(template: Template) -> Any:
        matches = transform(template)
        found.extend(matches)
        return matches

    reading.decode = watched_decode
    Template.transform = watched_transform
    return found


def statement(match: Any) -> dict[str, Any]:
    """A match in plain values, at its own line and column."""
    return {
        "rule": match.rule.id,
        "title": match.rule.shortdesc,
        "help": match.rule.source_url,
        "message": match.message,
        "file": str(match.filename),
        "line": match.linenumber,
        "column": match.columnnumber,
        "path": [part if isinstance(part, int) else str(part) for part in getattr(match, "path", None) or ()],
    }


if __name__ == "__main__":
    main()
