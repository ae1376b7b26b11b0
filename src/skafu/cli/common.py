"""Options that several commands share, and the repository they work in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.model.nearest import nearest

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def root_option(function: Decorated) -> Decorated:
    """`--root`: the repository."""
    return click.option(
        "--root",
        type=click.Path(path_type=Path, file_okay=False),
        help="The repository. Default: the nearest folder above this one that holds stacks/.",
    )(function)


def env_option(function: Decorated) -> Decorated:
    """`--env`, repeatable."""
    return click.option(
        "--env", "environments", multiple=True, metavar="NAME", help="Only this environment; repeatable."
    )(function)


def output_option(function: Decorated) -> Decorated:
    """`--output`: a file instead of the terminal."""
    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write there instead of to the terminal.",
    )(function)


def jobs_option(function: Decorated) -> Decorated:
    """`--jobs`: how many judges there are at once."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, 64),
        default=os.cpu_count() or 2,
        show_default="one per processor",
        help="Judges at work at once.",
    )(function)


def together_option(function: Decorated) -> Decorated:
    """`--together`: how many stacks there are at once."""
    return click.option(
        "--together", type=click.IntRange(1, 200), default=16, show_default=True, help="Stacks at once."
    )(function)


def administrator_option(function: Decorated) -> Decorated:
    """`--as-administrator`: no role is assumed."""
    return click.option(
        "--as-administrator", is_flag=True, help="Use the credentials as they are, for every stack."
    )(function)


def cache_option(function: Decorated) -> Decorated:
    """`--no-cache`: judge again what was judged before."""
    return click.option(
        "--no-cache",
        is_flag=True,
        help="Judge everything anew, and keep nothing for the next run.",
    )(function)


def repository(root: Path | None) -> Path:
    """The folder that the command works in.

    Raises:
        InputError: when the folder named does not exist.
    """
    if root is not None:
        if not root.is_dir():
            raise InputError(f"there is no folder {root}")
        return root.resolve()
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "stacks").is_dir()), here)


def write(text: str, output: Path | None) -> None:
    """Put a whole text where the user wants it; a file is replaced at once or not at all.

    Raises:
        InputError: when the file cannot be written.
    """
    if output is None:
        click.echo(text, nl=False)
        return
    parent = output.parent
    if parent.exists() and not parent.is_dir():
        raise InputError(f"{output} cannot be written: {parent} is not a folder")
    try:
        if output.exists() and not output.is_file():
            output.write_text(text, encoding="utf-8")  # a device or a pipe is written to, never replaced
            return
        parent.mkdir(parents=True, exist_ok=True)
        partial = output.with_name(f".{output.name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(output)
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror or error}") from None


def chosen(
    ids: Iterable[StackId], layers: Mapping[str, str], names: Iterable[str], environments: Iterable[str]
) -> set[StackId]:
    """The stacks that the arguments name; all of them when nothing is named.

    Args:
        ids: every stack of the estate.
        layers: definition -> layer.
        names: `api`, `platform/api`, `staging/api`, `staging/us-east-1/api` or a layer, `platform`.
        environments: names; empty means all.

    Raises:
        InputError: when a name means no stack, or nothing is left.
    """
    everything = set(ids)
    known_environments = {id_.environment for id_ in everything}
    for environment in environments:
        if environment not in known_environments:
            hint = nearest(environment, known_environments)
            raise InputError(f'no stack goes to an environment "{environment}".', hint=hint)
    found: set[StackId] = set()
    for name in names:
        meant = {id_ for id_ in everything if name in _names(id_, layers)}
        if not meant:
            known = {one for id_ in everything for one in _names(id_, layers)}
            raise InputError(f'there is no stack "{name}".', hint=_guess(name, known))
        found |= meant
    found = found if names else everything
    wanted = set(environments)
    left = {id_ for id_ in found if not wanted or id_.environment in wanted}
    if not left:
        raise InputError(
            f"{', '.join(names)} does not go to {', '.join(sorted(wanted))}, so there is nothing to judge"
        )
    return left


def _names(id_: StackId, layers: Mapping[str, str]) -> set[str]:
    layer = layers.get(id_.name, "")
    return {id_.name, f"{layer}/{id_.name}", layer, f"{id_.environment}/{id_.name}", str(id_)}


def _guess(name: str, known: set[str]) -> str:
    guess = nearest(name, known)
    return guess if guess.startswith("Did") else "`skafu graph` lists them."
