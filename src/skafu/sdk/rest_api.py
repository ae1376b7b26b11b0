"""Reading the definition (OpenAPI) inside an `AWS::ApiGateway::RestApi`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skafu.sdk.reading import find
from skafu.sdk.subjects import Resource
from skafu.sdk.unknown import Unknown, UnknownFacedError

ANY_METHOD = "x-amazon-apigateway-any-method"

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", ANY_METHOD})


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path of an API.

    Attributes:
        path: e.g. `/api/metrics`.
        method: in lower case; `any` stands for every method.
        body: what the definition says about it.
        at: where it stands in the resource's properties.
    """

    path: str
    method: str
    body: Mapping[str, Any]
    at: tuple[str | int, ...]

    def __str__(self) -> str:
        """`GET /api/metrics`."""
        return f"{self.method.upper()} {self.path}"


def operations(api: Resource) -> Iterator[Operation]:
    """Every operation that the API's `Body` defines; none where it has no body.

    A definition that lies in S3 cannot be read before deployment: asking for its operations leaves the policy
    unanswered for this API.
    """
    if api.get("BodyS3Location") is not None:
        here = ("Resources", api.logical_id, "Properties", "BodyS3Location")
        raise UnknownFacedError(Unknown("the definition of the API lies in S3", path=here))
    for path, item in find(api.get("Body", {}), "paths", {}).items():
        for method, body in item.items():
            if method.lower() in _METHODS:
                name = "any" if method == ANY_METHOD else method.lower()
                yield Operation(path, name, body, ("Body", "paths", path, method))
