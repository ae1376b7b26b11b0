"""A stack and what is nested in it are judged together: one outcome for all of it."""

from __future__ import annotations

from collections.abc import Iterable

from skafu.model.errors import SkafuError
from skafu.model.estate import Stack
from skafu.model.finding import Errored, NotApplicable, Outcome, Ran
from skafu.model.judge import Judge


def judged(judge: Judge, stack: Stack) -> Outcome:
    """What the judge says about the stack and every stack nested in it."""
    return together([_asked(judge, one) for one in (stack, *stack.nested)])


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """One outcome: failed if any failed, with everything that was found; not applicable only if none applies."""
    several = list(outcomes)
    if len(several) == 1:
        return several[0]
    failed = [one.reason for one in several if isinstance(one, Errored)]
    findings = tuple(told for one in several if not isinstance(one, NotApplicable) for told in one.findings)
    if failed:
        return Errored("; ".join(dict.fromkeys(failed)), findings)
    ran = [one for one in several if isinstance(one, Ran)]
    if not ran:
        return several[0]
    return Ran(findings, tuple(told for one in ran for told in one.not_evaluated))


def _asked(judge: Judge, stack: Stack) -> Outcome:
    try:
        return judge.judge(stack)
    except SkafuError as error:
        return Errored(str(error))
    except Exception as error:  # noqa: BLE001 - whatever a judge does, it must not take the others down
        return Errored(f"{type(error).__name__}: {error}")
