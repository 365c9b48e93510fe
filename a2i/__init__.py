"""Audio2Img: pictures of 64x64 from ten seconds of sound, and why they fail. Importing it does no work."""

__version__ = "0.1.0"
