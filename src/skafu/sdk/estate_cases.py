"""The cases beside a validator: small estates, and what the validator must say about each.

A case is written in `validators/<name>.cases.yaml` as an item of a list:

    - name: a foundation that needs an application
      stacks:
        production/us-east-1/keys:
          layer: foundation
          needs: [output production/us-east-1/api Url]
        production/us-east-1/api: {layer: applications}
      expect:
        - {stack: production/us-east-1/keys, message: a layer above it}

What is left out has a default: an environment that only a stack names has no settings, and its account has its
name and an id of its own. `expect` lists every violation with the stack, environment, account or file that it is
about, is `[]`, or is `not_evaluated`; a `file`, which may stand beside a stack, has `at: line 3` where that is not
the first. Values that are known late are written as in the cases of a policy; see `skafu.sdk.case_values`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skafu.sdk.case_text import CasesError, Written
from skafu.sdk.case_values import copied, with_unknowns
from skafu.sdk.comparing import (
    Difference,
    Expected,
    compared,
    place_inside,
    read_each,
    read_expected,
)
from skafu.sdk.declare import Validator
from skafu.sdk.estate import Estate
from skafu.sdk.estate_shape import ABOUT, EXPECTED_KEYS, checked
from skafu.sdk.running import run_validator
from skafu.sdk.subjects import Account, Environment, Need, Stack, Violation


@dataclass(frozen=True, slots=True, eq=False)
class EstateCase:
    """An estate and what the validator must say about it.

    Attributes:
        name: one line for people.
        expect: parts of the message and the place of each violation, or None for "not evaluated".
        line: where it stands in its file, 1-based.
        expect_lines: where each expected violation stands there.
        written: what the estate is made of: the case as written.
    """

    name: str
    expect: tuple[Expected, ...] | None
    line: int = 1
    expect_lines: tuple[int, ...] = ()
    written: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class WrittenEstate(Estate):
    """The estate of a case, whose files are texts.

    Attributes:
        files: path -> text.
    """

    files: Mapping[str, str] = field(default_factory=dict, repr=False)

    def text(self, file: str) -> str | None:
        """The text of a file of the case, or None if it has none; refused as in an estate that is deployed."""
        Estate.text(self, file)
        return self.files.get(posixpath.normpath(file))


def read_estate_cases(text: str) -> list[EstateCase]:
    """The cases in the text of a validator's cases file.

    Raises:
        CasesError: it is not a list of cases; the message says which one is wrong, and how.
    """
    return read_each(text, _case)


def estate_differences(validator: Validator, case: EstateCase) -> list[Difference]:
    """What the validator says otherwise than the case expects; empty when it is right."""
    estate = estate_of(case.written)

    def place(violation: Violation) -> str:
        stack = "" if violation.stack is None else estate.stacks[violation.stack].id
        about = (stack, violation.environment, violation.account, violation.file)
        line = f"line {violation.line}" if violation.file and violation.line > 1 else ""
        return _place(about, violation.logical_id, place_inside(violation) or line)

    def meant(expected: Expected) -> str:
        about = tuple(expected.get(key, "") for key in ABOUT)
        return _place(about, expected.get("resource", ""), expected.get("at", ""))

    return compared(case, run_validator(validator, estate), meant, place)


def estate_lacking(cases: Sequence[EstateCase]) -> list[str]:
    """The answers of a validator that no case shows. Every validator has to show both."""
    found = []
    if not any(case.expect == () for case in cases):
        found.append("no case passes (expect: [])")
    if not any(case.expect for case in cases):
        found.append("no case states a violation (expect: [{stack: ..., at: ..., message: ...}])")
    return found


def estate_of(written: Mapping[str, Any]) -> WrittenEstate:
    """The estate that a case describes; nothing in it is shared with `written`."""
    environments = _environments(written)
    accounts = _accounts(written, environments)
    stacks: list[Stack] = []
    for id_, body in sorted(written.get("stacks", {}).items()):
        environment = environments[id_.split("/")[0]]
        stacks += _stacks(id_, body, environment, accounts[environment.account], len(stacks))
    return WrittenEstate(
        name="case",
        accounts=tuple(one for _, one in sorted(accounts.items())),
        environments=tuple(one for _, one in sorted(environments.items())),
        stacks=tuple(stacks),
        complete=written.get("complete", True),
        root=Path("case"),  # nothing is read there: it stands for a repository wherever one is
        files={posixpath.normpath(file): text for file, text in written.get("files", {}).items()},
    )


def _case(number: int, item: Written) -> EstateCase:
    written = checked(item.data, number, item.line)
    expect = read_expected(str(written["name"]), written["expect"], item, EXPECTED_KEYS)
    for one, line in zip(expect or (), item.expect_lines, strict=False):
        if sum(key in one for key in ABOUT if key != "file" or "stack" not in one) != 1:
            raise CasesError(
                line, f"{written['name']}: an expected violation is about one of {', '.join(ABOUT)}"
            )
    return EstateCase(str(written["name"]), expect, item.line, item.expect_lines, written)


def _environments(written: Mapping[str, Any]) -> dict[str, Environment]:
    names = {*written.get("environments", {}), *(id_.split("/")[0] for id_ in written.get("stacks", {}))}
    found = {}
    for name in names:
        settings = copied(written.get("environments", {}).get(name, {}))
        # No repository has an account without a name: an empty one is as good as none.
        bound = settings.get("account") or name
        found[name] = Environment(name, {"name": name, "region": "us-east-1", **settings, "account": bound})
    return found


def _accounts(written: Mapping[str, Any], environments: Mapping[str, Environment]) -> dict[str, Account]:
    told = written.get("accounts", {})
    names = sorted({*told, *(one.account for one in environments.values())})
    return {name: _account(name, f"{number:012}", told.get(name, {})) for number, name in enumerate(names, 1)}


def _account(name: str, id_: str, told: Mapping[str, Any]) -> Account:
    facts = {"id": id_, **told, "allowed_resources": tuple(told.get("allowed_resources", ()))}
    return Account(name, **facts)


def _stacks(
    id_: str, body: Mapping[str, Any], environment: Environment, account: Account, number: int
) -> Iterator[Stack]:
    """The stack and, under its id, what is nested in it, which needs nothing itself."""
    name = id_.rpartition("/")[2]
    layer = body.get("layer", "platform")
    parts = [{**body, "stack_name": body.get("stack_name", name)}, *body.get("nested", {}).values()]
    for place, part in enumerate(parts, number):
        types = {logical_id: one["Type"] for logical_id, one in part.get("resources", {}).items()}
        template = {key.capitalize(): part[key] for key in ("resources", "outputs") if key in part}
        yield Stack(
            id=id_,
            name=name,
            layer=layer,
            environment=environment,
            account=account,
            region=id_.split("/")[1],
            tier=body.get("tier", ""),
            tags=with_unknowns(body.get("tags", {}), ("tags",), place),
            parameters=with_unknowns(part.get("parameters", {}), ("parameters",), place),
            template=with_unknowns(template, (), place, types),
            stack_name=part.get("stack_name", ""),
            declaration=copied(body.get("declaration", {})),
            folder=f"stacks/{layer}/{name}",
            needs=tuple(_need(one) for one in body.get("needs", ())) if part is parts[0] else (),
            number=place,
        )


def _need(written: str) -> Need:
    return Need(*written.split())


def _place(about: Sequence[str], logical_id: str, at: str) -> str:
    parts = [*(text for text in about if text), *([logical_id] if logical_id else [])]
    return f"{': '.join(parts) or 'nothing'} at {at or '(all of it)'}"
