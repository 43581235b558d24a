"""The command `raddle`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command; return its exit code."""
    args = sys.argv[1:]
    if not sys.flags.safe_path and sys.path:
        # Python's place for the folder of the program that it runs, which is not the user's yet.
        del sys.path[0]
    from raddle._raddle import control

    if args and args[0] in ("check", "replay"):
        from raddle._control import signals

        signals.heed()
    code: int = control.command(args)
    sys.stdout.flush()
    if args and args[0] == "run":
        from raddle._control import launcher

        launcher.leave()
    return code


if __name__ == "__main__":
    sys.exit(main())
