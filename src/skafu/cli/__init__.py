"""The command line: it composes the stages, shows progress, and turns what happened into an exit code."""
