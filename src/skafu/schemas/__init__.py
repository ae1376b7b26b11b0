"""The JSON Schemas (2020-12) of everything a team writes and of the JSON report."""
