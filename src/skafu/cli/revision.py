"""The files of a Git revision, in a folder of their own; the repository and its working tree stay as they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from skafu.model.errors import InputError


@dataclass(frozen=True, slots=True)
class Revision:
    """What a name of Git means, laid out.

    Attributes:
        folder: the repository's root as it was then.
        named: the name and the commit, as `main (8be9597)`.
        edited: whether files lie here now that are not as the last commit has them.
    """

    folder: Path
    named: str
    edited: bool


@contextmanager
def laid_out(root: Path, name: str) -> Iterator[Revision]:
    """The files of a revision, until the end of the block.

    Args:
        root: of the repository that skafu works in; it may be a folder of Git's.
        name: a branch, tag or commit.

    Raises:
        InputError: there is no Git, no repository or no such revision, or its files cannot be written.
    """
    git = shutil.which("git")
    if git is None:
        raise InputError(f"--against {name} needs git, and there is none on this machine")
    ask = _Git(git, root)
    top = Path(ask("rev-parse", "--show-toplevel", otherwise=f"{root} is in no Git repository"))
    commit = _commit(ask, name)
    edited = bool(ask("status", "--porcelain", "--", ".", otherwise="git does not tell what was edited"))
    with TemporaryDirectory(prefix="skafu-revision-") as folder:
        # An index of its own, and not `git archive`: that leaves out what export-ignore names.
        own = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        files = Path(folder, "files")
        failed = f"the files of {name} cannot be laid out"
        whole = _Git(git, top, own)
        whole("read-tree", commit, otherwise=failed)
        whole("checkout-index", "--all", f"--prefix={files}{os.sep}", otherwise=failed)
        here = files / root.resolve().relative_to(top.resolve())
        short = commit[:7]
        yield Revision(here, name if commit.startswith(name) else f"{name} ({short})", edited)


def _commit(ask: _Git, name: str) -> str:
    try:
        return ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", otherwise="")
    except InputError:
        message = f'Git has no revision "{name}" here'
    if ask("rev-parse", "--is-shallow-repository", otherwise="") == "true":
        raise InputError(
            f"{message}, and this clone is shallow", hint="Fetch it first: git fetch --unshallow"
        )
    raise InputError(message, hint="`git branch --all` lists the branches; `git fetch` gets new ones.")


@dataclass(frozen=True, slots=True)
class _Git:
    program: str
    folder: Path
    more: Mapping[str, str] | None = None

    def __call__(self, *arguments: str, otherwise: str) -> str:
        """What git prints. `otherwise` says what it means that it fails."""
        found = subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env={**os.environ, **(self.more or {})},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if found.returncode:
            said = (found.stderr.strip().splitlines() or ["it does not say why"])[-1]
            raise InputError(f"{otherwise}: {said}")
        return found.stdout.strip()
