"""From the files of a repository to declarations that know their file and line."""

from skafu.load.repository import load_repository, load_template, load_values

__all__ = ["load_repository", "load_template", "load_values"]
