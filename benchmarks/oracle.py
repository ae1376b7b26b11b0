"""How skafu resolves templates, against an embedded AWS endpoint that deploys them.

    make oracle                                  `skafu doctor --install` makes what it needs
    .venv/bin/python benchmarks/oracle.py [--output benchmarks/oracle.md] [NAME...]

Each template of `benchmarks/oracle/` is deployed to MiniStack with given parameters, and everything that can be
read back (outputs through DescribeStacks, properties through the services) is compared with the effective template.
Exit code 1 when skafu is wrong anywhere, or a template's note is not needed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oracle_compare import Compared, Deployments, Notes, Verdict, compare
from oracle_endpoint import Account, Deployed, fresh

from skafu.aws.embedded.environment import NotReady, status
from skafu.load.document import parse_document
from skafu.model.node import Node, annotated
from skafu.model.place import Location
from skafu.resolve import Placement, Resolved, expand, resolve_template
from skafu.resolve.functions import unknown_in
from skafu.resolve.scope import Use

TEMPLATES = Path(__file__).with_suffix("")
REGION = "eu-west-1"
STORE = "https://s3.amazonaws.com"
LATER = "-later"
"""What the values in Parameter Store end with when a template is deployed again."""


INTRODUCTION = """\
# The resolver against an embedded AWS endpoint

    make oracle ARGS="--output benchmarks/oracle.md"

Each template of `benchmarks/oracle/` is deployed to MiniStack on loopback with the parameters that its
`Metadata.Oracle.Runs` gives, and every value that can be read back is compared with skafu's effective template:
which resources and outputs there are, outputs and exports as DescribeStacks states them, properties as the
services state them, retained resources after the stack is deleted, and whether the template is refused at all.
Then the effective template is deployed, too, and has to make the same values. Scalars are compared as text, because
CloudFormation's are text.

- **equal**: skafu knows the value, and it is what stands; or both sides refuse the template.
- **Unknown, made at deployment**: it could not have been known: it changed when the same was deployed again with
  other values in Parameter Store, or it holds a name that is written nowhere in the template.
- **Unknown, explained**: neither, and the template's note says why it is Unknown all the same (below).
- **MiniStack wrong**: the note names the right value, which skafu has, and who says so (below); or it names, value by
  value, what MiniStack makes of the effective template, and who says that CloudFormation would not.
- **skafu wrong**: all the rest.

{templates} templates in {runs} runs against MiniStack {ministack}.
"""

EXPLAINED = (
    (Verdict.WRONG, "Where skafu is wrong"),
    (Verdict.EMULATOR, "Where MiniStack is wrong"),
    (Verdict.EXPLAINED, "Unknown, and why"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A template, and what its `Metadata.Oracle` says.

    Attributes:
        name: the file's name without its ending.
        runs: the parameters of each run.
        store: what Parameter Store holds beforehand.
        after: the templates that are deployed before it, with their defaults.
        nested: the templates that are nested in it.
        region: where it is deployed.
    """

    name: str
    text: str
    source: Node
    runs: Sequence[Mapping[str, str]]
    store: Mapping[str, str]
    after: Sequence[str]
    nested: Sequence[str]
    region: str
    notes: Notes


