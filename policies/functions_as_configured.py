"""Functions run with the runtime, memory, time and concurrency that their environment says.

An environment is sized and tested as a whole. A function that brings its own numbers behaves in production as
it never did in staging: it runs out of memory or time first there, or takes the concurrency of all the others.
Variables that the environment defines (`LOG_LEVEL`, `CORS_ORIGINS`) have its value wherever a function has them.

Take the values from the `lambda` section of the environment. A function that needs less on purpose (a hook of
a deployment, say) is an exception to register in `policies/waivers.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

DEFAULTS = {"MemorySize": 128, "Timeout": 3}
"""What Lambda takes where a function does not say: megabytes and seconds."""

NUMBERS = {
    "MemorySize": "memory_size",
    "Timeout": "timeout",
    "ReservedConcurrentExecutions": "reserved_concurrency",
}


@policy(severity="medium", resources=["AWS::Lambda::Function"], controls=["soc2:A1.1", "soc2:CC8.1"])
def check(function: Resource) -> Iterator[Violation | Unknown]:
    """Runtime, numbers and variables are as the environment says."""
    environment = function.environment
    if environment.get("lambda") is None:
        return
    runtime = function.get("Runtime")
    if isinstance(runtime, Unknown):
        yield runtime
    elif function.get("PackageType") != "Image" and runtime != environment.get("lambda.runtime"):
        yield function.violation(
            f"The runtime is {runtime or 'not given'}, not {environment.get('lambda.runtime')}.",
            at="Runtime",
            fix="Take Runtime from lambda.runtime.",
        )
    yield from _numbers(function)
    wanted = environment.get("lambda.environment_variables", {})
    for name, value in sorted(wanted.items()):
        at = ("Environment", "Variables", name)
        given = function.get(at)
        if isinstance(given, Unknown):
            yield given
        elif given is not None and given != value:
            yield function.violation(
                f"{name} is {given!r}, not {value!r}.", at=at, fix=f"Set {name} to {value!r}."
            )


def _numbers(function: Resource) -> Iterator[Violation | Unknown]:
    for name, setting in NUMBERS.items():
        wanted = function.environment.get(f"lambda.{setting}")
        given = function.get(name)
        if isinstance(given, Unknown):
            yield given
            continue
        actual = function.number(name) if given is not None else DEFAULTS.get(name)
        if actual != wanted:
            yield function.violation(
                f"{name} is {_shown(actual)}; lambda.{setting} of its environment is {_shown(wanted)}.",
                at=name,
                fix=f"Take {name} from lambda.{setting}." if wanted is not None else f"Remove {name}.",
            )


def _shown(number: float | None) -> str:
    return "not set" if number is None else str(number)
