"""Whether something is still declared, asked of what lies on disk at that moment."""

from __future__ import annotations

from pathlib import Path

from skafu.cli.estate import Memory, Whole, prints, resolve_whole
from skafu.model.cloud import CloudError
from skafu.model.errors import SkafuError
from skafu.model.estate import StackId


class Undeclared:
    """Answers for one run, and reads anew only what changed."""

    def __init__(self, root: Path, memory: Memory) -> None:
        """Take the repository, and where it is kept what came of earlier runs."""
        self._root = root
        self._memory = memory
        self._prints: list[str] = []
        self._whole: Whole | None = None

    def now(self, id_: StackId) -> bool:
        """Whether nothing declares this stack.

        Raises:
            CloudError: nobody can tell, since a file cannot be read or is being written.
        """
        return id_ not in self._read().stacks

    def _read(self) -> Whole:
        try:
            before = prints(self._root)
            if self._whole is not None and before == self._prints:
                return self._whole
            whole = resolve_whole(self._root, self._memory)
            after = prints(self._root)
        except (SkafuError, OSError) as error:
            raise CloudError(f"what is declared cannot be read ({error})") from None
        unread = next((one for one in whole.findings if one.bad_input), None)
        if unread is not None:
            at = unread.location
            raise CloudError(f"what is declared cannot be read ({at.file}:{at.line}: {unread.message})")
        if after != before:
            raise CloudError("what is declared cannot be read: somebody is writing to it at this moment")
        self._prints, self._whole = before, whole
        return whole
