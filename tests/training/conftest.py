"""Makes the helpers of the tests importable: `slow_reference` and `small_problem`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "kernels"))
sys.path.append(str(Path(__file__).resolve().parent))
