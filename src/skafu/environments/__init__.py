"""Environments of their own for tools whose pins and ours cannot stand together: Checkov, MiniStack."""
