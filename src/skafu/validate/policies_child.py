"""The process in which policies run: what they do to it, they do not do to skafu.

Started in the root of the repository by `skafu.validate.policies`. It is asked, one line of JSON each:

    {"do": "read", "file": F}        -> {"policy": {...}} or {"problem": "file:line: reason"}
    {"do": "stack", "stack": {...}}  -> {}; the stack that the next checks are about
    {"do": "check", "file": F}       -> {"violations": [...], "unanswered": [...], "failures": [...]}
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from skafu.adapters.children.serve import serve
from skafu.sdk.declare import Policy
from skafu.sdk.running import run
from skafu.validate.policy_files import PolicyFile, PolicyFileError, read_policy
from skafu.validate.policy_wire import decode


class _Desk:
    """What the child remembers between two questions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: dict[str, PolicyFile] = {}
        self.stack = ""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "stack":
            self.stack = json.dumps(request["stack"])
            return {}
        try:
            found = self._policy(request["file"])
        except PolicyFileError as error:
            return {"problem": str(error)}
        if request["do"] == "read":
            return {"policy": _described(found)}
        # Decoded anew for every policy: none sees what another did to the stack.
        return asdict(run(found.policy, decode(json.loads(self.stack))))

    def _policy(self, file: str) -> PolicyFile:
        if file not in self.read:
            self.read[file] = read_policy(self.root, file)
        return self.read[file]


def _described(found: PolicyFile) -> dict[str, Any]:
    return {
        "id": found.id,
        "title": found.title,
        "severity": found.policy.severity.value,
        "resources": list(found.policy.resources) if isinstance(found.policy, Policy) else [],
        "controls": list(found.policy.controls),
        "file": found.file,
        "line": found.line,
        "docstring": found.docstring,
    }


if __name__ == "__main__":
    serve({"ready": "policies"}, _Desk(Path.cwd()).answer)
