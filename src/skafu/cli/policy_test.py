"""`skafu policy test`: the policies and validators against the cases that stand beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import click

from skafu.cli.common import repository, root_option
from skafu.model.errors import InputError, JudgeError
from skafu.model.nearest import nearest
from skafu.sdk.comparing import Difference
from skafu.sdk.mutation import Bites
from skafu.validate.policy_files import FOLDER, POLICY, VALIDATOR, policy_files, policy_id, validator_files
from skafu.validate.trials import Trial, TriedCase, kind_of, orphans, try_rules

SURVIVORS_SHOWN = 8
"""How many mutants of one that never bites are named."""


@click.command(short_help="Run the cases of policies and validators, and try whether these bite.")
@click.argument("policies", nargs=-1, metavar="[POLICY]...")
@click.option(
    "--mutate/--no-mutate",
    default=True,
    show_default=True,
    help="Break the passing cases one place at a time: what minds none of it never bites.",
)
@root_option
def command(policies: tuple[str, ...], *, mutate: bool, root: Path | None) -> int:
    """Run the cases of all policies and validators, or of those named, and try whether they bite.

    Beside each policy stands a cases file with small templates and what the policy must say about each. A case
    passes, states violations, or cannot be evaluated; every policy needs all three, where the last may be a case
    without anything that the policy is about. The cases of a validator in Python are small estates; it needs one
    that passes and one that states a violation.

    \b
      skafu policy test                        all of them
      skafu policy test tables-recoverable     one, after every change to it

    Exit codes: 0 all is right, 1 a case says otherwise or is missing, or one never bites, 2 a cases file
    cannot be read, 4 a policy or validator failed.
    """
    root = repository(root)
    known = [*policy_files(root), *validator_files(root)]
    if not known:
        raise JudgeError(f"there is no policy in {FOLDER}/; `skafu policy new` writes one")
    files = _chosen(known, policies)
    trials = []
    for trial in try_rules(root, files, mutate=mutate):
        trials.append(trial)
        for line in _told(trial):
            click.echo(line)
    strays = [] if policies else orphans(root, known)
    for stray in strays:
        click.echo(_bad(f"{stray}:1: there is no {kind_of(stray).name} beside it"))
    click.echo(_summary(trials, good=not strays))
    return _exit_code(trials, strays)


def _chosen(files: Sequence[str], names: Sequence[str]) -> list[str]:
    """The files that the names mean: an id, or the path of the code or of its cases; all of them without any."""
    chosen = []
    for name in names:
        path = PurePosixPath(name)
        file = path.with_name(f"{path.name.removesuffix('.py').removesuffix('.cases.yaml')}.py").as_posix()
        id_ = policy_id(file)
        found = [one for one in files if one == file] or [one for one in files if policy_id(one) == id_]
        if not found:
            ids = [policy_id(one) for one in files]
            raise InputError(f'there is no policy "{name}".', hint=nearest(id_, ids))
        chosen += found
    return [file for file in files if file in chosen] or list(files)


def _told(trial: Trial) -> Iterator[str]:
    """What is not right about one of them; nothing if all is."""
    if trial.good:
        return
    yield _bad(trial.id)
    yield from (f"  {text}" for text in (trial.problem, trial.unreadable, *trial.lacking) if text)
    for case in trial.wrong:
        yield f"  {_where(case)}  {case.name}"
        if case.crashed:
            yield f"    {click.style('!', fg='red')} {case.crashed}"
        for difference in case.differences:
            yield from _sides(trial, case, difference)
    if trial.bites is not None and trial.toothless and (trial.bites.cases or not trial.lacking):
        yield from _toothless(trial.bites)


def _sides(trial: Trial, case: TriedCase, difference: Difference) -> Iterator[str]:
    if difference.failed:
        yield f"    {click.style('!', fg='red')} {trial.file}:{difference.line}: {difference.said}"
        return
    if difference.expected:
        elsewhere = f"  (line {difference.line})" if difference.line != case.line else ""
        yield f"    {click.style('-', fg='green')} expected  {difference.expected}{elsewhere}"
    if difference.said:
        yield f"    {click.style('+', fg='red')} said      {difference.said}"
    elif difference.expected:
        yield f"    {click.style('+', fg='red')} said      nothing of it"


def _toothless(bites: Bites) -> Iterator[str]:
    yield (
        f"  never bites: {bites.mutants} mutants of {_number(bites.cases, 'passing case')}, "
        "none was a violation"
    )
    yield from (f"    {survivor}" for survivor in bites.survivors[:SURVIVORS_SHOWN])
    if len(bites.survivors) > SURVIVORS_SHOWN:
        yield f"    and {len(bites.survivors) - SURVIVORS_SHOWN} more"
    if bites.failed:
        yield f"    it failed at {bites.failed}: {bites.failure}"


def _summary(trials: Sequence[Trial], *, good: bool) -> str:
    bites = sum((trial.bites for trial in trials if trial.bites), Bites())
    counted = [*_counted(trials), _number(sum(len(one.cases) for one in trials), "case")]
    if any(trial.bites is not None for trial in trials):
        counted += [_number(bites.mutants, "mutant"), f"{bites.killed} killed"]
    text = ", ".join(counted)
    wrong = [trial for trial in trials if not trial.good]
    if wrong:
        return _bad(f"{text}; {' and '.join(_counted(wrong))} {'is' if len(wrong) == 1 else 'are'} not right")
    return f"{click.style('✓', fg='green')} {text}" if good else _bad(text)


def _counted(trials: Sequence[Trial]) -> list[str]:
    """How many there are of each kind that there is."""
    counts = [(kind, sum(trial.kind is kind for trial in trials)) for kind in (POLICY, VALIDATOR)]
    return [_number(count, kind.name, kind.several) for kind, count in counts if count]


def _exit_code(trials: Sequence[Trial], strays: Sequence[str]) -> int:
    if strays or any(trial.unreadable for trial in trials):
        return 2
    if any(trial.failed for trial in trials):
        return 4
    return 0 if all(trial.good for trial in trials) else 1


def _where(case: TriedCase) -> str:
    return click.style(f"{case.file}:{case.line}", bold=True)


def _bad(text: str) -> str:
    return f"{click.style('✗', fg='red')} {text}"


def _number(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
