"""Nested stacks: which resources nest a template, and where they name it."""

from __future__ import annotations

from collections.abc import Mapping

NESTING: Mapping[str, str] = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}
"""Type of a nested stack -> the property that names its template."""
