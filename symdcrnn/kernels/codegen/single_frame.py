"""Functions of kernels on a single frame, in place of those for combinations of frames.

They are compiled with every function on one state, so they are short: one loop serves any number of rows. Modules that
they stand in have `VIEWS`.
"""

from __future__ import annotations

from symdcrnn.kernels.codegen.functions import GATHER, LANES, ROW, ROWS
from symdcrnn.kernels.source import KernelFunction

VIEWS = "from symdcrnn.kernels.runtime.views import line, placed_block, placed_line, placed_rows, whole_line"


def load_frame() -> KernelFunction:
    """t = a row of the data on [begin, end), wrapping around."""
    return KernelFunction(
        f"void({ROW}, int64, {ROWS}, int64, int64, int64)",
        """def load(target, at, data, row, begin, end):
    n, source = data.shape[1], data[row]
    done = begin
    while done < end:
        start = done % n
        size = min(end - done, n - start)
        t, s = line(target, at + done - begin, size), line(source, start, size)
        for j in range(size):
            t[j] = s[j]
        done += size""")


def gather_rows() -> KernelFunction:
    """t = sum_k weights[k] source[first + indices[k] stride], rows of which a part is taken, some at a time."""
    lanes = range(LANES)
    lines = [
        "def gather(target, at, source, column, first, stride, indices, weights, size):",
        "    t = line(target, at, size)",
        "    if indices.size == 0:",
        "        for j in range(size):",
        "            t[j] = 0.0",
        f"    for k in range(0, indices.size, {LANES}):",
    ]
    for lane in lanes:
        # Beyond the last row the first of these is taken, with a weight of zero.
        index, weight = (f"k + {lane}", f"weights[k + {lane}]") if not lane else (
            f"k + {lane} if k + {lane} < indices.size else k",
            f"weights[k + {lane}] if k + {lane} < indices.size else 0.0")
        lines += [f"        w{lane}, i{lane} = {weight}, indices[{index}]",
                  f"        s{lane} = line(source[first + i{lane} * stride], column, size)"]
    total = " + ".join(f"w{lane} * s{lane}[j]" for lane in lanes)
    for condition, sign in (("if k == 0:", "="), ("else:", "+=")):
        lines += [f"        {condition}", "            for j in range(size):", f"                t[j] {sign} {total}"]
    return KernelFunction(f"void({', '.join(GATHER)})", "\n".join(lines))
