"""Makes `exact_transport` here, and `learned_models` of the tests of limits, importable by the tests of this folder."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent / "limits")]
