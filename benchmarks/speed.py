"""How long skafu takes for 100 templates, against cfn-lint and Checkov on the same files.

    .venv/bin/python benchmarks/speed.py --list FILE|FOLDER [--runs 3] [--count 100]

FILE names one template on each line; of a FOLDER, every .yaml, .yml, .json and .template is taken. Of these,
`count` are chosen, evenly spread, that all three tools can judge, and copied, each to a folder of its own. All
contestants take turns, so that a machine whose speed drifts slows all of them; what counts is the ratio within
a turn. The first turn is not counted: it warms the caches of the file system.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

BIN = Path(sys.executable).parent
SKAFU = [str(BIN / "skafu"), "scan", "--format", "json"]
CHECKOV = Path(sys.prefix) / "checkov" / "bin" / "checkov"
SUFFIXES = {".yaml", ".yml", ".json", ".template"}
UNREADABLE = {"template-syntax", "template-sam"}
"""Rules of findings about templates that do not count: a tool that gives up early looks fast."""


def main() -> int:
    """Choose, measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--list", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "templates"
        files = chosen(listed(options.list), options.count, work)
        print(f"{len(files)} templates, {options.runs} turns, {os.cpu_count()} processors\n", flush=True)
        turns = [turn(files, work, number) for number in range(options.runs + 1)][1:]
    show(turns)
    return 0


def listed(source: Path) -> list[Path]:
    """Every template there is to choose from."""
    if source.is_dir():
        return sorted(path for path in source.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return [Path(line) for line in source.read_text("utf-8").splitlines() if line]


def chosen(templates: Sequence[Path], count: int, work: Path) -> list[str]:
    """Names of copies, in `work`, of `count` templates that every tool can judge."""
    step = max(len(templates) * 2 // (count * 3), 1)  # half as many again: some will not do
    copies = {}
    for number, path in enumerate(templates[::step]):
        copies[f"{number:04d}/template{path.suffix}"] = path
        (work / f"{number:04d}").mkdir(parents=True)
        shutil.copyfile(path, work / f"{number:04d}/template{path.suffix}")
    report = json.loads(run([*SKAFU, "--no-cache", *copies], work))
    text = json.dumps([report["reasons"], report["outcomes"]])
    refused = {one["file"] for one in report["findings"] if one["rule"] in UNREADABLE}
    judged = {one["definition"] for one in report["stacks"]}
    sound = [name for name in copies if name in judged - refused and name not in text]
    return sound[:count]


def turn(files: list[str], work: Path, number: int) -> dict[str, float]:
    """Seconds of each contestant, once."""
    cache = work.parent / f"cache-{number}"  # new in every turn
    lint = [str(BIN / "cfn-lint"), *files]
    scan = [str(CHECKOV), *(part for file in files for part in ("-f", file))]
    scan += ["--framework", "cloudformation", "--compact", "--quiet", "--skip-download"]
    found = {"cfn-lint, then checkov": timed([[lint], [scan]], work, cache)}
    found["skafu scan, cold"] = timed([[[*SKAFU, *files]]], work, cache)
    found["skafu scan, warm"] = timed([[[*SKAFU, *files]]], work, cache)
    changed = work / files[len(files) // 2]
    changed.write_bytes(b"\n" + changed.read_bytes())  # every value moves, so that its stack is judged again
    found["skafu scan, one file changed"] = timed([[[*SKAFU, *files]]], work, cache)
    found["cfn-lint beside checkov"] = timed([[lint, scan]], work, cache)
    return found


def timed(steps: Sequence[Sequence[Sequence[str]]], work: Path, cache: Path) -> float:
    """Wall-clock seconds of the steps, one after the other; the commands of a step run at once."""
    start = time.perf_counter()
    for step in steps:
        running = [started(command, work, cache) for command in step]
        for process in running:
            process.communicate()
    return time.perf_counter() - start


def run(command: Sequence[str], work: Path) -> bytes:
    """What a command prints."""
    return started(command, work, Path(os.devnull)).communicate()[0]


def started(command: Sequence[str], work: Path, cache: Path) -> subprocess.Popen[bytes]:
    """A command, offline, with byte-code caches as an ordinary installation has them."""
    environment = {
        **os.environ,
        "SKAFU_CACHE": str(cache),
        "BC_SKIP_MAPPING": "TRUE",
        "CKV_SKIP_PACKAGE_UPDATE_CHECK": "TRUE",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.Popen(
        command, cwd=work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def show(turns: Sequence[dict[str, float]]) -> None:
    """A table of medians, and of the ratios within each turn."""
    base = "cfn-lint, then checkov"
    print("| | median s | min s | max s | of the sequence |\n|---|---|---|---|---|")
    for name in turns[0]:
        values = [one[name] for one in turns]
        ratio = statistics.median(one[name] / one[base] for one in turns)
        middle = statistics.median(values)
        print(f"| {name} | {middle:.2f} | {min(values):.2f} | {max(values):.2f} | {ratio:.3f} |")


if __name__ == "__main__":
    sys.exit(main())
