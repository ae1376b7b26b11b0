"""samconfig.toml deploys what stack.yaml declares.

Whoever runs `sam` by hand gets stack name, region, parameters and tags from `samconfig.toml`, skafu gets them from
`stack.yaml`. Where the two differ, a template is deployed with values that nobody judged.

So beside each SAM template stands a `samconfig.toml` with the architecture's `[default.*]` and, for each environment
that the stack goes to, `[ENVIRONMENT.deploy.parameters]` with what skafu would deploy (`[ENVIRONMENT-REGION...]` where
it goes to several regions of one). A parameter that is secret or that only another stack's deployment tells is left
out: on an update CloudFormation keeps its value.

Write what the finding says, or change the declaration that it follows from.

Source: "SAM Configuration Management" of the deployment architecture.
"""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from skafu.sdk import Estate, Stack, Unknown, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

SAM = "AWS::Serverless-2016-10-31"
LISTS = ("parameter_overrides", "tags")
"""Keys whose value is a list of `Name=value`."""

Section: TypeAlias = tuple[str, ...]
Sections: TypeAlias = dict[Section, dict[str, Any]]
Lines: TypeAlias = dict[tuple[str, ...], int]
Told: TypeAlias = tuple[int, str, str]
"""Line, what is wrong there, what to do about it."""

