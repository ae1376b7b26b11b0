"""What is raised where an artifact cannot be made."""

from __future__ import annotations

from skafu.model.errors import SkafuError


class ArtifactError(SkafuError):
    """An artifact of an approved stack cannot be built, packed or named: the stack is not deployed."""

    exit_code = 3