def read(name: str) -> Case:
    """The case in `benchmarks/oracle/<name>.yaml`."""
    text = (TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8")
    source = parse_document(text, f"{name}.yaml", rule="template-syntax")
    oracle = source.get("Metadata", "Oracle")
    said: Mapping[str, Any] = oracle.plain() if oracle else {}
    noted: Mapping[str, Any] = said.get("MiniStack", {})
    emulator = {place: (one.get("Right"), one["Why"]) for place, one in noted.items() if "Makes" not in one}
    redeployed = {place: (one["Makes"], one["Why"]) for place, one in noted.items() if "Makes" in one}
    return Case(
        name=name,
        text=text,
        source=source,
        runs=said.get("Runs", [{}]),
        store=said.get("Store", {}),
        after=said.get("After", []),
        nested=said.get("Nested", []),
        region=said.get("Region", REGION),
        notes=Notes(said.get("Unknown", {}), emulator, redeployed),
    )


def stack_name(name: str) -> str:
    """What CloudFormation calls the stack of a case."""
    return f"oracle-{name}"


def effective(case: Case, given: Mapping[str, str], account: str) -> Resolved:
    """The effective template, with the outputs of the stacks before it known as far as they are static."""
    outside: dict[tuple[str, str], Node] = {}
    for before in case.after:
        other = read(before)
        made = effective(other, {}, account).template.get("Outputs")
        for key, output in made.members.items() if made else ():
            value = output.get("Value")
            if value is not None and unknown_in(value) is None:
                outside["export", output.text("Export", "Name")] = value
                outside["output", f"{stack_name(before)} {key}"] = value

    def lookup(use: Use) -> Node | None:
        return outside.get((use.kind, use.name if use.kind == "export" else f"{use.stack_name} {use.name}"))

    placement = Placement(account, case.region, stack_name(case.name))
    origin = annotated({}, Location("benchmarks/oracle.py"))
    values = annotated(given, origin.location).members
    library = {f"{name}.yaml": read(name).source for name in case.nested}
    resolved, scope = resolve_template(case.source, values, origin, placement, lookup, library)
    return expand(resolved, scope, case.region, {})


def upload(account: Account, resolved: Resolved) -> None:
    """Put the nested templates where the effective template says that they are."""
    for logical_id, (inner, _) in resolved.nested.items():
        url = resolved.template.text("Resources", logical_id, "Properties", "TemplateURL")
        text = (TEMPLATES / inner.template.location.file).read_text(encoding="utf-8")
        _, bucket, key = url.rsplit("/", 2)
        account.upload(bucket, key, text)


def examine(case: Case, account: Account, account_id: str) -> Iterator[Compared]:
    """Deploy a case with each of its parameter sets, and compare."""
    account.remember(case.store)
    text = case.text
    for inner in case.nested:  # as `aws cloudformation package` does
        account.upload("templates", f"{inner}.yaml", read(inner).text)
        text = text.replace(f"TemplateURL: {inner}.yaml", f"TemplateURL: {STORE}/templates/{inner}.yaml")
    for before in case.after:
        deployed = account.deploy(stack_name(before), read(before).text, {})
        if deployed.refused:
            yield Compared("Stack", Verdict.WRONG, f"{before} cannot be deployed: {deployed.refused}")
            return
    for given in case.runs:
        resolved = effective(case, given, account_id)
        name = stack_name(case.name)
        written = account.once(name, text, given)
        accepted = acceptance(case, resolved, written)
        yield accepted
        if written.refused or resolved.findings or accepted.verdict is not Verdict.EQUAL:
            continue
        account.remember({key: value + LATER for key, value in case.store.items()})
        again = account.once(name, text, given)
        account.remember(case.store)
        left = resolved.template.get("Parameters")
        kept = {key: value for key, value in given.items() if left is not None and key in left.members}
        upload(account, resolved)
        later = account.once(name, json.dumps(resolved.template.plain()), kept)
        if again.refused:
            yield Compared("Stack", Verdict.WRONG, f"refused the second time: {again.refused}")
            continue
        if later.refused:
            yield Compared("Stack", Verdict.WRONG, f"the effective template is refused: {later.refused}")
            later = written
        yield from compare(case.source, resolved.template, Deployments(written, again, later), case.notes)


def acceptance(case: Case, resolved: Resolved, written: Deployed) -> Compared:
    """Whether both sides take the template, or both refuse it."""
    found = "; ".join(finding.message for finding in resolved.findings) or resolved.obstacle
    if bool(written.refused) == bool(found):
        return Compared("Stack", Verdict.EQUAL)
    detail = f"skafu: {found or 'nothing to say'}. MiniStack: {written.refused or 'deployed it'}."
    if "Stack" in case.notes.emulator:
        return Compared("Stack", Verdict.EMULATOR, detail, "Stack")
    return Compared("Stack", Verdict.WRONG, detail)


def table(
    results: Mapping[str, Sequence[Compared]], cases: Mapping[str, Case], ministack: str
) -> Iterator[str]:
    """The document, line by line."""
    runs = sum(len(case.runs) for case in cases.values())
    yield INTRODUCTION.format(templates=len(cases), runs=runs, ministack=ministack)
    heads = " | ".join(verdict.value for verdict in Verdict)
    yield f"| template | what it shows | runs | {heads} |"
    yield "|---|---|---|" + "---|" * len(Verdict)
    for name, found in results.items():
        case = cases[name]
        row = f"[{name}](oracle/{name}.yaml) | {case.source.text('Description')} | {len(case.runs)}"
        yield f"| {row} | {counted(found)} |"
    yield f"| all | | {runs} | {counted([one for found in results.values() for one in found])} |"
    for verdict, title in EXPLAINED:
        lines = [
            told(name, one, cases[name].notes)
            for name, found in results.items()
            for one in found
            if one.verdict is verdict
        ]
        yield f"\n## {title}\n"
        yield from dict.fromkeys(lines) or ["Nowhere."]


def counted(found: Sequence[Compared]) -> str:
    """How many values came to each verdict, as cells of the table."""
    count = Counter(one.verdict for one in found)
    return " | ".join(str(count[verdict] or "") for verdict in Verdict)


def told(name: str, one: Compared, notes: Notes) -> str:
    """What a verdict rests on, as an item of a list."""
    why = notes.why(one.note)
    parts = [part.rstrip(".") for part in (one.detail, why) if part]
    return f"- {name}, `{one.place}`: {'. '.join(parts)}."


def stale(results: Mapping[str, Sequence[Compared]], cases: Mapping[str, Case]) -> Iterator[str]:
    """The notes that no verdict rests on."""
    for name, found in results.items():
        used = {one.note for one in found}
        notes = cases[name].notes
        told = (*notes.unknown, *notes.emulator, *notes.redeployed)
        yield from (f"{name}: {note}" for note in told if note not in used)


def main() -> int:
    """Examine every case and print the document."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="only these templates")
    parser.add_argument("--output", type=Path, help="write the document there")
    options = parser.parse_args()
    ready = status()
    if isinstance(ready, NotReady):
        print(f"{ready.reason} {ready.remedy}", file=sys.stderr)
        return 2
    names = options.names or sorted(path.stem for path in TEMPLATES.glob("*.yaml"))
    cases = {name: read(name) for name in names}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit runs what cleans up, a signal does not
    results: dict[str, list[Compared]] = {}
    with fresh() as endpoint:
        for number, (name, case) in enumerate(cases.items(), start=100_000_000_001):
            account = Account(endpoint, str(number), case.region)
            results[name] = list(examine(case, account, str(number)))
    text = "\n".join(table(results, cases, ready.version)) + "\n"
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    unused = list(stale(results, cases))
    for one in unused:
        print(f"a note that nothing rests on: {one}", file=sys.stderr)
    wrong = any(one.verdict is Verdict.WRONG for found in results.values() for one in found)
    return 1 if wrong or unused else 0


if __name__ == "__main__":
    sys.exit(main())
