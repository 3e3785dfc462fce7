"""`python -m symdcrnn`, and the command `symdcrnn`."""

import gc
import logging
import os
import signal
import sys
import threading
import warnings
from types import FrameType
from typing import Any

NO_ROOM = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")
"""What the loader of libraries says of too little memory."""

AGAIN = 0.1
"""Seconds until an interrupt that was lost comes again."""

NEW_OBJECTS = 50_000
"""How many more there are before cycles among them are looked for."""


def main() -> None:
    """Run the command line, interrupts while its modules are imported included."""
    seen: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    def unraisable(found: Any) -> None:
        if not issubclass(found.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(found)
            return
        # It came in a destructor, where Python drops it.
        timer = threading.Timer(AGAIN, os.kill, (os.getpid(), signal.SIGINT))
        timer.daemon = True
        timer.start()

    # Libraries and kernels make many objects that all stay: looking through them every time would be a tenth of a fit.
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    sys.unraisablehook = unraisable
    if not sys.warnoptions:
        # What libraries think of each other is nothing that a user of the command could act on.
        warnings.simplefilter("ignore")
    # So is what they write to logs that nobody keeps, such as where matplotlib puts its fonts.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        from symdcrnn.cli.main import main as run

        run()
    except KeyboardInterrupt:
        _say_interrupted()
    except Exception as error:
        # In the start of a library an interrupt becomes an error of that library.
        if seen:
            _say_interrupted()
        if not _lacks_memory(error):
            raise
        sys.stderr.write("Error: out of memory while libraries were loaded: give the process more (ulimit -v)\n")
        sys.exit(1)
    finally:
        # What is left is the end of the process, which more interrupts would only make untidy.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _say_interrupted() -> None:
    sys.stderr.write("Error: interrupted: nothing was written\n")
    sys.exit(1)


def _lacks_memory(error: BaseException) -> bool:
    """Whether a library could not be loaded because this process may have no more memory."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, MemoryError) or any(text in str(found) for text in NO_ROOM):
            return True
        found = found.__cause__ or found.__context__
    return False


def _leave_current_folder() -> None:
    """``python -m`` looks for modules in the current folder first, which holds data; the command does not."""
    first = sys.path[0] if sys.path else None
    if first is None or getattr(sys.flags, "safe_path", False) or __spec__ is None:
        return
    try:
        current = os.path.realpath(os.getcwd())
    except OSError:  # it was removed
        del sys.path[0]
        return
    here, package = os.path.realpath(first or current), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    if here == current != package:
        del sys.path[0]


if __name__ == "__main__":
    _leave_current_folder()
    main()
