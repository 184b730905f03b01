"""Runs writers against two servers, injects faults, and reconciles: see docs/faults.md.

Environment: TACOHELP, the executable; TEST_POSTGRES_BIN, the folder of PostgreSQL's programs; TEST_FAKETIME,
libfaketime (none: clocks stay right).
"""

import argparse
import os
import random
import signal
import sys

from programs import Failure
from trial import Trial


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/test faults",
        description="Two servers, writers, faults from a seeded schedule; then every acknowledged write has "
        "to exist exactly once and its event to have arrived.")
    parser.add_argument("--minutes", type=float, default=0, help="go on for so long, with at least 5 faults a "
                        "minute (default: one fault of each kind)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000),
                        help="of the schedule, and of what is written (default: any)")
    parser.add_argument("--only", metavar="KIND", action="append", help="faults of this kind alone; again for more")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the logs")
    return parser.parse_args()


def stop(number, _):
    raise SystemExit(128 + number)


if __name__ == "__main__":
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    trial = Trial(options, os.environ["TACOHELP"], os.environ["TEST_POSTGRES_BIN"], os.environ.get("TEST_FAKETIME"))
    passed, is_whole = False, False
    try:
        passed = trial.run()
        is_whole = True
    except Failure as failure:
        print(f"\nFAILED: {failure}\n0 passed, 1 failed")
        is_whole = True
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # An interrupted run leaves no logs.
        trial.end(keeps_logs=options.keep or (is_whole and not passed))
    sys.exit(0 if passed else 1)
