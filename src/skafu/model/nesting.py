"""Nested stacks: which resources nest a template, and where they name it."""

from __future__ import annotations

from collections.abc import Mapping

STACK = "AWS::CloudFormation::Stack"
"""CloudFormation's own type of a stack, which is what a nested one is as a resource."""

NESTING: Mapping[str, str] = {
    STACK: "TemplateURL",
    "AWS::Serverless::Application": "Location",
}
"""Type of a nested stack -> the property that names its template."""
