"""skafu over templates that nobody here wrote: what resolves, and whether `--as-written` is what it says.

    .venv/bin/python benchmarks/corpus.py FOLDER                    what resolves wholly, partly, not, and why
    .venv/bin/python benchmarks/corpus.py FOLDER --compare          --as-written against both command lines
    .venv/bin/python benchmarks/corpus.py FOLDER --differences 50   as written against effective, to explain by hand

`--list FILE` takes the paths from a file instead, one in each line; `--sample N` takes N of each source (the
first folder in which the paths differ), always the same ones. Templates are only read; nothing is deployed.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus_judged import compare, differences, pattern  # type: ignore[import-not-found]  # a neighbour

from skafu.load import DocumentError, load_template
from skafu.model.node import Node, Unknown
from skafu.resolve import Placement, expand, resolve_template

TEMPLATE = re.compile(rb"\bResources\b")
NAMES = {".yaml", ".yml", ".json", ".template"}
SLOW_TO_IMPORT = "samtranslator.translator.translator"
"""Loaded once, before the forks that need it."""


@dataclass(frozen=True)
class Fate:
    """What became of a template: `wholly`, `partly`, `not`, `crash` or `hang`, and every reason."""

    kind: str
    reasons: tuple[str, ...] = ()


def main() -> int:
    """Print the tables that were asked for. 1 if anything crashed, hung or differed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--list", type=Path)
    parser.add_argument("--sample", type=int, help="how many templates of each source")
    parser.add_argument("--time-limit", type=float, default=20.0, help="seconds for resolving one template")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--differences", type=int, metavar="N")
    options = parser.parse_args()
    files = listed(options.folder, options.list)
    root = os.path.commonpath([Path(file).parent for file in files])
    files = sampled(files, root, options.sample) if options.sample else files
    if options.compare:
        return 1 if compare(files, root) else 0
    if options.differences:
        differences(files, root, options.differences)
        return 0
    return resolve_all(files, root, options.time_limit)


def listed(folder: Path | None, names: Path | None) -> list[str]:
    """The absolute paths of the templates, sorted."""
    if names:
        return sorted(str(Path(line).resolve()) for line in names.read_text("utf-8").splitlines() if line)
    found = sorted(path.resolve() for path in (folder or Path()).rglob("*") if path.suffix in NAMES)
    return [str(path) for path in found if path.is_file() and TEMPLATE.search(path.read_bytes())]


def source_of(file: str, root: str) -> str:
    """The first folder below the common one."""
    return Path(file).relative_to(root).parts[0]


def sampled(files: Sequence[str], root: str, number: int) -> list[str]:
    """`number` templates of each source, the same in every run."""
    groups: dict[str, list[str]] = {}
    for file in files:
        groups.setdefault(source_of(file, root), []).append(file)
    chosen = (random.Random(3).sample(group, min(number, len(group))) for group in groups.values())  # noqa: S311
    return sorted(file for group in chosen for file in group)


def resolve_all(files: Sequence[str], root: str, limit: float) -> int:
    """The table of how many templates resolve."""
    importlib.import_module(SLOW_TO_IMPORT)
    start = time.perf_counter()
    fates = {file: resolved_apart(file, limit) for file in files}
    took = time.perf_counter() - start
    kinds = ("wholly", "partly", "not", "crash", "hang")
    print(f"{len(files)} templates in {took:.0f} s, each in a process of its own\n")
    print(f"| source | {' | '.join(kinds)} |\n|---|{'---|' * len(kinds)}")
    for source in [*sorted({source_of(file, root) for file in files}), "all"]:
        mine = [fate.kind for file, fate in fates.items() if source in {source_of(file, root), "all"}]
        print(f"| {source} | {' | '.join(str(mine.count(kind)) for kind in kinds)} |")
    for kind in kinds[1:]:
        why = Counter(reason for fate in fates.values() if fate.kind == kind for reason in fate.reasons)
        if why:
            print(f"\n| {kind}: why | templates |\n|---|---|")
            print("\n".join(f"| {reason} | {count} |" for reason, count in why.most_common(25)))
    for file, fate in fates.items():
        if fate.kind in {"crash", "hang"}:
            print(f"\n{fate.kind}: {os.path.relpath(file, root)}: {fate.reasons}")
    return int(any(fate.kind in {"crash", "hang"} for fate in fates.values()))


def resolved_apart(file: str, limit: float) -> Fate:
    """Resolve in a process that can be stopped."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(resolved(file)))
    process.start()
    sender.close()
    try:
        fate: Fate = receiver.recv() if receiver.poll(limit) else Fate("hang", (f"more than {limit:g} s",))
    except EOFError:
        fate = Fate("crash", ("the process died",))
    process.kill()
    process.join()
    return fate


def resolved(file: str) -> Fate:
    """Resolve one template with the defaults of its parameters, as `skafu scan` does."""
    try:
        source = load_template(Path(file))
        placement = Placement("000000000000", "us-east-1", "corpus")
        template, scope = resolve_template(source, {}, Node({}, source.location), placement, lambda _: None)
        template = expand(template, scope, "us-east-1", {})
    except DocumentError as bad:
        return Fate("not", (f"{bad.finding.rule}: {pattern(bad.finding.message)}",))
    except Exception as error:  # noqa: BLE001  (what this looks for)
        return Fate("crash", (f"{type(error).__name__}: {pattern(str(error))}",))
    wrong = {
        f"{one.rule}: {pattern(one.message)}" for one in template.findings if one.rule != "parameter-missing"
    }
    if template.obstacle:
        return Fate("not", tuple(sorted(wrong)) or (pattern(template.obstacle),))
    walked = (node.value for _, node in template.template.walk())
    unknown = {pattern(value.reason) for value in walked if isinstance(value, Unknown)}
    return Fate("partly", tuple(sorted(wrong | unknown))) if wrong | unknown else Fate("wholly")


if __name__ == "__main__":
    sys.exit(main())
