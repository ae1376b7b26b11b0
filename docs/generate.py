"""Writes the documentation that the code already contains: the command line, policies, validators and controls.

python docs/generate.py           writes docs/cli.md, docs/policies/, docs/validators/ and docs/controls/
python docs/generate.py --check   fails when they are not what they should be, or hold a page of nothing
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import click

from skafu.cli.controls import registered, summary, support
from skafu.cli.main import COMMANDS, cli
from skafu.model.control import Control, Framework
from skafu.sdk.cases import read_cases
from skafu.sdk.plan_cases import read_plan_cases
from skafu.validate.pages import PLANS, PolicyPage, list_policies, list_validators

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by docs/generate.py; `make format` writes it anew. -->\n"
FOLDERS = ("policies", "validators", "controls")


def pages() -> Iterator[tuple[str, str]]:
    """Every page: path under docs/ and text."""
    policies, validators, frameworks = list_policies(ROOT), list_validators(ROOT), registered(ROOT)
    titles = {control.name: control.title for one in frameworks.values() for control in one.controls}
    yield "cli.md", cli_page()
    yield "policies/README.md", index_page("The policies of the Skafu platform", policies)
    for page in policies:
        yield f"policies/{page.id}.md", rule_page(page, titles, examples(page))
    if validators:
        yield "validators/README.md", index_page("The validators of the Skafu platform", validators)
    for page in validators:
        yield f"validators/{page.id}.md", rule_page(page, titles, "")
    yield "controls/README.md", frameworks_page(frameworks.values())
    for framework in frameworks.values():
        yield f"controls/{framework.id}.md", framework_page(framework)


def cli_page() -> str:
    """Every command with its help, as the terminal shows it."""
    parts = [f"{NOTE}# The command line\n"]
    parts.append(_help("skafu", cli))
    for name, module in COMMANDS.items():
        command = import_module(module).command
        parts.append(_help(f"skafu {name}", command))
        if isinstance(command, click.Group):
            parts += [_help(f"skafu {name} {sub}", command.commands[sub]) for sub in sorted(command.commands)]
    return "\n".join(parts)


def index_page(title: str, rules: Iterable[PolicyPage]) -> str:
    """One line for each policy or validator."""
    rows = [f"| [{page.id}]({page.id}.md) | {page.severity.value} | {_cell(page.title)} |" for page in rules]
    head = ["| id | severity | what it asks for |", "|---|---|---|"]
    return "\n".join([f"{NOTE}# {title}\n", f"There are {len(rows)} of them.\n", *head, *rows, ""])


def rule_page(page: PolicyPage, titles: Mapping[str, str], more: str) -> str:
    """A policy or validator: its docstring, and what it looks at and supports."""
    title, _, rest = page.docstring.strip().partition("\n")
    looks_at = ", ".join(f"`{one}`" for one in page.resources)
    at_most = " at most; about plans: what a deployment would change" if page.about == PLANS else ""
    facts = [f"- severity: {page.severity.value}{at_most}"]
    facts += [f"- looks at: {looks_at}"] if looks_at else []
    facts += [f"- supports: {_link(name, titles[name])}" for name in page.controls]
    facts += [f"- file: [`{page.file}`](../../{page.file})"]
    return "\n".join([f"{NOTE}# `{page.id}`\n", f"**{title}**\n", rest.strip(), "", *facts, "", more])


def examples(page: PolicyPage) -> str:
    """The first of a policy's cases that passes, and the first that does not, as they are written."""
    file = (ROOT / page.file).with_suffix(".cases.yaml")
    text = file.read_text("utf-8")
    cases = read_plan_cases(text) if page.about == PLANS else read_cases(text)
    ends = [*(case.line - 1 for case in cases[1:]), len(text.splitlines())]
    parts = []
    for heading, passes in (("This passes", True), ("This does not", False)):
        for case, end in zip(cases, ends, strict=True):
            if case.expect is not None and (case.expect == ()) == passes:
                written = "\n".join(text.splitlines()[case.line - 1 : end]).rstrip()
                parts.append(f"## {heading}\n\n```yaml\n{written}\n```\n")
                break
    return "\n".join(parts)


def frameworks_page(frameworks: Iterable[Framework]) -> str:
    """The frameworks, and how much of each is covered."""
    told = (
        "What supports each control of a framework: before deployment (*preventive*), afterwards (*detective*), by "
        "people (*manual*: the evidence to ask for, which nothing here has seen), or not at all, and why. "
        "Supporting a control is not fulfilling it. `skafu policy list --framework NAME` shows the same.\n"
    )
    rows = [
        f"| [{one.id}]({one.id}.md) | [{_cell(one.title)}]({one.source}) | {one.version} | {summary(one)} |"
        for one in frameworks
    ]
    head = ["| framework | title | version | covered |", "|---|---|---|---|"]
    return "\n".join([f"{NOTE}# Controls\n", told, *head, *rows, ""])


def framework_page(framework: Framework) -> str:
    """The controls of one framework."""
    rows = [_control(one) for one in framework.controls]
    head = ["| control | what it asks for | covered | by what |", "|---|---|---|---|"]
    source = f"[{framework.title}]({framework.source}), {framework.version}, in our own words."
    title = f"{NOTE}# {framework.title}\n"
    return "\n".join([title, f"{source} {summary(framework)}.\n", *head, *rows, ""])


def _control(control: Control) -> str:
    by_what = [f"{kind}: {_linked(kind, what)}" for kind, what in support(control)]
    cells = (_cell(control.title), ", ".join(control.coverage), "<br>".join(by_what))
    return f'| <a id="{control.id}"></a>{control.id} | {" | ".join(cells)} |'


def _linked(kind: str, what: str) -> str:
    if kind in {"policies", "validators"}:
        return ", ".join(f"[{id_}](../{kind}/{id_}.md)" for id_ in what.split(", "))
    return _cell(what)


def _link(name: str, title: str) -> str:
    framework, _, id_ = name.partition(":")
    return f"[{name}](../controls/{framework}.md#{id_}) ({title})"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _help(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name, terminal_width=100, max_content_width=100)
    return f"## `{name}`\n\n```text\n{command.get_help(context)}\n```\n"


def compared(docs: Path, wanted: Mapping[Path, str]) -> tuple[list[Path], list[Path]]:
    """The pages that are not what they should be, and those of something that is no more."""
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    left_over = (page for one in FOLDERS for page in (docs / one).rglob("*") if page.is_file())
    return stale, sorted(page for page in left_over if page not in wanted)


def main() -> int:
    """Write the pages and remove those of nothing, or tell of both."""
    docs = ROOT / "docs"
    wanted = {docs / path: f"{text.rstrip()}\n" for path, text in pages()}
    stale, left_over = compared(docs, wanted)
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the code says; run `make format`", file=sys.stderr)
        for path in left_over:
            print(f"{path.relative_to(ROOT)} is a page of nothing; run `make format`", file=sys.stderr)
        return 1 if stale or left_over else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path], "utf-8")
    for path in left_over:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
