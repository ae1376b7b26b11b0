"""Whether the code of a function or layer is built before it is packed, and for what; as `sam build` decides it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from skafu.artifacts.failure import ArtifactError
from skafu.model.node import Node
from skafu.model.place import Location

MANIFESTS: Mapping[str, str] = {"python": "requirements.txt", "nodejs": "package.json"}
"""Family of a runtime -> the file that asks for a build."""

FOLDERS: Mapping[str, str] = {"python": "python/", "nodejs": "nodejs/"}
"""Family of a runtime -> where a layer holds its packages, below /opt."""

RUNTIME = re.compile(r"python3\.\d{1,2}|nodejs\d{2}\.x")
"""Names of runtimes; which of them there are, `aws_lambda_builders` knows."""

ARCHITECTURES = ("x86_64", "arm64")

UNBUILT = ("Cargo.toml", "Gemfile", "build.gradle", "build.gradle.kts", "go.mod", "pom.xml")
"""Files that ask for a build of a language that skafu does not build."""

_INSTEAD = (
    "Build it before and name the result, or say `Metadata: {SkipBuild: true}` where it is one already."
)


@dataclass(frozen=True, slots=True)
class Build:
    """How something is built.

    Attributes:
        runtime: of Lambda, e.g. `python3.12`.
        architecture: `x86_64` or `arm64`.
        manifest: name of the file that lists the packages; empty where there is none.
        folder: in which folder of the zip everything stands: `python/` or `nodejs/` in a layer, else empty.
    """

    runtime: str
    architecture: str
    manifest: str
    folder: str = ""

    @property
    def family(self) -> str:
        """`python` or `nodejs`."""
        return family(self.runtime)


def family(runtime: str) -> str:
    """The language of a runtime: `python3.12` is `python`; empty where it is none that skafu builds."""
    return next((name for name in MANIFESTS if runtime.startswith(name)), "")


def build_of(resource: Node, metadata: Node, source: Path, at: Location) -> Build | None:
    """How the code of `resource` in the folder `source` is built; None where nothing asks for it.

    Args:
        resource: as it is deployed.
        metadata: as it is written: of a layer, SAM drops it.
        source: the folder.
        at: where the code is named.

    Raises:
        ArtifactError: something asks for a build that skafu does not do, or does not say for what.
    """
    skip = metadata.get("SkipBuild")
    if skip is not None and str(skip.value).lower() == "true":
        return None
    method = metadata.get("BuildMethod")
    if method is not None and not (isinstance(method.value, str) and family(method.value)):
        said = method.value if isinstance(method.value, str) else "known only once it is evaluated"
        raise ArtifactError(f"its BuildMethod is {said}, which skafu does not do", at=at, hint=_INSTEAD)
    kind = resource.text("Type")
    if kind == "AWS::Lambda::Function":
        return _function(resource, source, at)
    if kind == "AWS::Lambda::LayerVersion":
        return _layer(metadata, source, at)
    return None


def _function(resource: Node, source: Path, at: Location) -> Build | None:
    unbuilt = [name for name in UNBUILT if (source / name).is_file()]
    if unbuilt:
        raise ArtifactError(f"{unbuilt[0]} asks for a build that skafu does not do", at=at, hint=_INSTEAD)
    if not any((source / name).is_file() for name in MANIFESTS.values()):
        return None
    runtime = resource.get("Properties", "Runtime")
    if runtime is None or not isinstance(runtime.value, str):
        raise ArtifactError("it has to be built for a runtime that is known only at deployment", at=at)
    manifest = MANIFESTS.get(family(runtime.value), "")
    if not manifest or not (source / manifest).is_file():
        return None
    said = resource.get("Properties", "Architectures")
    first = said.get(0) or said if said is not None else None  # a whole list that is not known is no x86_64
    return Build(_checked(runtime.value, at), _architecture(first, at), manifest)


def _layer(metadata: Node, source: Path, at: Location) -> Build | None:
    """A layer is built only if it says so; else its folder is laid out as it will stand below /opt."""
    method = metadata.text("BuildMethod")
    if not method:
        return None
    manifest = MANIFESTS[family(method)]
    there = manifest if (source / manifest).is_file() else ""
    architecture = _architecture(metadata.get("BuildArchitecture"), at)
    return Build(_checked(method, at), architecture, there, FOLDERS[family(method)])


def _checked(runtime: str, at: Location) -> str:
    if RUNTIME.fullmatch(runtime) is None:
        raise ArtifactError(
            f"it has to be built for {runtime}, which is no runtime that skafu builds for", at=at
        )
    return runtime


def _architecture(said: Node | None, at: Location) -> str:
    if said is None:
        return "x86_64"
    if said.value not in ARCHITECTURES:
        raise ArtifactError("it has to be built for an architecture that is neither x86_64 nor arm64", at=at)
    return str(said.value)
