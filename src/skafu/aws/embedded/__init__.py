"""The embedded endpoint: MiniStack as a process of its own on loopback, and what stands in for what it lacks."""
