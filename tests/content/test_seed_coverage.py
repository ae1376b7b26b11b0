"""docs/seed-coverage.md covers the whole architecture, and says nothing that is not so."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT.parent / "shared/seed/deployment-architecture.md"

HEADINGS = "## Of something, lines 10-20\n\n| lines | says | stands at | held by |\n|---|---|---|---|\n"


def module(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / f"docs/{name}.py")
    sys.modules[name] = found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


seed_page = module("seed_page")
seed_coverage = module("seed_coverage")

needs_the_architecture = pytest.mark.skipif(
    not ARCHITECTURE.is_file(), reason="the architecture is not at hand"
)


@pytest.fixture(scope="module")
def page():
    return seed_page.rows(seed_coverage.PAGE.read_text("utf-8"))


@pytest.fixture(scope="module")
def repository():
    return seed_coverage.Repository()


@pytest.fixture(scope="module")
def lines():
    """The architecture's lines by their numbers, without quotation marks, which come in two kinds."""
    return dict(enumerate(unquoted(ARCHITECTURE.read_text("utf-8")).splitlines(), 1))


def unquoted(text):
    return text.replace("'", "").replace('"', "")


def blocks(lines):
    """The first and the last line inside of each fence."""
    fences = [number for number, line in lines.items() if line.startswith("```")]
    return [(first + 1, last - 1) for first, last in zip(fences[::2], fences[1::2], strict=True)]


def says_something(line):
    """Whether there is more on a line than a key, a heading, a comment or a bracket."""
    return bool(re.search(r"\w", line)) and not re.fullmatch(r"\s*(#.*|\[[\w.]+\]|(- )?[\w.-]+:\s*\|?)", line)


@pytest.mark.slow
def test_every_reference_leads_somewhere_and_every_holder_objects(page, repository):
    assert list(seed_coverage.problems(page, repository)) == []


@needs_the_architecture
def test_every_line_of_the_architecture_that_says_something_has_a_row(page, lines):
    covered = frozenset().union(*(row.lines for row in page))
    missing = [
        f"{number}: {lines[number]}"
        for first, last in blocks(lines)
        for number in range(first, last + 1)
        if number not in covered and says_something(lines[number])
    ]

    assert missing == []


@needs_the_architecture
def test_what_is_quoted_stands_on_these_lines(page, lines):
    wrong = [
        f"line {row.number}: {quotation}"
        for row in page
        for quotation in row.quotations
        if not any(unquoted(quotation) in lines[number] for number in row.lines)
    ]

    assert wrong == []


@needs_the_architecture
def test_each_row_belongs_to_the_block_that_it_stands_under(page, lines):
    for row in page:
        first, last = row.block
        assert any(start <= first and last <= end for start, end in blocks(lines)), f"line {row.number}"


@needs_the_architecture
def test_the_settings_of_the_stages_are_the_architecture_s(repository):
    block = re.search(
        r"^environments:\n.*?(?=^```)", ARCHITECTURE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    for stage, settings in yaml.safe_load(block[0])["environments"].items():
        found = repository.declared.environments[stage].node.plain()
        assert repository.declared.accounts[found["account"]].id == settings.pop("account")
        assert {key: found[key] for key in settings} == settings


def test_a_cell_is_read_as_references():
    text = f"{HEADINGS}| 12, 14-15 | `a: 1 / 2` | `api: F.T = 1 / 2 / 3`, and `file: x.toml: a = b` | - because it is so |\n"

    (row,) = seed_page.rows(text)

    assert row.lines == {12, 14, 15}
    assert row.quotations == ["a: 1", "a: 2"]
    assert row.places == [
        seed_page.Reference("api", "F.T", ("1", "2", "3")),
        seed_page.Reference("file", "x.toml: a = b"),
    ]
    assert row.holders == []


def test_a_table_without_a_block_holds_no_rows():
    assert (
        seed_page.rows(
            "## Notes\n\n| lines | says | stands at | held by |\n|---|---|---|---|\n| 1 | a | b | c |\n"
        )
        == []
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "| 9 | a | `api: SkafuApi` | - nobody has to hold it |",
            "its lines are outside of the block's, 10-20",
        ),
        ("| 12 | a | somewhere | - nobody has to hold it |", "it has no place, and no reason why"),
        ("| 12 | a | `api: SkafuApi` | - |", "it has no holder, and no reason why"),
        ("| 12 | a | `api: Nothing` | - nobody has to hold it |", "`api: Nothing` leads nowhere"),
        ("| 12 | a | `nothing: SkafuApi` | - nobody has to hold it |", "`nothing: SkafuApi` leads nowhere"),
        ("| 12 | a | `SkafuApi` | - nobody has to hold it |", "`SkafuApi` leads nowhere"),
        (
            "| 12 | a | `file: stacks/none.yaml` | - nobody has to hold it |",
            "`file: stacks/none.yaml` leads nowhere",
        ),
        (
            "| 12 | a | `data: MetricsTable.StreamSpecification.StreamViewType = KEYS_ONLY` | - nobody has to hold it |",
            "`data: MetricsTable.StreamSpecification.StreamViewType = KEYS_ONLY` is NEW_AND_OLD_IMAGES",
        ),
        (
            "| 12 | a | `environments: lambda.timeout = 30 / 60 / 299` | - nobody has to hold it |",
            "`environments: lambda.timeout = 30 / 60 / 299` is 300 in production",
        ),
        (
            "| 12 | a | `environments: lambda.timeout = 30 / 60` | - nobody has to hold it |",
            "`environments: lambda.timeout = 30 / 60` needs one value, or one for each stage",
        ),
        ("| 12 | a | `api: SkafuApi` | `policy: none` |", "there is no `policy: none`"),
        ("| 12 | a | `api: SkafuApi` | `check: CKV_AWS_0` |", "there is no `check: CKV_AWS_0`"),
        (
            "| 12 | a | `api: SkafuApi` | `test: test_docs.py::test_none` |",
            "there is no `test: test_docs.py::test_none`",
        ),
        (
            "| 12 | a | `data: MetricsTable.DeletionProtectionEnabled` | `policy: ports-closed` |",
            "`policy: ports-closed` holds nothing here",
        ),
        (
            "| 12 | a | `accounts: security.access = Security team only` | `validator: layering` |",
            "`accounts: security.access = Security team only` can change unnoticed in security",
        ),
    ],
)
def test_a_page_that_lies_is_told_so(repository, row, problem):
    found = list(seed_coverage.problems(seed_page.rows(f"{HEADINGS}{row}\n"), repository))

    assert f"docs/seed-coverage.md:5: {problem}" in found


def test_what_is_changed_to_ask_is_as_it_was_afterwards(repository):
    text = f"{HEADINGS}| 12 | a | `data: MetricsTable.DeletionProtectionEnabled = false / true / true` | `policy: tables-protected` |\n"
    rows = seed_page.rows(text)

    assert list(seed_coverage.problems(rows, repository)) == []
    assert list(seed_coverage.problems(rows, repository)) == []
