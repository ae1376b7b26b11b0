"""The process in which policies and validators meet their cases: what they do to it, they do not do to skafu.

Started in the root of the repository by `skafu.validate.trials`. It is asked, one line of JSON each:

    {"do": "read", "file": F}                  -> {"cases": [{"name", "line"}...], "lacking": [...]},
                                                  {"problem": "file:line: reason"} for the code,
                                                  {"unreadable": "file:line: reason"} for its cases
    {"do": "differences", "file": F, "case": N} -> {"differences": [...]}
    {"do": "bites", "file": F, "case": N}       -> what `skafu.sdk.mutation.Bites` holds
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from skafu.adapters.children.serve import serve
from skafu.sdk.case_text import CasesError
from skafu.sdk.tried import Tried, tried
from skafu.validate.policy_files import PolicyFileError, read_policy

CASES = ".cases.yaml"
"""How the name of a cases file ends, in place of the `.py` of the policy or validator."""


class _Desk:
    """What the child remembers between two questions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: dict[str, Tried] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        file = str(request["file"])
        if file not in self.read:
            try:
                self.read[file] = self._tried(file)
            except PolicyFileError as error:
                return {"problem": str(error)}
            except CasesError as error:
                return {"unreadable": f"{cases_file(file)}:{error.line}: {error}"}
        rule = self.read[file]
        if request["do"] == "read":
            told = [{"name": case.name, "line": case.line} for case in rule.cases]
            return {"cases": told, "lacking": rule.lacking()}
        if request["do"] == "differences":
            return {"differences": [asdict(one) for one in rule.differences(request["case"])]}
        return asdict(rule.bites(request["case"]))

    def _tried(self, file: str) -> Tried:
        found = read_policy(self.root, file).policy
        path = self.root / cases_file(file)
        try:
            text = path.read_text("utf-8") if path.exists() else None
        except (OSError, UnicodeDecodeError) as error:
            raise CasesError(1, f"it cannot be read: {error}") from error
        return tried(found, text)


def cases_file(file: str) -> str:
    """Where the cases of a policy or validator stand: beside it."""
    return file.removesuffix(".py") + CASES


if __name__ == "__main__":
    serve({"ready": "cases"}, _Desk(Path.cwd()).answer)
