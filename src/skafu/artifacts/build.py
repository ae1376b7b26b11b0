"""The packages that a manifest asks for, installed for the runtime and architecture of Lambda.

`aws_lambda_builders` does it, in a process of its own. What it leaves behind that differs from machine to machine
is removed, and what it installed is held against the runtime: it does not look itself.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from skafu.artifacts.failure import ArtifactError
from skafu.artifacts.recipe import Build
from skafu.artifacts.requirements import check
from skafu.artifacts.wheels import unfit
from skafu.model.place import Location

MANAGERS: Mapping[str, str] = {"python": "uv", "nodejs": "npm"}
"""Family of a runtime -> what installs its packages. Why uv and not pip: docs/adr/0011."""

TIME_LIMIT = 900
"""Seconds that installing the packages of one artifact may take."""

LAST_LINES = 12
"""How much of what the tool said is told when it fails."""

ENVIRONMENT: Mapping[str, str] = {
    "npm_config_ignore_scripts": "true",  # nobody's script runs here, and what it compiled would run here only
    "UV_COMPILE_BYTECODE": "0",
    "UV_PYTHON_DOWNLOADS": "never",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    "npm_config_os": "linux",
    "npm_config_libc": "glibc",
}
"""What the tools are told beside the environment they find."""

_NPM_CPU = {"x86_64": "x64", "arm64": "arm64"}
_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_NOISE = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"}


def install(build: Build, source: Path, into: Path, shown: str, tell: Callable[[str], None]) -> None:
    """Install what the manifest in `source` lists into `into`, which is empty and whose folder may be written to.

    Args:
        build: for what.
        source: a copy of the code; not changed.
        into: where the packages go.
        shown: the manifest, relative to the root of the repository.
        tell: is told what is done.

    Raises:
        ArtifactError: it failed, or what it installed does not run in Lambda.
    """
    if build.family == "python":
        check(source / build.manifest, source, shown.rsplit("/", 1)[0])
    tell(f"installing {shown} for {build.runtime} on {build.architecture}")
    said = _run(_request(build, source, into), build, into.parent)
    if said:
        raise ArtifactError(
            f"its packages cannot be installed for {build.runtime} on {build.architecture}: {_last_lines(said)}",
            at=Location(shown),
        )
    for path in list(_noise(build.family, into)):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    wrong = unfit(into, build.runtime, build.architecture) if build.family == "python" else _uncompiled(into)
    if wrong:
        raise ArtifactError(
            f"{wrong[0]}{f', and {len(wrong) - 1} more' if wrong[1:] else ''}", at=Location(shown)
        )


def _request(build: Build, source: Path, into: Path) -> str:
    """What the builder is asked, in its protocol (JSON-RPC, its version 0.3)."""
    locked = any((source / name).is_file() for name in _NPM_LOCKS)
    params = {
        "__protocol_version": "0.3",
        "capability": {
            "language": build.family,
            "dependency_manager": MANAGERS[build.family],
            "application_framework": None,
        },
        "source_dir": str(source),
        "artifacts_dir": str(into),
        "scratch_dir": str(into.parent / "scratch"),
        "manifest_path": str(_manifest(build, source, into.parent)),
        "runtime": build.runtime,
        "architecture": build.architecture,
        "optimizations": {},
        "options": {"use_npm_ci": locked},
    }
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "LambdaBuilder.build", "params": params})


def _manifest(build: Build, source: Path, scratch: Path) -> Path:
    """The manifest that the tool is given. That of Python forbids to build; nowhere else does uv listen to that."""
    if build.family != "python":
        return source / build.manifest
    around = scratch / "manifest" / build.manifest
    around.parent.mkdir()
    around.write_text(f"--only-binary :all:\n-r {(source / build.manifest).as_uri()}\n", encoding="utf-8")
    return around


def _run(request: str, build: Build, scratch: Path) -> str:
    """Ask the builder. What it says against it; empty if it did it."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "aws_lambda_builders"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        cwd=scratch,
        env=_environment(build, scratch),
        start_new_session=True,  # so that what it started ends with it
    ) as child:
        try:
            answer, noise = child.communicate(request, timeout=TIME_LIMIT)
        except BaseException as error:
            os.killpg(child.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return f"it took longer than {TIME_LIMIT} seconds"
    try:
        said = json.loads(answer.strip().rsplit("\n", 1)[-1])
    except ValueError:
        return noise or answer or "it said nothing"
    if child.returncode == 0 and "result" in said:
        return ""
    return str(said.get("error", {}).get("message") or noise or "it did not say why")


def _environment(build: Build, scratch: Path) -> dict[str, str]:
    """The environment, without anything of AWS: installing packages needs none of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    beside = sysconfig.get_path("scripts")  # where uv stands if it was installed with skafu
    return {
        **kept,
        **ENVIRONMENT,
        "PATH": os.pathsep.join((beside, kept.get("PATH", os.defpath))),
        "UV_PYTHON": sys.executable,  # uv wants any interpreter; the packages are chosen for another
        "npm_config_cpu": _NPM_CPU[build.architecture],
        "npm_config_prefix": str(scratch / "prefix"),
    }


def _noise(family: str, into: Path) -> Iterator[Path]:
    """What was installed and tells of this machine, or of the moment: nothing of it is needed to run."""
    if family == "nodejs":
        yield from (path for path in into.rglob(".bin") if path.parent.name == "node_modules")
        yield from into.rglob("node_modules/.package-lock.json")
        return
    yield from into.glob(".lock")
    yield from (path for path in into.glob("*.dist-info/*") if path.name in _NOISE)
    for path in into.glob("bin/*"):
        if path.is_file() and path.read_bytes()[:2] == b"#!":  # it starts the interpreter of this machine
            yield path


def _uncompiled(into: Path) -> list[str]:
    """Packages for Node.js that work only once they are compiled on the machine they run on."""
    return [
        f"{path.parent.name} has to be compiled for Lambda, which skafu does not do; take a release that holds it built"
        for path in sorted(into.rglob("node_modules/**/binding.gyp"))
    ]


def _last_lines(said: str) -> str:
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    return "\n".join(lines[-LAST_LINES:])
