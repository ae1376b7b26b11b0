"""The generated documentation has a page of everything, and no other."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(generate):
    return dict(generate.pages())


def test_every_policy_and_validator_and_framework_has_a_page(pages):
    expected = {
        f"{folder}/{file.stem.replace('_', '-')}.md"
        for folder in ("policies", "validators")
        for file in (ROOT / folder).rglob("*.py")
    }
    expected |= {f"controls/{file.stem}.md" for file in (ROOT / "policies/controls").glob("*.yaml")}

    assert expected == {path for path in pages if "/" in path and not path.endswith("README.md")}


def test_every_policy_shows_what_passes_and_what_does_not(pages):
    lacking = [
        path
        for path, text in pages.items()
        if re.fullmatch(r"policies/(?!README).*", path)
        and not (
            "## This passes\n\n```yaml\n- name:" in text and "## This does not\n\n```yaml\n- name:" in text
        )
    ]

    assert lacking == []


def test_every_link_between_pages_leads_somewhere(pages):
    for path, text in pages.items():
        for target in re.findall(r"\]\((?!https:)([^)#]+)(?:#[^)]*)?\)", text):
            reached = (ROOT / "docs" / path).parent.joinpath(target).resolve().relative_to(ROOT).as_posix()
            assert reached.removeprefix("docs/") in pages or (ROOT / reached).is_file(), f"{path}: {target}"


def test_every_anchor_of_a_control_exists(pages):
    anchors = {
        f"{path.rsplit('/', 1)[1]}#{anchor}"
        for path, text in pages.items()
        if path.startswith("controls/")
        for anchor in re.findall(r'<a id="([^"]+)">', text)
    }
    wanted = {
        link
        for path, text in pages.items()
        if not path.startswith("controls/")
        for link in re.findall(r"\]\(\.\./controls/([^)]+)\)", text)
    }

    assert wanted <= anchors
    assert wanted


def test_stale_and_left_over_pages_are_told(generate, tmp_path):
    texts = {"cli.md": "new", "policies/here.md": "old", "policies/gone.md": "x", "adr/0001.md": "x"}
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    wanted = {
        tmp_path / "cli.md": "new",
        tmp_path / "policies/here.md": "new",
        tmp_path / "controls/c.md": "c",
    }

    stale, left_over = generate.compared(tmp_path, wanted)

    assert stale == [tmp_path / "policies/here.md", tmp_path / "controls/c.md"]
    assert left_over == [tmp_path / "policies/gone.md"]
