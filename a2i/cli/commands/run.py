"""Run the notebooks under a profile and write a report.

examples:
  a2i run                                     the embedded mini world, into reports/mini
  a2i run -p run=second -p seed=1             another seed, into reports/second
  a2i run --profile clips -p media=FOLDER     your own clips, a folder a class

What has not changed is not run again; the same command goes on where one stopped.
"""

import argparse


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", default="mini", help="a file in notebooks/profiles (mini)")
    parser.add_argument(
        "-p", dest="settings", metavar="NAME=VALUE", action="append", default=[], help="set a parameter"
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="do again what is done, the store too; the former run stays until the new one stands",
    )


def command(given: argparse.Namespace) -> None:
    from a2i.core.paths import shown
    from a2i.runner import parameters, run

    overrides = parameters.from_here(parameters.parse_overrides(given.settings))
    index = run.run(given.profile, overrides, fresh=given.fresh)
    print(f"the report: {shown(index)}")
