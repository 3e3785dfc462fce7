"""The one exception that symdcrnn raises about what a user gave it."""

from __future__ import annotations


class InputError(ValueError):
    """Something in the input cannot be used.

    The message is one line: what was wrong, where, what was expected and what to do.
    The command line prints it as it is and ends with exit code 1.
    """
