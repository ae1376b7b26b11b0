"""Writes the documentation that the code already contains: the command line and the policies.

python docs/generate.py           writes docs/cli.md and docs/policies.md
python docs/generate.py --check   fails when they are not what they should be
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from skafu.cli.main import COMMANDS, cli
from skafu.validate.policies import list_policies

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by docs/generate.py; `make format` writes it anew. -->\n"


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


def _help(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name, terminal_width=100, max_content_width=100)
    return f"## `{name}`\n\n```text\n{command.get_help(context)}\n```\n"


def policies_page() -> str:
    """Every policy with its docstring, which is its page."""
    parts = [f"{NOTE}# The policies of the Skafu platform\n"]
    for page in list_policies(ROOT):
        about = ", ".join(f"`{one}`" for one in page.resources) or "whole stacks"
        controls = ", ".join(page.controls) or "none"
        parts.append(f"## `{page.id}`\n\n{page.docstring.strip()}\n")
        parts.append(
            f"- severity: {page.severity.value}\n- looks at: {about}\n- supports: {controls}\n- file: `{page.file}`\n"
        )
    return "\n".join(parts)


def main() -> int:
    """Write the pages, or compare them."""
    pages = {ROOT / "docs" / "cli.md": cli_page(), ROOT / "docs" / "policies.md": policies_page()}
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the code says; run `make format`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
