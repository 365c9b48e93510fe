"""From lists to a table of clips, and reading a store."""
