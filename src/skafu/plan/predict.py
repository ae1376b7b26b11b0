"""What a change set would say, worked out from two templates and the provider schemas, without credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from skafu.model.change import KNOWN_AFTER_APPLY, Action, Change, PropertyChange, Replacement
from skafu.model.estate import Stack
from skafu.model.nesting import NESTING
from skafu.model.place import Path
from skafu.plan.change_set import another_type
from skafu.plan.comparing import ANY_SHAPE, NOTHING, Difference, differences
from skafu.plan.keeping import outlives_removal, outlives_replacement
from skafu.plan.places import Places, nested_digest, nested_templates
from skafu.plan.references import Mention, mentions
from skafu.plan.schemas import CUSTOM, Schemas, TypeSchema
from skafu.plan.templates import ATTRIBUTES, Template, properties, resources, written

_RANKS = list(Replacement)


def predict(
    stack: Stack,
    before: Template | None,
    after: Template,
    schemas: Schemas,
    *,
    moving: Mapping[str, str] | None = None,
    nested: Mapping[str, Template] | None = None,
) -> tuple[Change, ...]:
    """The changes that a change set would have, by logical id, as far as templates and schemas tell.

    Args:
        stack: what would be submitted, for the places.
        before: the template that stands; None where nothing does.
        after: the template that would be submitted, as comparable to `before`: both effective, or both as submitted.
        schemas: of the stack's region.
        moving: parameter -> why its value may become another, as `output TableArn of production/us-east-1/data`.
        nested: digest -> template of the nested stacks that stand (`nested_templates` of the stacks before).

    Raises:
        SkafuError: the provider schemas cannot be read.
    """
    inner = nested_templates([stack])
    standing = {**inner, **(nested or {})}  # one of the same digest stands as it will stand
    was, becomes = resources(before, standing), resources(after, inner)
    comparison = _Comparison(Places(stack), was, becomes, schemas, moving or {})
    return comparison.changes(frozenset(_unseen(was, becomes, standing)))


def _unseen(
    was: Mapping[str, Mapping[str, Any]],
    becomes: Mapping[str, Mapping[str, Any]],
    standing: Mapping[str, Template],
) -> Iterator[str]:
    """The nested stacks whose old template nobody has: anything can happen inside of them."""
    for name in {*was} & {*becomes}:
        old = was[name]
        if old.get("Type") in NESTING and nested_digest(old) not in standing:
            yield name


@dataclass(slots=True)
class _Comparison:
    places: Places
    was: Mapping[str, Mapping[str, Any]]
    becomes: Mapping[str, Mapping[str, Any]]
    schemas: Schemas
    moving: Mapping[str, str]
    modified: dict[str, Change] = field(default_factory=dict)

    def changes(self, unseen: frozenset[str]) -> tuple[Change, ...]:
        found: list[Change] = []
        for name in sorted({*self.was, *self.becomes}):
            old, new = self.was.get(name), self.becomes.get(name)
            if any(name.startswith(f"{one}.") for one in unseen):
                found.append(self._dynamic(name, new or {}))
            elif old is None or new is None or old.get("Type") != new.get("Type"):
                found += self._other(name, old, new)
            else:
                change = self._modified(name, old, new)
                if change is not None:
                    self.modified[name] = change
        self._ripple(found)
        return tuple(
            sorted(
                [*found, *self.modified.values()],
                key=lambda change: (change.logical_id, change.action is not Action.REMOVE),
            )
        )

    def _dynamic(self, name: str, new: Mapping[str, Any]) -> Change:
        kept = outlives_removal(new) and outlives_replacement(new)
        return Change(
            name,
            str(new.get("Type")),
            Action.DYNAMIC,
            self.places.of(name),
            Replacement.MAYBE,
            kept=kept,
            after=new,
        )

    def _other(
        self, name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
    ) -> Iterator[Change]:
        """What is added, removed, or gives its logical id to a resource of another type."""
        location = self.places.of(name)
        if old is not None and new is not None:
            yield another_type(name, old, new, location)
        elif old is not None:
            kept = outlives_removal(old)
            yield Change(name, str(old.get("Type")), Action.REMOVE, location, kept=kept, before=old)
        if new is not None:
            yield Change(name, str(new.get("Type")), Action.ADD, location, after=new)

    def _modified(self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Change | None:
        details = [
            written(self.places, name, (attribute, *one.path), (one.before, one.after))
            for attribute in ATTRIBUTES
            for one in differences(old.get(attribute, NOTHING), new.get(attribute, NOTHING))
        ]
        details += self._properties(name, old, new)
        return self._change(name, old, new, details) if details else None

    def _properties(
        self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> Iterator[PropertyChange]:
        schema = self.schemas.of(str(new.get("Type")))
        was, becomes = properties(old), properties(new)
        shape = schema.properties if schema else ANY_SHAPE
        real = list(differences(was, becomes, shape))
        for one in real:
            if schema is None or not schema.reads_only(one.path):
                yield self._property(name, one, _replacement(schema, one))
        if schema is None:
            return
        seen = {one.path for one in real}
        for one in differences(was, becomes):
            # It means the same, but whether CloudFormation thinks so too where it decides about a replacement?
            same = not any(_overlap(one.path, path) for path in seen)
            if same and schema.replacement(one.path, one.before, one.after) is not Replacement.NEVER:
                yield self._property(name, one, Replacement.MAYBE)

    def _property(self, name: str, one: Difference, replacement: Replacement) -> PropertyChange:
        return written(self.places, name, ("Properties", *one.path), (one.before, one.after), replacement)

    def _change(
        self, name: str, old: Mapping[str, Any], new: Mapping[str, Any], details: list[PropertyChange]
    ) -> Change:
        worst = max((one.replacement for one in details), key=_RANKS.index)
        return Change(
            logical_id=name,
            type=str(new.get("Type")),
            action=Action.MODIFY,
            location=self.places.of(name),
            replacement=worst,
            details=tuple(sorted(details, key=lambda one: one.path)),
            kept=worst is not Replacement.NEVER and outlives_replacement(new),
            before=old,
            after=new,
        )

    def _ripple(self, found: list[Change]) -> None:
        """Follow references from what becomes another to what refers to it, until nothing new is learned."""
        reborn = {change.logical_id for change in found if change.action is not Action.ADD} & {*self.becomes}
        dynamic = {change.logical_id for change in found if change.action is Action.DYNAMIC}
        learned = True
        while learned:
            learned = False
            for name, new in self.becomes.items():
                if name not in self.was or name in reborn:
                    continue
                known = self.modified.get(name)
                details = {one.path: one for one in known.details} if known else {}
                for one in self._following(name, new, reborn, dynamic):
                    if one.path not in details:
                        details[one.path] = one
                    else:
                        details[one.path] = _worse(details[one.path], one)
                if details and (
                    known is None or tuple(details[path] for path in sorted(details)) != known.details
                ):
                    self.modified[name] = self._change(name, self.was[name], new, list(details.values()))
                    learned = True

    def _following(
        self, name: str, new: Mapping[str, Any], reborn: set[str], dynamic: set[str]
    ) -> Iterator[PropertyChange]:
        """The properties of a resource that become another because something they refer to does."""
        schema = self.schemas.of(str(new.get("Type")))
        prefix = name.rpartition(".")[0]
        for mention in mentions(properties(new)):
            other = f"{prefix}.{mention.name}" if prefix else mention.name
            certain, cause = self._moves(other, mention, prefix, reborn, dynamic)
            if not cause:
                continue
            alone = _recreation(schema, mention.path, {"Ref": mention.name})
            if alone is Replacement.ALWAYS and not certain:
                alone = Replacement.MAYBE
            path = ("Properties", *mention.path)
            yield written(self.places, name, path, (NOTHING, KNOWN_AFTER_APPLY), alone, cause)

    def _moves(
        self, other: str, mention: Mention, prefix: str, reborn: set[str], dynamic: set[str]
    ) -> tuple[bool, str]:
        """Whether what is mentioned surely becomes another, and its name; no name where it stays as it is."""
        if other not in self.becomes:
            return False, "" if mention.attribute else self._parameter(prefix, mention.name)
        if other in reborn:
            return other not in dynamic, str(mention)
        change = self.modified.get(other)
        if change is None:
            return False, ""
        if change.replacement is not Replacement.NEVER:
            return change.replacement is Replacement.ALWAYS, str(mention)
        return False, str(mention) if mention.attribute and self._moves_in_place(
            change, mention.attribute
        ) else ""

    def _parameter(self, prefix: str, name: str) -> str:
        """Why a parameter may become another; empty where it stays as it is."""
        if not prefix:
            cause = self.moving.get(name, "")
            return f"parameter {name}, {cause}" if cause else ""
        nesting = self.modified.get(prefix)
        given = f"Properties.Parameters.{name}"
        return f"parameter {name}" if nesting and any(one.path == given for one in nesting.details) else ""

    def _moves_in_place(self, change: Change, attribute: str) -> bool:
        """Whether an attribute of a resource that stays the same one may become another all the same."""
        if change.type in NESTING or change.type == CUSTOM or change.type.startswith("Custom::"):
            return True
        schema = self.schemas.of(change.type)
        if schema is None:
            return True
        stays = attribute in schema.identifiers or attribute.endswith(("Arn", "Id"))
        touched = any(_names(one.path, attribute) for one in change.details)
        read_only = schema.reads_only(tuple(attribute.split(".")))
        return touched or (
            read_only and not stays and any(one.path.startswith("Properties.") for one in change.details)
        )


def _replacement(schema: TypeSchema | None, one: Difference) -> Replacement:
    return _recreation(schema, one.path, one.before, one.after)


def _recreation(schema: TypeSchema | None, path: Path, *values: Any) -> Replacement:
    """What changing `path` does; where there is no schema, nobody can say."""
    return schema.replacement(path, *values) if schema else Replacement.MAYBE


def _worse(one: PropertyChange, other: PropertyChange) -> PropertyChange:
    causes = [*filter(None, one.cause.split(", "))]
    causes += [cause for cause in other.cause.split(", ") if cause and cause not in causes]
    worst = max(one.replacement, other.replacement, key=_RANKS.index)
    return replace(one, replacement=worst, cause=", ".join(causes))


def _overlap(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _names(path: str, attribute: str) -> bool:
    """Whether a changed property is the attribute, or part of it."""
    return path == f"Properties.{attribute}" or path.startswith(
        (f"Properties.{attribute}.", f"Properties.{attribute}[")
    )
