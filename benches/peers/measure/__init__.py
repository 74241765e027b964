"""What `run` measures: a module for each kind of figure, and what they share."""
