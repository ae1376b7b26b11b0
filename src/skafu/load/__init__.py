"""From the files of a repository to declarations that know their file and line."""

from skafu.load.artifacts import digest_artifact
from skafu.load.problems import DocumentError
from skafu.load.repository import load_repository, load_template, load_values
from skafu.load.template import nested_library

__all__ = [
    "DocumentError",
    "digest_artifact",
    "load_repository",
    "load_template",
    "load_values",
    "nested_library",
]
