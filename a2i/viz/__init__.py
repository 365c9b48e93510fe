"""For eyes and ears."""
