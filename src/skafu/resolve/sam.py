"""A template with AWS::Serverless resources -> the template CloudFormation makes of it, offline.

The translator is AWS's own (`aws-sam-translator`), the one that runs behind the transform. It takes plain
data and answers plain data; `sam_origins` gives the answer its places back. A property that it refuses is
reported at its line and left out, so that everything else is still judged.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from skafu.model.finding import Finding
from skafu.model.node import Node
from skafu.model.place import Path
from skafu.resolve.findings import finding
from skafu.resolve.sam_origins import with_origins

TRANSFORM = "AWS::Serverless-2016-10-31"
ARTIFACTS = "s3://skafu-artifacts/"
"""Stands for the bucket that local code will be uploaded to; the key is the digest of the code."""

PLACES = ("CodeUri", "ContentUri", "DefinitionUri", "Location")
_UNDEFINED = re.compile(r"property (\w+) not defined for resource of type")


@dataclass(frozen=True, slots=True)
class Expanded:
    """What the translator made.

    Attributes:
        template: the expanded template; as given when it could not be expanded.
        findings: what the translator refused, at its place.
        obstacle: why there is no expanded template; empty if there is.
    """

    template: Node
    findings: tuple[Finding, ...] = ()
    obstacle: str = ""


def is_serverless(template: Node) -> bool:
    """Whether the template asks for the SAM transform."""
    written = template.get("Transform")
    return written is not None and TRANSFORM in [node.value for node in written.items or [written]]


def expand(template: Node, region: str, artifacts: Mapping[str, str]) -> Expanded:
    """Expand a resolved SAM template.

    Args:
        template: resolved; unknown values stand as the expressions they are.
        region: where it goes; some ARNs contain the partition.
        artifacts: local path as written in the template -> digest of the code.
    """
    findings: list[Finding] = []
    packaged = _packaged(template, artifacts)
    while True:
        answer = _translate(packaged.plain(), region)
        if isinstance(answer, dict):
            answer.pop("Transform", None)
            kept = _other_transforms(template)
            if kept:
                answer["Transform"] = kept
            return Expanded(with_origins(answer, template), tuple(findings))
        shrunk = packaged
        for logical_id, message in answer:
            path = _path_of(logical_id, message, packaged)
            at = packaged.nearest(path).place
            findings.append(finding("template-sam", message, at, logical_id=logical_id, path=path))
            if _UNDEFINED.search(message):
                shrunk = _without(shrunk, path)
        if shrunk is packaged or shrunk == packaged:
            first = findings[-1]
            return Expanded(template, tuple(findings), f"SAM cannot expand it: {first.message}")
        packaged = shrunk


def _translate(template: dict[str, Any], region: str) -> dict[str, Any] | list[tuple[str, str]]:
    """The expanded template, or what is wrong with it as (logical id, message), sorted."""
    from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException  # noqa: PLC0415 - 1 s
    from samtranslator.parser.parser import Parser  # noqa: PLC0415 - the same
    from samtranslator.translator.translator import Translator  # noqa: PLC0415 - the same

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    translator = Translator({}, Parser(), None, _Region(region))
    try:
        expanded: dict[str, Any] = translator.translate(copy.deepcopy(template), {})
    except InvalidDocumentException as error:
        causes = [(str(getattr(cause, "_logical_id", "")), _said(cause.message)) for cause in error.causes]
        return sorted(causes)
    except ExceptionWithMessage as error:
        return [("", _said(error.message))]
    except Exception as error:  # noqa: BLE001 - the translator fails in many ways on odd input; each one is told
        return [("", f"the SAM translator failed: {type(error).__name__}: {error}")]
    return expanded


@dataclass(frozen=True, slots=True)
class _Region:
    """All that the translator wants of a boto3 session."""

    region_name: str


def _said(message: str) -> str:
    return re.sub(r"^Resource with id \[[^]]*\] is invalid\. ", "", message).strip()


def _packaged(template: Node, artifacts: Mapping[str, str]) -> Node:
    """The template with local code replaced by where it will be uploaded to."""
    changed = template
    for path, node in template.walk():
        written = node.value
        if path and path[-1] in PLACES and isinstance(written, str) and "://" not in written:
            digest = artifacts.get(written, "unpackaged")
            changed = _with(changed, path, replace(node, value=f"{ARTIFACTS}{digest}"))
    return changed


def _with(node: Node, path: Path, new: Node) -> Node:
    if not path:
        return new
    head, *rest = path
    if isinstance(head, int):
        items = list(node.items)
        items[head] = _with(items[head], tuple(rest), new)
        return replace(node, value=items)
    return replace(node, value={**node.members, head: _with(node.members[head], tuple(rest), new)})


def _without(node: Node, path: Path) -> Node:
    *parents, last = path
    holder = node.get(*parents)
    if holder is None or last not in holder.members:
        return node
    kept = {key: child for key, child in holder.members.items() if key != last}
    return _with(node, tuple(parents), replace(holder, value=kept))


def _path_of(logical_id: str, message: str, template: Node) -> Path:
    """The place that a message of the translator speaks of: the deepest key that it names."""
    if not logical_id:
        return ("Globals",) if "Globals" in message and template.get("Globals") else ("Resources",)
    base: Path = ("Resources", logical_id)
    resource = template.get(*base)
    words = set(re.findall(r"\w+", message))
    best = base
    for path, _ in resource.walk(base) if resource else ():
        named = [part for part in path[2:] if part in words and part != "Properties"]
        if path[-1] in words and len(named) > len([part for part in best[2:] if part in words]):
            best = path
    return best


def _other_transforms(template: Node) -> list[Any]:
    written = template.get("Transform")
    nodes = (written.items or [written]) if written else []
    return [node.plain() for node in nodes if node.value != TRANSFORM]
