"""A template with AWS::Serverless resources -> the template CloudFormation makes of it, offline.

The translator is AWS's own (`aws-sam-translator`), the one that runs behind the transform. It takes plain
data and answers plain data; `sam_origins` gives the answer its places back. A property that it refuses is
reported at its line and left out, so that everything else is still judged.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from skafu.model.finding import Finding
from skafu.model.nearest import nearest
from skafu.model.node import Node
from skafu.model.place import Path
from skafu.resolve.findings import finding
from skafu.resolve.sam_images import with_images_for_sam, with_images_unknown
from skafu.resolve.sam_input import put, readable_for_sam
from skafu.resolve.sam_origins import with_origins

Translate: TypeAlias = Callable[[dict[str, Any], str], dict[str, Any] | list[tuple[str, str]]]
"""A template and a region -> the expanded template, or what is wrong with it as (logical id, message), sorted."""

TRANSFORM = "AWS::Serverless-2016-10-31"
UNKNOWN = "skafuUnknown"
"""Around the name of a parameter, where SAM is given it in place of a value. Alphanumeric: SAM puts it into ids."""

_WORD = re.compile(f"{UNKNOWN}([A-Za-z0-9]+?){UNKNOWN}")

_UNDEFINED = re.compile(r"property (\w+) not defined for resource of type")
_NOT_GLOBAL = re.compile(r"'(\w+)' is not a supported property of '(\w+)'")
_CHOICE = re.compile(r"\. Must be one of the following values - (\[.*\])", re.DOTALL)


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


def expand(template: Node, region: str, translate: Translate) -> Expanded:
    """Expand a resolved SAM template.

    Args:
        template: resolved and packaged; unknown values stand as the expressions they are.
        region: where it goes; some ARNs contain the partition.
        translate: the translator, or one who remembers what it said.
    """
    findings: list[Finding] = []
    packaged = with_images_for_sam(readable_for_sam(template))
    while True:
        answer = translate(packaged.plain(), region)
        if isinstance(answer, dict):
            answer.pop("Transform", None)
            kept = _other_transforms(template)
            if kept:
                answer["Transform"] = kept
            made = with_images_unknown(with_origins(answer, template), template)
            return Expanded(made, tuple(findings))
        shrunk = packaged
        for made_id, said in answer:
            message, fix = _advice(said)
            refused = _refused(made_id, message, packaged)
            path = refused or _path_of(made_id, message, packaged)
            logical_id = str(path[1]) if path[0] == "Resources" and len(path) > 1 else ""
            at = packaged.nearest(path).place
            one = finding("template-sam", message, at, fix=fix, logical_id=logical_id, path=path)
            findings += [one] if one not in findings else []
            if refused:
                shrunk = _without(shrunk, refused)
        if shrunk is packaged:
            return Expanded(template, tuple(findings), f"SAM cannot expand it: {_advice(answer[0][1])[0]}")
        packaged = shrunk


def by_translator(template: dict[str, Any], region: str) -> dict[str, Any] | list[tuple[str, str]]:
    """What AWS's translator makes of it: the `Translate` that looks nothing up."""
    from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException  # noqa: PLC0415 - 1 s
    from samtranslator.parser.parser import Parser  # noqa: PLC0415 - the same
    from samtranslator.translator.translator import Translator  # noqa: PLC0415 - the same

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    translator = Translator({}, Parser(), None, _Region(region))
    # SAM wants to know some parameters that nobody knows yet. It gets words that can be told again afterwards.
    words = {name: f"{UNKNOWN}{name}{UNKNOWN}" for name in template.get("Parameters") or {}}
    try:
        expanded: dict[str, Any] = translator.translate(copy.deepcopy(template), words)
    except InvalidDocumentException as error:
        causes = [(str(getattr(cause, "_logical_id", "")), _said(cause.message)) for cause in error.causes]
        return sorted(causes)
    except ExceptionWithMessage as error:
        return [("", _said(error.message))]
    except Exception as error:  # noqa: BLE001 - the translator fails in many ways on odd input; each one is told
        return [("", f"the SAM translator failed: {type(error).__name__}: {error}")]
    told: dict[str, Any] = _told_again(expanded) if words else expanded
    return told


def _told_again(made: Any) -> Any:
    """What SAM made, with the words for unknown parameters as references to them."""
    if isinstance(made, dict):
        return {_WORD.sub(r"\1", key): _told_again(value) for key, value in made.items()}
    if isinstance(made, list):
        return [_told_again(item) for item in made]
    if not isinstance(made, str) or UNKNOWN not in made:
        return made
    whole = _WORD.fullmatch(made)
    return {"Ref": whole[1]} if whole else {"Fn::Sub": _WORD.sub(r"${\1}", made)}


@dataclass(frozen=True, slots=True)
class _Region:
    """All that the translator wants of a boto3 session."""

    region_name: str


def _said(message: str) -> str:
    return re.sub(r"^Resource with id \[[^]]*\] is invalid\. ", "", message).strip()


def _without(node: Node, path: Path) -> Node:
    *parents, last = path
    holder = node.get(*parents)
    if holder is None or last not in holder.members:
        return node
    kept = {key: child for key, child in holder.members.items() if key != last}
    return put(node, tuple(parents), replace(holder, value=kept))


def _advice(message: str) -> tuple[str, str]:
    """The message without the list of what would be right, and the nearest of those as advice."""
    choice = _CHOICE.search(message)
    if choice is None:
        return message, ""
    wrong = _NOT_GLOBAL.search(message)
    fix = nearest(wrong[1] if wrong else "", re.findall(r"'(\w+)'", choice[1]))
    return _CHOICE.sub("", message), fix


def _refused(made_id: str, message: str, template: Node) -> Path | None:
    """The one property that the translator does not know, where it can be left out."""
    wrong_global = _NOT_GLOBAL.search(message)
    undefined = _UNDEFINED.search(message)
    path: Path = ()
    if wrong_global:
        path = ("Globals", wrong_global[2], wrong_global[1])
    elif undefined:
        path = (*_made_for(made_id, template), "Properties", undefined[1])
    return path if path and template.get(*path) is not None else None


def _made_for(made_id: str, template: Node) -> Path:
    """The resource or event that an id of the translator means; events go by both names in one."""
    resources = template.get("Resources")
    paths: dict[str, Path] = {}
    for name, resource in resources.members.items() if resources else ():
        paths[name] = ("Resources", name)
        events = resource.get("Properties", "Events")
        for event in events.members if events else ():
            paths.setdefault(f"{name}{event}", ("Resources", name, "Properties", "Events", event))
    fitting = [name for name in paths if made_id.startswith(name)]
    return paths[max(fitting, key=len)] if fitting else ("Resources",)


def _path_of(made_id: str, message: str, template: Node) -> Path:
    """The place that a message of the translator speaks of: the deepest key that it names."""
    if not made_id:
        return ("Globals",) if "Globals" in message and template.get("Globals") else ("Resources",)
    base = _made_for(made_id, template)
    resource = template.get(*base) if len(base) > 1 else None
    words = set(re.findall(r"\w+", message))
    best = base
    for path, _ in resource.walk(base) if resource else ():
        named = _named(path, words)
        if path[-1] in words and len(named) > len(_named(best, words)):
            best = path
    return best


def _named(path: Path, words: Collection[str]) -> list[str | int]:
    return [part for part in path[2:] if part in words and part != "Properties"]


def _other_transforms(template: Node) -> list[Any]:
    written = template.get("Transform")
    nodes = (written.items or [written]) if written else []
    return [node.plain() for node in nodes if node.value != TRANSFORM]
