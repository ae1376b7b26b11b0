"""The process in which policies and validators meet their cases: what they do to it, they do not do to skafu.

Started in the root of the repository by `skafu.validate.trials`. It is asked, one line of JSON each:

    {"do": "read", "file": F}                  -> {"cases": [{"name", "line"}...], "lacking": [...]},
                                                  {"problem": "file:line: reason"} for the code,
                                                  {"unreadable": "file:line: reason"} for its cases
    {"do": "differences", "file": F, "case": N} -> {"differences": [...]}
    {"do": "bites", "file": F, "case": N}       -> what `skafu.sdk.mutation.Bites` holds
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skafu.adapters.children.serve import serve
from skafu.sdk.case_text import CasesError
from skafu.sdk.cases import Case, differences, lacking, read_cases
from skafu.sdk.comparing import Difference
from skafu.sdk.declare import Policy, StackPolicy, Validator
from skafu.sdk.estate_cases import EstateCase, estate_differences, estate_lacking, read_estate_cases
from skafu.sdk.estate_mutation import estate_bites
from skafu.sdk.mutation import Bites, bites
from skafu.validate.policy_files import PolicyFileError, read_policy

CASES = ".cases.yaml"
"""How the name of a cases file ends, in place of the `.py` of the policy or validator."""


@dataclass(frozen=True, slots=True)
class _Policy:
    """A policy and its cases."""

    policy: Policy | StackPolicy
    cases: Sequence[Case]

    def lacking(self) -> list[str]:
        return lacking(self.policy, self.cases)

    def differences(self, number: int) -> list[Difference]:
        return differences(self.policy, self.cases[number])

    def bites(self, number: int) -> Bites:
        return bites(self.policy, self.cases[number], self.cases)


@dataclass(frozen=True, slots=True)
class _Validator:
    """A validator and its cases."""

    validator: Validator
    cases: Sequence[EstateCase]

    def lacking(self) -> list[str]:
        return estate_lacking(self.cases)

    def differences(self, number: int) -> list[Difference]:
        return estate_differences(self.validator, self.cases[number])

    def bites(self, number: int) -> Bites:
        return estate_bites(self.validator, self.cases[number], self.cases)


class _Desk:
    """What the child remembers between two questions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: dict[str, _Policy | _Validator] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        file = str(request["file"])
        if file not in self.read:
            try:
                self.read[file] = self._tried(file)
            except PolicyFileError as error:
                return {"problem": str(error)}
            except CasesError as error:
                return {"unreadable": f"{cases_file(file)}:{error.line}: {error}"}
        tried = self.read[file]
        if request["do"] == "read":
            told = [{"name": case.name, "line": case.line} for case in tried.cases]
            return {"cases": told, "lacking": tried.lacking()}
        if request["do"] == "differences":
            return {"differences": [asdict(one) for one in tried.differences(request["case"])]}
        return asdict(tried.bites(request["case"]))

    def _tried(self, file: str) -> _Policy | _Validator:
        found = read_policy(self.root, file).policy
        path = self.root / cases_file(file)
        try:
            text = path.read_text("utf-8") if path.exists() else None
        except (OSError, UnicodeDecodeError) as error:
            raise CasesError(1, f"it cannot be read: {error}") from error
        if isinstance(found, Validator):
            return _Validator(found, [] if text is None else read_estate_cases(text))
        return _Policy(found, [] if text is None else read_cases(text))


def cases_file(file: str) -> str:
    """Where the cases of a policy or validator stand: beside it."""
    return file.removesuffix(".py") + CASES


if __name__ == "__main__":
    serve({"ready": "cases"}, _Desk(Path.cwd()).answer)
