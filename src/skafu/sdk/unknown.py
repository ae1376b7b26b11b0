"""A value that only deployment will tell: whoever needs it has to face that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skafu.model.place import Path

_SUB_NAME = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


class UnknownFacedError(BaseException):
    """A policy used an unknown value as if it were known; whoever runs the policy turns this into an answer.

    Not an `Exception`, so that no `except Exception` in a policy turns "cannot be known" into "passed".

    Attributes:
        unknown: the value that was used.
    """

    made: ClassVar[list[UnknownFacedError]] = []
    """Every one since whoever runs policies last cleared it: a bare `except` in a policy hides none of them."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown
        self.made.append(self)


class Unknown:
    """A value known only after deployment.

    `isinstance(value, Unknown)`, `is` and the attributes below are all it allows. Testing its truth,
    comparing, formatting, iterating or searching it, or asking whether it is a `str`, ends the policy for this
    resource: the report then shows it as not evaluated, which is neither a pass nor a failure.

    Attributes:
        reason: why it is not known, as the end of the sentence "not known because ...".
        path: where it stands, from the root of the effective template.
        expression: what CloudFormation will evaluate, e.g. `{"Fn::GetAtt": ["Table", "Arn"]}`.
        kind: what will stand there, also where another stack makes it: `AWS::KMS::Key.Arn` for an attribute,
            `AWS::KMS::Key` for an id; empty where nobody can say.
        stack: number of the stack it stands in, among those of the estate.
    """

    __slots__ = ("expression", "kind", "path", "reason", "stack")

    def __init__(
        self, reason: str, *, path: Path = (), expression: Any = None, kind: str = "", stack: int = 0
    ) -> None:
        self.stack = stack
        self.reason = reason
        self.path = path
        self.expression = expression
        self.kind = kind

    @property
    def resources(self) -> frozenset[str]:
        """Logical ids that the expression names through Ref, Fn::GetAtt or Fn::Sub."""
        return frozenset(_named(self.expression))

    @property
    def may_be_absent(self) -> bool:
        """Whether CloudFormation may still leave the whole value out: an Fn::If with AWS::NoValue in a branch."""
        return _may_be_absent(self.expression)

    def _face(self, *_: object, **__: object) -> NoReturn:
        raise UnknownFacedError(self)

    # `isinstance(value, str)` asks for this after the real type did not match, so a check such as
    # `isinstance(value, str) and value == "*"` cannot step over the value in silence.
    @property  # type: ignore[misc]
    def __class__(self) -> NoReturn:  # type: ignore[override]
        """Faces the value."""
        raise UnknownFacedError(self)

    def __getattr__(self, name: str) -> NoReturn:
        """Faces the value, except where Python itself looks for a special method."""
        if name.startswith("__"):
            raise AttributeError(name)
        raise UnknownFacedError(self)

    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __call__ = _face
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _face
    __str__ = __repr__ = __format__ = __int__ = __float__ = __index__ = __reversed__ = _face
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _face
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __or__ = __ror__ = __and__ = __rand__ = _face
    __neg__ = __abs__ = __round__ = __enter__ = __exit__ = __bytes__ = __fspath__ = _face


def _may_be_absent(expression: Any) -> bool:
    if not isinstance(expression, dict):
        return False
    branches = expression.get("Fn::If", [])
    return expression == {"Ref": "AWS::NoValue"} or any(map(_may_be_absent, branches[1:]))


def _named(expression: Any) -> Iterator[str]:
    if isinstance(expression, list):
        for item in expression:
            yield from _named(item)
    if not isinstance(expression, dict):
        return
    for key, value in expression.items():
        if key == "Ref" and isinstance(value, str):
            yield from () if value.startswith("AWS::") else (value,)
        elif key == "Fn::GetAtt" and value:
            yield value.split(".")[0] if isinstance(value, str) else str(value[0])
        elif key == "Fn::Sub":
            text, replaced = (value, {}) if isinstance(value, str) else (value[0], value[1])
            yield from (name for name in _SUB_NAME.findall(text) if name not in replaced)
            yield from _named(replaced)
        else:
            yield from _named(value)
