"""What `benchmarks/corpus.py` does with the judges: as written against the command lines, and against effective.

In a comparison the command lines judge several files in one run, because each start costs seconds. That
shares one graph and one set of rules; so whatever then differs is judged again alone, and alone is what counts.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from skafu.load import DocumentError, load_template

BIN = Path(sys.executable).parent
CHECKOV = Path(sys.prefix) / "checkov" / "bin" / "checkov"
SETTINGS = {
    "BC_SKIP_MAPPING": "TRUE",
    "CKV_SKIP_PACKAGE_UPDATE_CHECK": "TRUE",
    "PYTHONHASHSEED": "0",  # cfn-lint's E3019 prints a set: its words change from run to run without this
}
BATCH = 20
"""Files judged in one run of a command line."""

Row = tuple[str, ...]
Rows = dict[str, Counter[Row] | None]
"""File -> what was said about it; None where the tool gave no readable answer."""


def compare(files: Sequence[str], root: str) -> int:
    """Print the table of identical and different answers and each row that differs; how many templates differ."""
    ours = as_written(files)
    different = 0
    sections: list[str] = []
    print("| tool | templates | identical | different | findings | in both |\n|---|---|---|---|---|---|")
    for tool, command in (("cfn-lint", cfn_lint_cli), ("checkov", checkov_cli)):
        theirs = batched(command, files)
        suspects = [file for file in files if theirs[file] is None or theirs[file] != ours[tool][file]]
        theirs |= {file: command([file])[file] for file in suspects}
        mine = {file: rows or Counter() for file, rows in ours[tool].items()}
        alone = {file: rows or Counter() for file, rows in theirs.items()}
        differ = [file for file in files if mine[file] != alone[file]]
        both = sum((mine[file] & alone[file]).total() for file in files)
        said = sum(rows.total() for rows in alone.values())
        print(f"| {tool} | {len(files)} | {len(files) - len(differ)} | {len(differ)} | {said} | {both} |")
        sections.append(f"{tool}: {len(suspects)} differed in a batch or made it fail, and were judged alone")
        silent = sum(theirs[file] is None for file in files)
        sections.append(f"{tool}: {silent} templates without a readable answer of the command line")
        for file in differ:
            name = os.path.relpath(file, root)
            sections += [f"  {name}: only the CLI: {row}" for row in (alone[file] - mine[file]).elements()]
            sections += [f"  {name}: only skafu: {row}" for row in (mine[file] - alone[file]).elements()]
        different += len(differ)
    print("\n" + "\n".join(sections))
    return different


def as_written(files: Sequence[str]) -> dict[str, Rows]:
    """What `skafu scan --as-written` says, and how often a judge could not do its work."""
    found: dict[str, Rows] = {tool: {file: Counter() for file in files} for tool in ("cfn-lint", "checkov")}
    reasons: list[str] = []
    for batch in batches(files):
        report = scan(batch, "--as-written")
        for one in report["findings"]:
            rows = found[one["tool"]][one["file"]]
            if rows is not None:
                rows[row_of(one)] += 1
        reasons += [reason for reason in report["reasons"] if "could not do its work" in reason]
    why = Counter(pattern(reason.split(": ", 2)[-1]) for reason in reasons)
    print(f"skafu told of {len(reasons)} judgements that failed, where the command lines may be silent:")
    print("\n".join(f"  {count} x {reason}" for reason, count in why.most_common(20)) + "\n")
    return found


def row_of(one: Mapping[str, Any]) -> Row:
    """What must be equal: rule and line; cfn-lint's column and message, Checkov's resource."""
    if one["tool"] == "cfn-lint":
        return one["rule"], str(one["line"]), str(one["column"]), one["message"]
    return one["rule"], str(one["line"]), one["message"].removesuffix(" fails this check")


def cfn_lint_cli(files: Sequence[str]) -> Rows:
    """`cfn-lint --format json FILE...`."""
    said = answer([str(BIN / "cfn-lint"), "--format", "json", "--", *files])
    if not isinstance(said, list):
        return dict.fromkeys(files)
    rows: dict[str, Counter[Row]] = {file: Counter() for file in files}
    for one in said:
        start = one["Location"]["Start"]
        place = (str(start["LineNumber"]), str(start["ColumnNumber"]))
        rows[one["Filename"]][(one["Rule"]["Id"], *place, one["Message"])] += 1
    return dict(rows)


def checkov_cli(files: Sequence[str]) -> Rows:
    """`checkov --output json --file FILE...`."""
    named = [part for file in files for part in ("--file", file)]
    said = answer([str(CHECKOV), *named, "--output", "json", "--quiet", "--skip-download"])
    if said is None:
        return dict.fromkeys(files)
    rows: dict[str, Counter[Row]] = {file: Counter() for file in files}
    for report in said if isinstance(said, list) else [said]:
        for one in report.get("results", {}).get("failed_checks", []):
            subject = "a secret" if report["check_type"] == "secrets" else one["resource"]
            rows[str(Path(one["file_abs_path"]).resolve())][
                one["check_id"], str(one["file_line_range"][0]), subject
            ] += 1
    return dict(rows)


def batched(command: Callable[[Sequence[str]], Rows], files: Sequence[str]) -> Rows:
    """The command over all files, several at a time."""
    return {file: rows for batch in batches(files) for file, rows in command(batch).items()}


def batches(files: Sequence[str]) -> Iterator[Sequence[str]]:
    """The files in groups."""
    return (files[start : start + BATCH] for start in range(0, len(files), BATCH))


def scan(files: Sequence[str], *more: str) -> dict[str, Any]:
    """The JSON report of `skafu scan`."""
    report = answer([str(BIN / "skafu"), "scan", "--format", "json", *more, "--", *files])
    if not isinstance(report, dict):
        raise SystemExit(f"skafu gave no report on {files}")
    return report


def answer(command: Sequence[str]) -> Any:
    """What the command prints, as JSON; None if that cannot be read."""
    ran = subprocess.run(command, env={**os.environ, **SETTINGS}, capture_output=True, check=False)
    try:
        return json.loads(ran.stdout)
    except ValueError:
        return None


# ---- as written against effective


def differences(files: Sequence[str], root: str, number: int) -> None:
    """Print `number` rows that only one of the two says, the same in every run."""
    rows = []
    for batch in batches(files):
        resources = {file: placed(file) for file in batch}
        written = told(scan(batch, "--as-written")["findings"], resources)
        report = scan(batch)
        effective = told(report["findings"], resources)
        open_ = told(report["not_evaluated"], resources)
        rows += [
            (key, one, "only as written", key in open_)
            for key, one in written.items()
            if key not in effective
        ]
        rows += [(key, one, "only effective", False) for key, one in effective.items() if key not in written]
    kinds = Counter((key[1], side) for key, _, side, _ in rows)
    print(f"{len(rows)} differences in {len(files)} templates: {Counter(side for *_, side, _ in rows)}\n")
    print("| rule | side | differences |\n|---|---|---|")
    print("\n".join(f"| {rule} | {side} | {count} |" for (rule, side), count in kinds.most_common(40)))
    print("\n| template | rule | resource | line | side | message |\n|---|---|---|---|---|---|")
    for (file, rule, resource), one, side, unanswered in chosen(rows, number):
        name = os.path.relpath(file, root)
        note = f"{side}, not evaluated" if unanswered else side
        print(f"| {name} | {rule} | {resource} | {one['line']} | {note} | {one['message']} |")


def chosen(rows: Iterable[Any], number: int) -> list[Any]:
    """A sample in which each rule and side has its turn before any comes twice."""
    groups: dict[Any, list[Any]] = {}
    for row in sorted(rows, key=lambda row: (row[0], row[2])):
        groups.setdefault((row[0][1], row[2]), []).append(row)
    dice = random.Random(3)  # noqa: S311  (a sample, not a secret)
    turns = [
        (turn, dice.random(), row)
        for group in groups.values()
        for turn, row in enumerate(dice.sample(group, len(group)))
    ]
    return [row for _, _, row in sorted(turns, key=lambda one: one[:2])[:number]]


def told(
    said: Iterable[Mapping[str, Any]], resources: Mapping[str, Sequence[tuple[int, str]]]
) -> dict[Any, Any]:
    """(file, rule, resource of the source) -> what was said; a line belongs to the resource that starts above it."""
    found: dict[Any, Any] = {}
    for one in said:
        starts = resources[one["file"]]
        names = {name for _, name in starts}
        above = next((name for line, name in reversed(starts) if line <= one["line"]), "")
        name = one["logical_id"] if one["logical_id"] in names else above
        found.setdefault((one["file"], one["rule"], name), one)
    return found


def placed(file: str) -> list[tuple[int, str]]:
    """The line at which each resource of a template starts."""
    try:
        resources = load_template(Path(file)).get("Resources")
    except DocumentError:
        return []
    return sorted((node.place.line, name) for name, node in resources.members.items()) if resources else []


def pattern(text: str) -> str:
    """A message without what is particular to one template, so that equal causes can be counted."""
    text = re.sub(r"\S*/\S+|\"[^\"]*\"|'[^']*'|\d+", "…", " ".join(text.split()))
    text = re.sub(r"^\S+ of \S+ (?=exists only)", "an attribute ", text)
    text = re.sub(r"^\S+ (?=exists only|is read from|is secret)", "… ", text)
    return re.sub(r"(parameter|resource|condition|stack) (?!is |has )\S+", r"\1 …", text)[:110]
