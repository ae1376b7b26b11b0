"""Files -> a zip that has the same bytes on every machine."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from skafu.artifacts.content import Piece
from skafu.artifacts.failure import ArtifactError

UNZIPPED_LIMIT = 262_144_000
"""Bytes: 250 MB, what Lambda takes of code or layers, unzipped (Lambda quotas, "Deployment package").

The 50 MB that it takes zipped hold for what is sent with a request; code in S3 may be larger.
"""

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can state. Times of files differ with every checkout."""

_UNIX = 3


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: SHA-256 of its bytes in hexadecimal, and how many there are."""

    sha256: str
    size: int


def write_zip(pieces: Iterable[Piece], file: Path, shown: str) -> Written:
    """Write `pieces`, in their order, to `file`, which appears once it is whole.

    Nothing is compressed: two versions of zlib do not make the same bytes.

    Raises:
        ArtifactError: there is no file in it, a name is not UTF-8, it is larger than Lambda takes, or cannot be written.
    """

    def write(path: Path) -> None:
        unzipped = 0
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for one in pieces:
                unzipped += len(one.content)
                check_size(unzipped, shown)
                archive.writestr(_entry(one, shown), one.content)
        if not archive.filelist:
            raise ArtifactError(f"{shown} holds no file, and Lambda takes no empty package")

    return _whole(file, write, shown)


def write_file(pieces: Iterable[Piece], file: Path, shown: str) -> Written:
    """Write the content of the one piece there is to `file`, which appears once it is whole."""

    def write(path: Path) -> None:
        with path.open("wb") as written:
            for one in pieces:
                written.write(one.content)

    return _whole(file, write, shown)


def check_size(unzipped: int, shown: str) -> None:
    """Raise `ArtifactError` where `unzipped` bytes are more than Lambda takes."""
    if unzipped > UNZIPPED_LIMIT:
        raise ArtifactError(
            f"{shown} is larger than the 250 MB that Lambda takes unzipped",
            hint="Leave out what the function does not need, or deploy it as an image.",
        )


def unzipped_size(file: Path) -> int:
    """Bytes that a zip holds, as it states them."""
    with zipfile.ZipFile(file) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _entry(one: Piece, shown: str) -> zipfile.ZipInfo:
    try:
        one.name.encode("utf-8")
    except UnicodeEncodeError:
        raise ArtifactError(f"{shown} holds {one.name!r}, whose name is not UTF-8") from None
    entry = zipfile.ZipInfo(one.name, EARLIEST)
    entry.create_system = _UNIX  # whatever this machine runs, so that the mode counts
    entry.external_attr = (stat.S_IFREG | (0o755 if one.runs else 0o644)) << 16
    return entry


def _whole(file: Path, write: Callable[[Path], None], shown: str) -> Written:
    """Let `write` fill a file beside, and rename it: half an artifact never bears its name."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, prefix=".packing-", delete=False) as made:
            beside = Path(made.name)
        try:
            write(beside)
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
        with file.open("rb") as whole:
            digest = hashlib.file_digest(whole, "sha256").hexdigest()
        return Written(digest, file.stat().st_size)
    except OSError as error:
        raise ArtifactError(f"{shown} cannot be packed: {error.strerror or error}") from error