_HEADER = re.compile(r"\s*\[([^\[\]=]+)\]\s*(?:#.*)?")
_KEY = re.compile(r"\s*([\w-]+)\s*=")
_ITEM = re.compile(r"[\"']([^\"'=]+)=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@validator(severity="high", controls=["soc2:CC8.1"])
def check(estate: Estate) -> Iterator[Violation]:
    """Compare each file with what its stacks are deployed with."""
    for name in sorted({stack.name for stack in estate.stacks}):
        stacks: dict[str, Stack] = {}
        for stack in estate.of(name):
            stacks.setdefault(stack.id, stack)  # what is nested follows it under the same id
        whole: Sections = {}
        for stack in stacks.values():
            whole |= {**_defaults(estate, stack), _section(stack, stacks): _deployed(stack)}
        for stack in stacks.values():
            file = f"{stack.folder}/samconfig.toml"
            if _is_sam(estate.text(f"{stack.folder}/{stack.declaration.get('template')}") or ""):
                own = {*_defaults(estate, stack), _section(stack, stacks)}
                for line, message, fix in _differences(estate, stack, file, whole, own):
                    yield stack.violation(message, file=file, line=line, fix=fix)


@cache
def _is_sam(template: str) -> bool:
    """Whether the template, written as YAML or JSON, names SAM's transform."""
    if SAM not in template:
        return False
    top: Any = yaml.compose(template, yaml.CSafeLoader)
    named = [value for key, value in top.value if key.value == "Transform"]
    texts = [one.value if isinstance(one, yaml.SequenceNode) else [one] for one in named]
    return any(one.value == SAM for several in texts for one in several)


def _section(stack: Stack, stacks: dict[str, Stack]) -> Section:
    """Where the file says how this one of the definition's stacks is deployed."""
    name = stack.environment.name
    several = sum(one.environment.name == name for one in stacks.values()) > 1
    return (f"{name}-{stack.region}" if several else name, "deploy", "parameters")


def _defaults(estate: Estate, stack: Stack) -> Sections:
    return {
        (): {"version": 0.1},
        ("default", "global", "parameters"): {"stack_name": estate.name},
        ("default", "build", "parameters"): {"cached": True, "parallel": True},
        ("default", "validate", "parameters"): {"lint": True},
        ("default", "deploy", "parameters"): _always(stack),
    }


def _always(stack: Stack) -> dict[str, Any]:
    capabilities = " ".join(stack.declaration.get("capabilities", []))
    confirmed = {"confirm_changeset": True, "resolve_s3": True, "fail_on_empty_changeset": False}
    return {"capabilities": capabilities, **confirmed} if capabilities else confirmed


def _deployed(stack: Stack) -> dict[str, Any]:
    return {
        "stack_name": stack.stack_name,
        "region": stack.region,
        **_always(stack),
        "parameter_overrides": _pairs(stack.parameters),
        "tags": _pairs(stack.tags),
    }


def _pairs(values: Any) -> list[str]:
    return [f"{name}={_text(one)}" for name, one in values.items() if not isinstance(one, Unknown)]


def _text(value: Any) -> str:
    """A value as `sam` reads it: one with blanks or quotes in it, and none at all, stand in quotes."""
    if isinstance(value, list):
        text = ",".join(str(one) for one in value)
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    if text and not re.search(r"[\s\"']", text):
        return text
    return '"' + re.sub(r"([\"'])", r"\\\1", text) + '"'


def _differences(
    estate: Estate, stack: Stack, file: str, whole: Sections, own: set[Section]
) -> Iterator[Told]:
    """What of a file is not as it should be on the whole, as far as it is about this stack's `own` sections."""
    text = estate.text(file)
    if text is None:
        yield 1, "There is no samconfig.toml beside this SAM template.", f"Write it:\n{_file(whole)}"
        return
    try:
        found = dict(_sections(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        last = len(text.splitlines()) or 1
        yield int(at[1]) if at else last, f"It cannot be read: {error}.", "Correct it there."
        return
    lines = _lines(text)
    for section, values in whole.items():
        if section in own and section in found:
            yield from _in_section(stack, section, found[section], values, lines)
        elif section in own:
            written = _file({section: values})
            yield 1, f"[{'.'.join(section)}] is missing.", f"Add to the file:\n{written}"
    for section in sorted(found.keys() - whole.keys()) if estate.complete else ():
        message = f"[{'.'.join(section)}] says what no stack is deployed with."
        yield _line(lines, *section), message, "Remove it."


def _in_section(
    stack: Stack, section: Section, found: dict[str, Any], wanted: dict[str, Any], lines: Lines
) -> Iterator[Told]:
    where = f"[{'.'.join(section)}]" if section else "the file"
    for key in sorted(found.keys() - wanted.keys()):
        yield _line(lines, *section, key), f"{key} is not for {where}.", "Remove the line."
    for key, value in wanted.items():
        at, given = _line(lines, *section, key), found.get(key)
        if key in LISTS and isinstance(given, list):
            for name, message, fix in _in_list(stack, key, given, value):
                yield _line(lines, *section, key, name), message, fix
        elif given != value or type(given) is not type(value):
            what = "is missing" if given is None else "is no list" if key in LISTS else f"is {_toml(given)}"
            yield at, f"{key} of {where} {what}.", f"Write {key} = {_toml(value)}"


def _in_list(stack: Stack, key: str, given: list[Any], wanted: list[str]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a list of `Name=value`: the name, the message, the fix. What is secret is not repeated."""
    open_ = dict(one.split("=", 1) for one in wanted)
    seen: set[str] = set()
    for one in given:
        name, _, value = str(one).partition("=")
        if name in seen:
            yield name, f"{name} stands twice in {key}.", "Remove one of the lines."
        elif name not in open_:
            late = stack.parameters.get(name) if key == "parameter_overrides" else None
            why = f"not known because {late.reason}" if isinstance(late, Unknown) else f"none of its {key}"
            yield name, f"{name} does not belong here: it is {why}.", "Remove the line."
        elif value != open_[name]:
            message = f"{name} is {value} here, and {open_[name]} in {stack.environment.name}."
            yield name, message, f"Write {_toml(f'{name}={open_[name]}')},"
        seen.add(name)
    for name, value in open_.items():
        if name not in seen:
            yield "", f"{key} lacks {name}.", f"Add {_toml(f'{name}={value}')},"


def _sections(tree: dict[str, Any], path: Section = ()) -> Iterator[tuple[Section, dict[str, Any]]]:
    """Each table with what stands directly in it; those that only hold tables are left out."""
    values = {key: value for key, value in tree.items() if not isinstance(value, dict)}
    if values or not tree:
        yield path, values
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _sections(value, (*path, key))


def _lines(text: str) -> Lines:
    """Where each table, each of its keys, and each name in a list begins."""
    found: Lines = {}
    section: Section = ()
    key = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            section, key = tuple(part.strip(" \"'") for part in header[1].split(".")), ""
            found.setdefault(section, number)
            continue
        if named := _KEY.match(line):
            key = named[1]
            found.setdefault((*section, key), number)
        for item in _ITEM.finditer(line):
            found[(*section, key, item[1])] = number
    return found


def _line(lines: Lines, *path: str) -> int:
    """The line of what stands at the path, or of the nearest thing around it that is there."""
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), 1)


def _file(sections: Sections) -> str:
    tables = []
    for section, values in sections.items():
        head = [f"[{'.'.join(section)}]"] if section else []
        tables.append("\n".join([*head, *(f"{key} = {_toml(value)}" for key, value in values.items())]))
    return "\n\n".join(tables)


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "".join(["[\n", *(f"  {_toml(one)},\n" for one in value), "]"])
    return json.dumps(value, ensure_ascii=False, default=str)
