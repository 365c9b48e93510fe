"""One clip: a file becomes ten seconds of sound, frames and a log-mel."""
