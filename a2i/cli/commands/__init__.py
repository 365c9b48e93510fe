"""The commands of `a2i`, one a module."""
