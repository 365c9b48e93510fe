"""From clips to a store."""
