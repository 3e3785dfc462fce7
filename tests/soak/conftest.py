"""The package `tests.soak` is found from the root of the checkout, as by ``python -m tests.soak``."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
