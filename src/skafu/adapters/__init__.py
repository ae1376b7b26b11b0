"""The outside judges, one module each, and the child processes they run in."""
