"""The bench: a method, a task, and an honest table within a minute or so."""
