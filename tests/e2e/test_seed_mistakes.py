"""The mistakes of the architecture's own template, made again in a small repository: each is found at its line.

The policies that find them are this repository's own, so this also shows that they hold what they promise.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests/examples/seed-mistakes"
ARCHITECTURE = ROOT.parent / "shared/seed/deployment-architecture.md"
TEMPLATE = "stacks/platform/app/template.yaml"
SKAFU = Path(sys.executable).with_name("skafu")

EVERYWHERE = ("development", "production", "staging")

pytestmark = pytest.mark.slow


def validate(folder, cache, *arguments):
    """`skafu validate` as a process, on a terminal of 120 columns."""
    return subprocess.run(
        [SKAFU, "validate", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "SKAFU_CACHE": cache},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def copied(folder):
    """The example with this repository's policies, which no example may hold a copy of."""
    shutil.copytree(EXAMPLE, folder)
    # The registers of controls name our validators and our Config rules, and the example has neither.
    no_part = shutil.ignore_patterns("__pycache__", "controls")
    shutil.copytree(ROOT / "policies", folder / "policies", ignore=no_part)
    return folder


def with_template_of_the_architecture(folder):
    """The same repository, with the template that the architecture shows in place of the example's own."""
    copied(folder)
    blocks = re.findall(
        r"^```yaml\n(# template\.yaml\n.*?)^```$", ARCHITECTURE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 1
    (folder / TEMPLATE).write_text(blocks[0], encoding="utf-8")
    for code in ("src/handlers/metrics", "layers/powertools"):
        (folder / TEMPLATE).parent.joinpath(code).mkdir(parents=True)
        (folder / TEMPLATE).parent.joinpath(code, "app.py").write_text("", encoding="utf-8")
    declaration = folder / "stacks/platform/app/stack.yaml"
    written = declaration.read_text("utf-8")
    assert "  Stage: ${environment.stage}\n" in written
    declaration.write_text(written.replace("  Stage: ", "  Environment: "), encoding="utf-8")
    return folder


class Judged:
    """A report, and the template it speaks of."""

    def __init__(self, folder, cache):
        self.run = validate(folder, cache, "--format", "json")
        self.report = json.loads(self.run.stdout) if self.run.stdout.startswith("{") else {}
        self.lines = (folder / TEMPLATE).read_text("utf-8").splitlines()

    def line(self, text, after=""):
        """The number of the first line with this text, below the first line with `after`."""
        start = self._first(after, 0) if after else 0
        return self._first(text, start)

    def _first(self, text, start):
        numbers = [
            number for number, line in enumerate(self.lines, start=1) if number > start and text in line
        ]
        assert numbers, f"{text!r} does not stand in the template"
        return numbers[0]

    def environments(self, rule, line, said):
        """The same words -> the environments of the one blocking finding at this line whose message has them all.

        What no words describe stands under its whole message: more than was made wrong is a mistake too.
        """
        found = {}
        for one in self.report["findings"]:
            if (one["rule"], one["file"], one["line"], one["decision"]) == (rule, TEMPLATE, line, "blocking"):
                message = one["message"]
                described = [words for words in said if all(word in message for word in words.split())]
                found.setdefault((described or [message])[0], []).extend(one["environments"])
        return {words: tuple(names) for words, names in found.items()}

    def lines_of(self, rule):
        """Every line at which a rule blocks."""
        return sorted(
            {
                one["line"]
                for one in self.report["findings"]
                if one["rule"] == rule and one["decision"] == "blocking"
            }
        )


@pytest.fixture(scope="module")
def example(tmp_path_factory, shared_cache):
    return Judged(copied(tmp_path_factory.mktemp("example") / "repository"), shared_cache)


@pytest.fixture(scope="module")
def architecture(tmp_path_factory, shared_cache):
    if not ARCHITECTURE.exists():
        pytest.skip("the architecture is not beside this repository")
    folder = tmp_path_factory.mktemp("seed") / "repository"
    return Judged(with_template_of_the_architecture(folder), shared_cache)


def test_nothing_but_the_findings_blocks_it(example):
    assert example.run.returncode == 1
    assert example.report["gate"] == "blocked"
    assert {one["status"] for one in example.report["outcomes"]} == {"ran"}
    assert {stack["gate"] for stack in example.report["stacks"]} == {"blocked"}


MISTAKES = [
    pytest.param(
        "tables-protected",
        ("DeletionProtectionEnabled:", ""),
        {"protection off": ("staging",)},
        id="deletion protection only in production",
    ),
    pytest.param(
        "tables-recoverable",
        ("PointInTimeRecoveryEnabled:", ""),
        {"recovery on off": ("development",)},
        id="point-in-time recovery in development",
    ),
    pytest.param(
        "passwords-strong",
        ("MinimumLength:", ""),
        {"8 12": ("production", "staging")},
        id="short passwords",
    ),
    pytest.param(
        "passwords-strong",
        ("RequireSymbols:", ""),
        {"no symbols": ("production", "staging")},
        id="passwords without symbols",
    ),
    pytest.param(
        "functions-as-configured",
        ("MemorySize:", "Globals:"),
        {
            "MemorySize 512 2048": ("production",),
            "MemorySize 512 1024": ("staging",),
        },
        id="memory of development everywhere",
    ),
    pytest.param(
        "functions-as-configured",
        ("Timeout:", "Globals:"),
        {
            "Timeout 30 300": ("production",),
            "Timeout 30 60": ("staging",),
        },
        id="time of development everywhere",
    ),
    pytest.param(
        "functions-as-configured",
        ("Properties:", "Type: AWS::Serverless::Function"),
        {"ReservedConcurrentExecutions not 100": ("production",)},
        id="no reserved concurrency",
    ),
    pytest.param(
        "template-sam",
        ("RequestValidator:", ""),
        {"RequestValidator AWS::Serverless::Api": EVERYWHERE},
        id="a property that does not exist",
    ),
    pytest.param(
        "api-origins",
        ("AllowOrigin:", "Cors:"),
        {
            "* http://localhost:3000": ("development",),
            "* https://skafu.com": ("production",),
            "* https://staging.skafu.com": ("staging",),
        },
        id="browsers of any origin",
    ),
    pytest.param(
        "api-origins",
        ("Access-Control-Allow-Origin:", "GatewayResponses:"),
        {
            "* http://localhost:3000": ("development",),
            "* https://skafu.com": ("production",),
            "* https://staging.skafu.com": ("staging",),
        },
        id="errors to browsers of any origin",
    ),
    pytest.param(
        "functions-log-explicitly",
        ("Properties:", "Type: AWS::Serverless::Function"),
        {"log group": EVERYWHERE},
        id="no log group",
    ),
]


@pytest.mark.parametrize(("rule", "place", "said"), MISTAKES)
def test_mistake_is_found_at_its_line_in_its_environments(example, rule, place, said):
    assert example.environments(rule, example.line(*place), said) == said


def test_log_group_that_keeps_the_same_days_everywhere_is_found(example):
    said = {"30 365": ("production",), "30 90": ("staging",)}

    assert example.environments("logs-kept", example.line("RetentionInDays:"), said) == said


def test_requests_that_the_lost_property_was_to_validate_are_found_at_their_events(example):
    assert example.lines_of("api-requests-validated") == [example.line("Look:"), example.line("Book:")]


@pytest.mark.parametrize(
    "rule", ["tables-protected", "tables-recoverable", "passwords-strong", "template-sam", "logs-kept"]
)
def test_rule_blocks_nothing_else(example, rule):
    mistakes = {
        "tables-protected": ["DeletionProtectionEnabled:"],
        "tables-recoverable": ["PointInTimeRecoveryEnabled:"],
        "passwords-strong": ["MinimumLength:", "RequireSymbols:"],
        "template-sam": ["RequestValidator:"],
        "logs-kept": ["RetentionInDays:"],
    }
    assert example.lines_of(rule) == [example.line(text) for text in mistakes[rule]]


def test_console_shows_the_line_and_what_is_wrong_with_it(tmp_path, shared_cache):
    shown = validate(copied(tmp_path / "repository"), shared_cache, "--env", "staging")
    lines = [line.rstrip() for line in shown.stdout.splitlines()]
    at = lines.index("  stacks/platform/app/template.yaml:46:7")

    assert shown.returncode == 1
    assert lines[at - 1].startswith("HIGH  tables-protected")
    assert lines[at + 1 : at + 5] == [
        "    45 │         PointInTimeRecoveryEnabled: true",
        "    46 │       DeletionProtectionEnabled: !If [InProduction, true, false]",
        "       │       ^^^^^^^^^^^^^^^^^^^^^^^^^",
        "    47 │",
    ]
    assert lines[at + 5].startswith("  why  Deletion protection is off")


@pytest.mark.parametrize(("rule", "place", "said"), MISTAKES)
def test_mistake_of_the_architecture_is_found_at_its_line(architecture, rule, place, said):
    assert architecture.environments(rule, architecture.line(*place), said) == said


def test_architecture_is_judged_to_its_end(architecture):
    assert architecture.run.returncode == 1
    assert {one["status"] for one in architecture.report["outcomes"]} == {"ran"}
