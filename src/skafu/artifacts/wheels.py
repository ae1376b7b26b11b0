"""Whether installed Python packages run in Lambda: what their wheels say of themselves, held against the runtime."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
"""Old names of platforms -> the glibc that they stand for (PEP 600)."""

MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Architecture of Lambda -> the machine in the name of a platform."""

_AMAZON_LINUX_2 = (2, 26)
_AMAZON_LINUX_2023 = (2, 34)
_SINCE_2023 = 12


def unfit(packages: Path, runtime: str, architecture: str) -> list[str]:
    """A sentence for each package in the folder `packages` that does not run there, sorted.

    Args:
        packages: as they were installed, each with its `dist-info`.
        runtime: e.g. `python3.12`. Up to 3.11 it runs on Amazon Linux 2 (glibc 2.26), later on Amazon Linux 2023
            (glibc 2.34): Lambda runtimes, "Supported runtimes".
        architecture: `x86_64` or `arm64`.
    """
    minor = int(runtime.removeprefix("python3."))
    told: list[str] = []
    for info in sorted(packages.glob("*.dist-info/WHEEL")):
        tags = list(_tags(info))
        if not any(_fits(tag, minor, architecture) for tag in tags):
            name = info.parent.name.removesuffix(".dist-info")
            made = tags[0] if tags else "nobody knows what"
            told.append(f"{name} is made for {made}, which does not run on {runtime} on {architecture}")
    return told


def _tags(info: Path) -> Iterator[str]:
    for line in info.read_text("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "Tag":
            yield value.strip()


def _fits(tag: str, minor: int, architecture: str) -> bool:
    """Whether a tag, as `cp312-abi3-manylinux_2_17_aarch64`, is one of a runtime; each part may list several (PEP 425)."""
    parts = [part.split(".") for part in tag.split("-")]
    if len(parts) != len(("python", "abi", "platform")):
        return False
    return any(
        _python_fits(python, abi, minor) and _platform_fits(platform, minor, architecture)
        for python, abi, platform in product(*parts)
    )


def _python_fits(python: str, abi: str, minor: int) -> bool:
    wanted = re.fullmatch(r"(py|cp)3(\d*)", python)
    if wanted is None:
        return False
    kind, number = wanted.groups()
    if abi == f"cp3{minor}":
        return kind == "cp" and number == str(minor)
    if abi not in {"none", "abi3"}:
        return False
    exact = kind == "cp" and abi == "none"
    return not number or (int(number) == minor if exact else int(number) <= minor)


def _platform_fits(platform: str, minor: int, architecture: str) -> bool:
    if platform == "any":
        return True
    beginning = platform.removesuffix(f"_{MACHINES[architecture]}")
    if beginning == platform:
        return False
    numbers = re.fullmatch(r"manylinux_(\d+)_(\d+)", beginning)
    glibc = (int(numbers[1]), int(numbers[2])) if numbers else LEGACY.get(beginning)
    there = _AMAZON_LINUX_2023 if minor >= _SINCE_2023 else _AMAZON_LINUX_2
    return beginning == "linux" or (glibc is not None and glibc <= there)
