"""From a profile to a report."""
