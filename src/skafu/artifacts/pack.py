"""What a stack needs -> a file to upload."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from skafu.artifacts.archive import check_size, unzipped_size, write_file, write_zip
from skafu.artifacts.build import install
from skafu.artifacts.content import Piece, approved, files, piece
from skafu.artifacts.needs import Need
from skafu.artifacts.recipe import Build


@dataclass(frozen=True, slots=True)
class Packed:
    """An artifact, ready to upload.

    Attributes:
        file: where it lies.
        sha256: of its bytes, in hexadecimal.
        size: in bytes.
        key: its key in the bucket.
    """

    file: Path
    sha256: str
    size: int
    key: str


def pack(need: Need, root: Path, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Packed:
    """Build, if it has to be built, and pack one artifact. May be called from any thread.

    Args:
        need: what is wanted.
        root: of the repository.
        folder: where the file is written to, named by its key.
        tell: is told in a sentence what is done that takes its time.

    Raises:
        ArtifactError: what lies there is not what was approved; it cannot be built; it is more than Lambda takes.
    """
    file = folder / need.key.replace("/", "-")
    source = root / need.source
    if need.packing == "file":
        written = write_file(approved(source, need.digest, need.source), file, need.source)
        if zipfile.is_zipfile(file) and need.path[-1] in {"Code", "Content"}:
            check_size(unzipped_size(file), need.source)
    elif need.build is None:
        written = write_zip(approved(source, need.digest, need.source), file, need.source)
    else:
        with TemporaryDirectory(prefix="skafu-build-") as scratch:
            pieces = _built(need, need.build, source, Path(scratch), tell)
            written = write_zip(pieces, file, need.source)
    return Packed(file, written.sha256, written.size, need.key)


def _built(
    need: Need, build: Build, source: Path, scratch: Path, tell: Callable[[str], None]
) -> Iterator[Piece]:
    """What was approved, and what its manifest asks for beside it; where both have a file, what was approved."""
    copy, made = scratch / "source", scratch / "built"
    made.mkdir()
    copy.mkdir()
    for one in approved(source, need.digest, need.source):
        path = copy / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.content)
        path.chmod(0o755 if one.runs else 0o644)
    if build.manifest:
        install(build, copy, made, f"{need.source}/{build.manifest}", tell)
    ours = {name for name, _ in files(copy)}
    others = {name: path for name, path in files(made) if name not in ours}
    for name in sorted(others):
        yield _below(build.folder, piece(name, others[name]))
    for one in approved(copy, need.digest, need.source):  # once more: a tool has been at work beside it
        yield _below(build.folder, one)


def _below(folder: str, one: Piece) -> Piece:
    return Piece(f"{folder}{one.name}", one.content, one.runs)
