"""What every room stands on: errors, paths, progress, whole-or-not files, killable workers, the environment."""
