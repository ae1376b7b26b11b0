"""A stack -> the local code that it needs in the bucket: where it lies, how it is packed, what its key will be."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from skafu.artifacts.failure import ArtifactError
from skafu.artifacts.named import Named, named
from skafu.artifacts.recipe import Build, build_of
from skafu.model.artifacts import resources_of
from skafu.model.estate import Stack
from skafu.model.node import Node, Unknown
from skafu.model.place import Location, dotted
from skafu.model.place import Path as Place

Packing: TypeAlias = Literal["zip", "file"]
"""`zip`: what lies there becomes a zip. `file`: the file is uploaded as it is."""

ZIPPED = frozenset({"AWS::Lambda::Function", "AWS::Lambda::LayerVersion"})
"""Types that take nothing but a zip; the others take a file as it is, and a folder zipped."""

IMAGE = "image-built-at-deployment"
"""What `skafu.resolve.sam_images` puts where an image will be built."""


@dataclass(frozen=True, slots=True)
class Need:
    """One artifact that a stack needs.

    Attributes:
        path: where the effective template names it, in `template`.
        template: what names the template it stands in among the nested ones (`Stack.uploaded_as`); empty for the
            stack's own.
        source: the file or folder, relative to the root of the repository.
        digest: SHA-256 of what lies there, in hexadecimal, as approved.
        packing: what becomes of it.
        build: how it is built; None where it is packed as it lies there.
        location: where the template as written names it.
    """

    path: Place
    template: str
    source: str
    digest: str
    packing: Packing
    build: Build | None
    location: Location

    @property
    def place(self) -> str:
        """The path as people write it."""
        return dotted(self.path)

    @property
    def key(self) -> str:
        """Its key in the bucket: the same for the same input, on any machine.

        The digest of the source, what was built of it and for what; or the digest and the name of the file.
        """
        if self.packing == "file":
            return f"{self.digest}/{self.source.rsplit('/', 1)[-1]}"
        if self.build is None:
            return self.digest
        layer = "-layer" if self.build.folder else ""
        return f"{self.digest}-{self.build.runtime}-{self.build.architecture}{layer}"


def needed(stack: Stack, digests: Mapping[tuple[str, str], str], root: Path) -> tuple[Need, ...]:
    """The artifacts of a stack and of those nested in it, in the order of the templates; two may have one key.

    Args:
        stack: resolved, without an obstacle.
        digests: (template, local path as written in it) -> SHA-256 of the content, of the whole estate
            (`Declarations.artifacts`).
        root: of the repository; read to learn whether a manifest asks for a build.

    Raises:
        ArtifactError: something cannot be built here (an image, another language), or names what nobody has looked at.
    """
    found: list[Need] = []
    known = {inner.uploaded_as for inner in stack.nested}
    for one in (stack, *stack.nested):
        _refuse_images(one.template)
        for name in named(one.template.plain()):
            if name.form != "template":
                found.append(_need(name, one, digests, root))
            elif name.digest not in known:
                raise _unseen(name, one)
    return tuple(found)


def _need(name: Named, stack: Stack, digests: Mapping[tuple[str, str], str], root: Path) -> Need:
    file = stack.source.location.file
    written = min(
        (path for (where, path), digest in digests.items() if (where, digest) == (file, name.digest)),
        default="",
    )
    if not written:
        raise _unseen(name, stack)
    path = Path(os.path.normpath((root / file).parent / written))
    resource = stack.template.nearest(name.path[:2])
    at = stack.template.nearest(name.path).place
    zipped = path.is_dir() or (resource.text("Type") in ZIPPED and not zipfile.is_zipfile(path))
    need = Need(
        path=name.path,
        template=stack.uploaded_as,
        source=Path(os.path.relpath(path, root)).as_posix(),
        digest=name.digest,
        packing="zip" if zipped else "file",
        build=None,
        location=at,
    )
    if not path.is_dir():
        return need
    return replace(need, build=build_of(resource, _metadata(resource, stack.source), path, at))


def _metadata(resource: Node, source: Node) -> Node:
    """What the template as written says beside a resource. SAM makes a resource of one that stands where it stands."""
    nothing = Node({}, resource.location)
    for _, one in resources_of(source):
        if one.place == resource.place:
            return one.get("Metadata") or nothing
    return resource.get("Metadata") or nothing


def _unseen(name: Named, stack: Stack) -> ArtifactError:
    at = stack.template.nearest(name.path).place
    return ArtifactError(
        f"{dotted(name.path)} names an artifact that nobody has looked at ({name.digest})", at=at
    )


def _refuse_images(template: Node) -> None:
    for path, node in template.walk():
        if isinstance(node.value, Unknown) and node.value.expression == IMAGE:
            raise ArtifactError(
                f"{dotted(path)} is an image that would have to be built, and skafu builds none",
                at=node.place,
                hint="Build and push it before, and name it in ImageUri.",
            )
