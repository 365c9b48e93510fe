"""Clips from the web: AudioSet's lists, slow and resumable fetching, a reason for each clip."""
