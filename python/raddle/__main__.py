"""The command `raddle`."""

from __future__ import annotations

import os
import sys

# Nothing may be imported here that imports `threading`: control comes first.
_SEED = "RADDLE_HASH_SEED"


def main() -> int:
    """Run the command; return its exit code."""
    args = sys.argv[1:]
    if not sys.flags.safe_path and sys.path:
        # Python's place for the folder of the program that it runs, which is not the user's yet.
        del sys.path[0]
    from raddle._raddle import control

    if args and args[0] in ("check", "replay"):
        _fix_hashes()
        from raddle._control import install, signals

        install.install()
        signals.install()
        signals.heed()
    code: int = control.command(args)
    sys.stdout.flush()
    from raddle._control import launcher

    launcher.leave()
    return code


def _fix_hashes() -> None:
    """Start this process again with a fixed seed for the hashes of strings, so that sets are walked alike in all processes."""
    if _SEED in os.environ:
        before = os.environ.pop(_SEED)
        if before:
            os.environ["PYTHONHASHSEED"] = before
        else:
            os.environ.pop("PYTHONHASHSEED", None)
    elif os.environ.get("PYTHONHASHSEED") != "0":
        os.environ[_SEED] = os.environ.get("PYTHONHASHSEED", "")
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
