"""A stack -> the template that is submitted, with everything it names in the bucket beforehand."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any

from skafu.artifacts import Need, NestedTemplate, Packed, needed, nested_templates, pack, place
from skafu.aws.bucket import Bucket
from skafu.aws.embedded.answers import Where
from skafu.aws.embedded.stand_ins import stand_in
from skafu.model.cloud import CloudError
from skafu.model.deployment import StoodIn
from skafu.model.errors import SkafuError
from skafu.model.estate import Stack, StackId
from skafu.model.event import Event, Tell


class Composer:
    """Packs each artifact once, however many stacks and accounts need it, and uploads it once to each bucket."""

    def __init__(
        self,
        root: Path,
        digests: Mapping[tuple[str, str], str],
        bucket: Callable[[Stack], Bucket],
        scratch: Path,
        *,
        embedded: bool,
    ) -> None:
        """Take what is needed.

        Args:
            root: of the repository.
            digests: (template, local path as written) -> SHA-256 of the content, as it was approved.
            bucket: of the account and region of a stack; made where it is missing.
            scratch: a folder for what is packed.
            embedded: whether stand-ins take the place of what the embedded endpoint lacks.
        """
        self._root = root
        self._digests = digests
        self._bucket = bucket
        self._scratch = scratch
        self._embedded = embedded
        self._turn = threading.Lock()
        self._packed: dict[str, Future[Packed]] = {}
        self._stored: dict[StackId, dict[str, str]] = {}

    def __call__(self, stack: Stack, tell: Tell) -> Any:
        """The template as plain data; what it names is in the bucket when this returns.

        Raises:
            CloudError: an artifact cannot be built, is not what was approved, or cannot be stored.
        """
        needs = self._needs(stack)
        bucket = self._bucket(stack)
        stored = self._stored[stack.id] = {}
        for key, need in sorted({need.key: need for need in needs}.items()):
            # What was built is taken as it was built first: another build may find newer packages.
            built = bucket.stored(key) if need.build is not None else None
            if built is not None:
                stored[key] = built.sha256
                tell(_stored(stack, need.place, key, built.sha256, built.size, new=False))
                continue
            packed = self._pack(need)
            new = bucket.put_once(key, packed.file, packed.sha256)
            stored[key] = packed.sha256
            tell(_stored(stack, need.place, key, packed.sha256, packed.size, new=new))
        stood: list[StoodIn] = []
        change = self._standing_in(stack, stood)
        try:
            nested = nested_templates(stack, needs, bucket.name, bucket.url, change)
            template = change(place(stack.template.plain(), needs, bucket.name, bucket.url))
        except SkafuError as error:
            raise CloudError(str(error)) from None
        for one in nested:
            content = one.text.encode()
            sha256 = hashlib.sha256(content).hexdigest()
            new = bucket.put_once(one.key, content, sha256)
            stored[one.key] = sha256
            tell(_stored(stack, "a nested template", one.key, sha256, len(content), new=new))
        if stood:
            resources = [asdict(one) for one in sorted(stood, key=lambda one: one.logical_id)]
            tell(Event("stood-in", stack.id, {"resources": resources}))
        return template

    def still_stored(self, stack: Stack) -> list[str]:
        """What of a stack's artifacts is not in the bucket any more as it was stored for it, as sentences.

        CloudFormation reads them only when it executes the change set, by the name of their key.

        Raises:
            CloudError: nobody can tell.
        """
        bucket = self._bucket(stack)
        stored = self._stored.get(stack.id, {})
        return [fault for key, sha256 in sorted(stored.items()) if (fault := bucket.still(key, sha256))]

    def sketch(self, stack: Stack, stood: list[StoodIn] | None = None) -> Any:
        """The same template, with nothing packed or uploaded: for a plan that nobody will execute.

        Args:
            stack: which.
            stood: is given what was stood in for.

        Raises:
            CloudError: it names something that cannot be made here.
        """
        bucket = self._bucket(stack)
        try:
            return self._standing_in(stack, [] if stood is None else stood)(
                place(stack.template.plain(), self._needs(stack), bucket.name, bucket.url)
            )
        except SkafuError as error:
            raise CloudError(str(error)) from None

    def nested(self, stack: Stack) -> tuple[NestedTemplate, ...]:
        """The templates nested in it as they are uploaded, the innermost first; with nothing packed either.

        Raises:
            CloudError: one names something that cannot be made here.
        """
        bucket, change = self._bucket(stack), self._standing_in(stack, [])
        try:
            return nested_templates(stack, self._needs(stack), bucket.name, bucket.url, change)
        except SkafuError as error:
            raise CloudError(str(error)) from None

    def _needs(self, stack: Stack) -> tuple[Need, ...]:
        try:
            return needed(stack, self._digests, self._root)
        except SkafuError as error:
            raise CloudError(str(error)) from None

    def _pack(self, need: Need) -> Packed:
        with self._turn:
            known = self._packed.get(need.key)
            mine = self._packed.setdefault(need.key, Future())
        if known is not None:
            return _result(known)
        try:
            mine.set_result(pack(need, self._root, self._scratch))
        except BaseException as error:  # whoever waits for it must hear of it, too
            mine.set_exception(error)
            if not isinstance(error, Exception):
                raise
        return _result(mine)

    def _standing_in(self, stack: Stack, stood: list[StoodIn]) -> Callable[[Any], Any]:
        if not self._embedded:
            return lambda template: template

        def change(template: Any) -> Any:
            made, found = stand_in(template, Where(stack.account.id, stack.id.region, stack.stack_name))
            stood.extend(found)
            return made

        return change


def _result(future: Future[Packed]) -> Packed:
    try:
        return future.result()
    except SkafuError as error:
        raise CloudError(str(error)) from None


def _stored(stack: Stack, what: str, key: str, sha256: str, size: int, *, new: bool) -> Event:
    values = {"place": what, "key": key, "sha256": sha256, "size": size, "new": new}
    return Event("artifact-stored", stack.id, values)
