"""Thinking: names, wishes, differences, plans and what to say about them. Pure functions, no I/O."""
