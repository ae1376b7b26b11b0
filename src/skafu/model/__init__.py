"""The values that flow through skafu: frozen, without behaviour beyond their own meaning, without I/O."""
