"""Scripts that run as child processes. The one for Checkov runs where skafu itself is not installed."""
