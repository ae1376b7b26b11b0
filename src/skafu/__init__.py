"""skafu: the gate between a Git repository and AWS CloudFormation."""

__version__ = "0.1.0"
