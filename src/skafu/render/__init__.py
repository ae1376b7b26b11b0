"""Reports as people and machines read them: one module per format, all of them pure."""
