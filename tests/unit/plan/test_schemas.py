from __future__ import annotations

import pytest

from skafu.model.change import Replacement
from skafu.plan import Schemas
from skafu.plan.schemas import Shape, TypeSchema, _folder, _json, _places  # the tables as they are read

NEVER, MAYBE, ALWAYS = Replacement


def schema(always=(), maybe=()):
    return TypeSchema(_places(always), _places(maybe), (), frozenset(), Shape({}, {}))


@pytest.mark.parametrize(
    ("pointer", "path", "values", "expected"),
    [
        ("/properties/Name", ("Name",), ("a", "b"), ALWAYS),
        ("/properties/Name", ("NameTwo",), ("a", "b"), NEVER),
        ("/properties/Vpc/Id", ("Vpc", "Id"), ("a", "b"), ALWAYS),
        ("/properties/Vpc/Id", ("Vpc", "Other"), ("a", "b"), NEVER),
        ("/properties/Vpc", ("Vpc", "Id", "Deep"), ("a", "b"), ALWAYS),
        ("/properties/Vpc/Id", ("Vpc",), ({"Id": 1}, None), ALWAYS),
        ("/properties/Vpc/Id", ("Vpc",), ({"Other": 1}, None), NEVER),
        ("/properties/Vpc/Id", ("Vpc",), ({"Ref": "V"}, {"Other": 1}), MAYBE),
        ("/properties/List/*/Id", ("List", 3, "Id"), (1, 2), ALWAYS),
        ("/properties/List/*/Id", ("List", 3), ({"Id": 1}, None), ALWAYS),
        ("/properties/List/*/Id", ("List",), ([{"Id": 1}], None), ALWAYS),
        ("/properties/List/Id", ("List", 3, "Id"), (1, 2), ALWAYS),
        ("/properties/Map/*/Id", ("Map", "any", "Id"), (1, 2), ALWAYS),
    ],
)
def test_a_pointer_decides_about_what_it_names_and_what_lies_inside(pointer, path, values, expected):
    assert schema(always=[pointer]).replacement(path, *values) is expected


def test_what_is_only_sometimes_create_only_may_replace():
    assert schema(maybe=["/properties/Engine"]).replacement(("Engine",), "a", "b") is MAYBE


def test_a_type_of_ones_own_is_a_custom_resource():
    found = Schemas("us-east-1").of("Custom::Thing")
    assert found.replacement(("ServiceToken",), "a", "b") is ALWAYS
    assert found.replacement(("Anything",), "a", "b") is NEVER


@pytest.mark.parametrize("type_", ["My::Own::Type", "My::Own::Type::MODULE", "AWS::Nowhere::Thing"])
def test_a_type_without_a_schema_has_none(type_):
    assert Schemas("us-east-1").of(type_) is None


def test_a_region_without_an_index_has_that_of_north_virginia():
    assert (
        Schemas("xx-nowhere-1").of("AWS::SQS::Queue").always
        == Schemas("us-east-1").of("AWS::SQS::Queue").always
    )


def test_every_schema_can_be_read(schemas):
    types = _json(_folder() / "providers" / "us-east-1.json")
    with_create_only = [type_ for type_ in types if schemas.of(type_).always]
    assert len(with_create_only) > 1_500
