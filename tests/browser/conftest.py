"""The small trained run of `toy_run`."""

from toy_run import run  # noqa: F401
