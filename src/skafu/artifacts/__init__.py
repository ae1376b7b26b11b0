"""Local code -> the objects that a deployment uploads, and the template that names them."""

from skafu.artifacts.failure import ArtifactError
from skafu.artifacts.needs import Need, needed
from skafu.artifacts.pack import Packed, pack
from skafu.artifacts.place import NestedTemplate, nested_templates, place, text_of
from skafu.artifacts.recipe import Build

__all__ = [
    "ArtifactError",
    "Build",
    "Need",
    "NestedTemplate",
    "Packed",
    "needed",
    "nested_templates",
    "pack",
    "place",
    "text_of",
]
