"""One file of the team's `policies/` or `validators/` -> the rule in it.

Runs the team's code: only ever in a child or a test.
"""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from skafu.sdk.declare import PlanPolicy, Policy, Rule, StackPolicy, Validator
from skafu.sdk.running import in_one_line, raised_at

FOLDER = "policies"
"""Where the policies of a repository stand."""

VALIDATORS = "validators"
"""Where its validators stand."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file of a folder holds, in the words of its author."""

    name: str
    several: str
    decorators: str
    types: tuple[type, ...]


DECORATORS = {"policy", "stack_policy", "plan_policy", "validator"}
"""The names under which functions are made into policies and validators."""

POLICY = Kind(
    "policy", "policies", "@policy, @stack_policy or @plan_policy", (Policy, StackPolicy, PlanPolicy)
)
VALIDATOR = Kind("validator", "validators", "@validator", (Validator,))


class PolicyFileError(Exception):
    """A file that cannot be used as a policy. The message starts with `file:line`."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy, or a validator, and what its file says about it.

    Attributes:
        id: the file's name with dashes, e.g. `tables-recoverable`.
        title: first line of the docstring.
        docstring: all of it: the published page.
        file: relative to the repository root.
        line: where the function starts, 1-based.
        policy: what the decorator made.
    """

    id: str
    title: str
    docstring: str
    file: str
    line: int
    policy: Rule


def policy_id(file: str) -> str:
    """The id of the policy or validator in a file: its name with dashes."""
    return Path(file).stem.replace("_", "-")


def policy_files(root: Path) -> list[str]:
    """Every Python file under `policies/`, relative to `root`, sorted. Each one must hold a policy."""
    return sorted(
        path.relative_to(root).as_posix() for path in (root / FOLDER).rglob("*.py") if path.is_file()
    )


def validator_files(root: Path) -> list[str]:
    """Every Python file under `validators/`, as `policy_files`."""
    return sorted(
        path.relative_to(root).as_posix() for path in (root / VALIDATORS).rglob("*.py") if path.is_file()
    )


def plan_policies(root: Path) -> frozenset[str]:
    """The ids of the policies about plans, read from their files without running them.

    What only they find is in no report about stacks: a waiver of theirs is not unused because nobody found it there.
    """
    found = set()
    for file in policy_files(root):
        code = (root / file).read_bytes()
        try:
            if b"plan_policy" in code and _decorated(code, {"plan_policy"}):
                found.add(policy_id(file))
        except (SyntaxError, ValueError, RecursionError):
            continue  # whoever runs it says what is wrong with it
    return frozenset(found)


def read_policy(root: Path, file: str) -> PolicyFile:
    """Run the file and take its one policy, or its one validator if it stands in `validators/`.

    Raises:
        PolicyFileError: it cannot be run, or holds none of its kind, several, or one without a docstring.
    """
    module = _run(root, file)
    kind = VALIDATOR if file.startswith(f"{VALIDATORS}/") else POLICY
    found = [value for value in vars(module).values() if isinstance(value, Rule)]
    if not found:
        raise PolicyFileError(file, 1, f"there is no function with {kind.decorators} in it")
    starts = sorted({*_decorated((root / file).read_bytes(), DECORATORS), *map(_start, found)})
    if len(starts) > 1:
        raise PolicyFileError(
            file, starts[1], f"it holds {len(starts)} {kind.several}; one file is one {kind.name}"
        )
    if not isinstance(found[0], kind.types):
        raise PolicyFileError(
            file, starts[0], f"it is no {kind.name}: that is a function with {kind.decorators}"
        )
    docstring = inspect.cleandoc(module.__doc__ or "").strip()
    if not docstring:
        raise PolicyFileError(
            file, 1, f"it has no docstring; the docstring is the {kind.name}'s published page"
        )
    return PolicyFile(policy_id(file), docstring.splitlines()[0], docstring, file, starts[0], found[0])


def _run(root: Path, file: str) -> ModuleType:
    """Compile and run the source itself: a cached `.pyc` beside it could be something else."""
    path = root / file
    name = file.removesuffix(".py").replace("/", ".")
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and typing look their module up there
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, vars(module))  # noqa: S102  (running the team's policies is the purpose)
    except SyntaxError as error:
        line = error.lineno if error.filename == str(path) and error.lineno else 1
        raise PolicyFileError(file, line, f"SyntaxError: {error.msg}") from error
    except (Exception, SystemExit) as error:
        raise PolicyFileError(
            file, raised_at(str(path), error.__traceback__, 1), in_one_line(error)
        ) from error
    return module


def _decorated(code: bytes, decorators: set[str]) -> set[int]:
    """The first lines of all functions with one of these: one may have replaced another of the same name."""
    tree = ast.parse(code)
    imports = (statement for statement in ast.walk(tree) if isinstance(statement, ast.ImportFrom))
    aliases = {
        one.asname for found in imports for one in found.names if one.name in decorators and one.asname
    }
    return {
        function.decorator_list[0].lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and ast.unparse(decorator.func).rpartition(".")[2] in decorators | aliases
    }


def _start(policy: Rule) -> int:
    code = getattr(policy.check, "__code__", None)
    return code.co_firstlineno if code is not None else 1
