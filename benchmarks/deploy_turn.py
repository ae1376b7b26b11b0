"""One turn of benchmarks/deploy.py: `skafu deploy` in a process of its own, with the order of work it is told.

python deploy_turn.py ORDER TOGETHER FILE     in the folder of the estate, with what else there is in FILE
"""

from __future__ import annotations

import heapq
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import generated
import skafu.cli.deploying
from skafu.aws.cloudformation import Regional
from skafu.aws.embedded.standing import look
from skafu.cli.main import main as command
from skafu.deploy import Bounds, Walked, walk
from skafu.model.cloud import Submission
from skafu.model.estate import StackId

PREFIX = "made-development-"
"""How the names of the stacks begin, by the estate and the environment."""

SOON = 0.01
"""Seconds until a signal that nobody waited for is given again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was measured.

    Attributes:
        together: stacks at once.
        seconds: stack -> from its beginning to its end.
        makespan: seconds of the walk.
        own: processor seconds of skafu in the walk.
        server: likewise of MiniStack.
        command: seconds of the whole command, judging and all.
        waits: stack -> seconds that its wait condition took.
    """

    together: int
    seconds: dict[str, float]
    makespan: float
    own: float
    server: float
    command: float
    waits: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Place:
    """Where turns take place: a folder for the estates, and the MiniStack that they go to."""

    folder: Path
    url: str
    accounts: int = 0

    def estate(self, files: Mapping[str, str], name: str) -> Path:
        """The estate in a folder of its own, for an account that is empty."""
        self.accounts += 1
        root = self.folder / name.replace(", ", "-")
        account = f"{222_000_000_000 + self.accounts}"
        generated.write(
            root, {file: text.replace(generated.ACCOUNT, account) for file, text in files.items()}
        )
        return root


def deploy(
    place: Place,
    estate: Path,
    order: str,
    together: int,
    *,
    waits: Mapping[str, float] | None = None,
) -> Turn:
    """Deploy an estate; whatever does not end well ends the benchmark."""
    given = estate / "turn.json"
    server = look(place.folder / "ministack")
    given.write_text(json.dumps({"server": getattr(server, "pid", 0), "waits": waits or {}}))
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, order, str(together), str(given), place.url],
        cwd=estate,
        env={
            **os.environ,
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SKAFU_CACHE": os.devnull,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{order} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    told = json.loads(given.read_text())
    return Turn(together, **told, command=time.perf_counter() - began, waits=dict(waits or {}))


def main(order: str, together: int, file: Path, url: str) -> int:
    """Run `skafu deploy` and put what was measured into `file`."""
    given = json.loads(file.read_text())
    measured: dict[str, Any] = {}

    def measuring(
        needs: Mapping[StackId, Collection[StackId]],
        accounts: Mapping[StackId, str],
        do: Callable[[StackId], bool],
        bounds: Bounds,
        *,
        stopped: Callable[[], bool],
        seconds: Mapping[StackId, float],
    ) -> Walked:
        taken: dict[str, float] = {}

        def timed(id_: StackId) -> bool:
            began = time.perf_counter()
            went = do(id_)
            taken[id_.name] = time.perf_counter() - began
            return went

        begin = levels if order == "levels" else walk
        before, began = spent(given["server"]), time.perf_counter()
        walked = begin(needs, accounts, timed, bounds, stopped=stopped, seconds=seconds)
        makespan, after = time.perf_counter() - began, spent(given["server"])
        own, server = (now - then for now, then in zip(after, before, strict=True))
        measured.update(seconds=taken, makespan=makespan, own=own, server=server)
        return walked

    skafu.cli.deploying.walk = measuring  # type: ignore[assignment, attr-defined]
    if given["waits"]:
        Signals(given["waits"])
    bounds = ["--together", str(together), "--per-account", str(together)]
    sys.argv = ["skafu", "deploy", "--endpoint", url, *bounds]
    try:
        command()
        code: Any = 0
    except SystemExit as end:
        code = end.code
    file.write_text(json.dumps(measured))
    return int(code or 0)


def levels(
    needs: Mapping[StackId, Collection[StackId]],
    accounts: Mapping[StackId, str],
    do: Callable[[StackId], bool],
    bounds: Bounds,
    *,
    stopped: Callable[[], bool],
    seconds: Mapping[StackId, float],
) -> Walked:
    """All that needs nothing more, side by side; then the next."""
    left = {id_: set(needed) for id_, needed in needs.items()}
    result = Walked()
    while left:
        level = {id_ for id_, needed in left.items() if not needed}
        walked = walk(dict.fromkeys(level, ()), accounts, do, bounds, stopped=stopped, seconds=seconds)
        result.done += walked.done
        result.failed += walked.failed
        left = {id_: needed - level for id_, needed in left.items() if id_ not in level}
    return result


class Signals:
    """Says to each stack's wait condition that it is done, so many seconds after its change set was executed."""

    def __init__(self, waits: Mapping[str, float]) -> None:
        self._waits = waits
        self._names: dict[str, str] = {}
        self._due: list[tuple[float, str, Any]] = []
        self._changed = threading.Condition()
        request, execute = Regional.request_change_set, Regional.execute

        def requesting(cloud: Regional, submission: Submission, kind: str) -> str:
            id_ = request(cloud, submission, kind)
            self._names[id_] = submission.name
            return id_

        def executing(cloud: Regional, id_: str, token: str) -> None:
            execute(cloud, id_, token)
            name = self._names[id_]
            self._later(self._waits[name.removeprefix(PREFIX)], name, cloud)

        Regional.request_change_set = requesting  # type: ignore[assignment, method-assign]
        Regional.execute = executing  # type: ignore[assignment, method-assign]
        threading.Thread(target=self._work, daemon=True).start()

    def _later(self, seconds: float, name: str, cloud: Regional) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, name, cloud))
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                _, name, cloud = heapq.heappop(self._due)
            try:
                cloud._client.signal_resource(  # noqa: SLF001 - the way to the stack's own account
                    StackName=name, LogicalResourceId="Wait", UniqueId="1", Status="SUCCESS"
                )
            except ClientError:  # MiniStack has not come to the wait condition yet
                self._later(SOON, name, cloud)


def spent(server: int) -> tuple[float, float]:
    """Processor seconds so far: of this process, and of MiniStack's."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    fields = Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])  # utime and stime, of `man 5 proc`
    return mine.ru_utime + mine.ru_stime, ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
