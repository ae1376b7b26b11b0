"""The process in which the team's own code runs: what it does to this process, it does not do to skafu.

Started in the root of the repository by `skafu.validate.pages`. It is asked, one line of JSON each:

    {"do": "read", "file": F}          -> {"policy": {...}} or {"problem": "file:line: reason"}
    {"do": "stack", "stack": {...}}    -> {}; the stack that the next checks of policies are about
    {"do": "plan", "plan": {...}}      -> {}; the plan that the next checks of policies about plans are about
    {"do": "estate", "estate": {...}}  -> {}; the estate that the next checks of validators are about
    {"do": "check", "file": F}         -> {"violations": [...], "unanswered": [...], "failures": [...]}
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from skafu.adapters.children.serve import serve
from skafu.sdk.declare import PlanPolicy, Policy, Rule, StackPolicy, Validator
from skafu.sdk.running import run, run_plan, run_validator
from skafu.validate.pages import PLANS
from skafu.validate.plan_wire import decode_plan
from skafu.validate.policy_files import PolicyFile, PolicyFileError, read_policy
from skafu.validate.policy_wire import decode, decode_estate


class _Desk:
    """What the child remembers between two questions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: dict[str, PolicyFile] = {}
        self.stack = ""
        self.plan = ""
        self.estate = ""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "stack":
            self.stack = json.dumps(request["stack"])
            return {}
        if request["do"] == "plan":
            self.plan = json.dumps(request["plan"])
            return {}
        if request["do"] == "estate":
            self.estate = json.dumps(request["estate"])
            return {}
        try:
            found = self._policy(request["file"])
        except PolicyFileError as error:
            return {"problem": str(error)}
        if request["do"] == "read":
            return {"policy": _described(found)}
        # Decoded anew each time: none sees what another did to it.
        if isinstance(found.policy, Validator):
            return asdict(run_validator(found.policy, decode_estate(json.loads(self.estate), self.root)))
        if isinstance(found.policy, PlanPolicy):
            return asdict(run_plan(found.policy, decode_plan(json.loads(self.plan))))
        return asdict(run(found.policy, decode(json.loads(self.stack))))

    def _policy(self, file: str) -> PolicyFile:
        if file not in self.read:
            self.read[file] = read_policy(self.root, file)
        return self.read[file]


ABOUT: dict[type[Rule], str] = {
    Policy: "resources",
    StackPolicy: "stacks",
    PlanPolicy: PLANS,
    Validator: "estate",
}
"""What each kind is asked about, in the words of `skafu policy list`."""


def _described(found: PolicyFile) -> dict[str, Any]:
    rule = found.policy
    return {
        "id": found.id,
        "title": found.title,
        "severity": rule.severity.value,
        "about": ABOUT[type(rule)],
        "resources": list(rule.resources) if isinstance(rule, Policy | PlanPolicy) else [],
        "controls": list(rule.controls),
        "file": found.file,
        "line": found.line,
        "docstring": found.docstring,
    }


if __name__ == "__main__":
    serve({"ready": "policies"}, _Desk(Path.cwd()).answer)
