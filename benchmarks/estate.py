"""How long skafu takes for an estate, against cfn-lint and Checkov run one after the other on its templates.

    .venv/bin/python benchmarks/estate.py [--runs 5] [--root .]

The two sides take turns, so that a machine whose speed drifts slows both; what counts is the ratio. Mind what
is compared: the command lines judge each source template once, as written; skafu judges each stack as it will be
deployed, in every environment, and runs the policies too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKOV = Path(sys.prefix) / "checkov" / "bin" / "checkov"


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    options = parser.parse_args()
    templates = sorted(str(path.resolve()) for path in options.root.glob("stacks/*/*/template.yaml"))
    one, other = [], []
    for _ in range(options.runs + 1):
        one.append(timed([[str(BIN / "skafu"), "validate", "--root", str(options.root), "--format", "json"]]))
        other.append(timed([[str(BIN / "cfn-lint"), *templates], checkov(templates)]))
    one, other = one[1:], other[1:]  # the first turn warms the caches of the file system
    ratios = sorted(a / b for a, b in zip(one, other, strict=True))
    print(f"{len(templates)} templates, {options.runs} runs, {os.cpu_count()} processors\n")
    print("| | min s | median s | max s |\n|---|---|---|---|")
    for name, values in (("skafu validate", one), ("cfn-lint, then checkov", other), ("ratio", ratios)):
        print(f"| {name} | {min(values):.2f} | {statistics.median(values):.2f} | {max(values):.2f} |")
    return 0


def checkov(templates: Sequence[str]) -> list[str]:
    """Checkov's command line, offline."""
    files = [part for template in templates for part in ("-f", template)]
    return [str(CHECKOV), *files, "--framework", "cloudformation", "--compact", "--quiet", "--skip-download"]


def timed(commands: Sequence[Sequence[str]]) -> float:
    """Wall-clock seconds of the commands, one after the other; their findings do not matter here."""
    environment = {**os.environ, "BC_SKIP_MAPPING": "TRUE", "CKV_SKIP_PACKAGE_UPDATE_CHECK": "TRUE"}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        for command in commands:
            subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
