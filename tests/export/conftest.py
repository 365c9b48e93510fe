"""The small trained run of `toy_run`."""

from toy_run import hiss, hum, pair, run  # noqa: F401
