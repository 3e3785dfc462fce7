"""Processes that have loaded no kernel yet; and the folder, whose `slow_reference` its tests import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import symdcrnn

sys.path.append(str(Path(__file__).resolve().parents[1] / "kernels"))

COPIED = """
import json
import os
import sys
import traceback

from symdcrnn.kernels import cache, cache_folder, pinned_numba

pinned_numba.numba.njit("float64(float64)")(lambda x: x)
for line in sys.stdin:
    text, arguments, environment = json.loads(line)
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(into, 1)
        os.dup2(into, 2)
        os.environ.update(environment)
        sys.argv = ["", *arguments]
        code = 0
        try:
            exec(text, {"__name__": "__main__"})
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    os.close(into)
    with open(out) as stream:
        said = stream.read()
    print(json.dumps([os.waitpid(child, 0)[1], said]), flush=True)
"""


@pytest.fixture(scope="session")
def new_process() -> Iterator[Callable[..., str]]:
    """Run Python text in a process that has loaded no kernel; what it prints comes back.

    It is a copy of one that has imported what kernels need and has compiled something, which takes seconds.
    """
    roots = [str(Path(symdcrnn.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    with subprocess.Popen([sys.executable, "-W", "error", "-c", COPIED], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))}) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        asking, answers = server.stdin, server.stdout

        def run(text: str, *arguments: str, **environment: str) -> str:
            asking.write(json.dumps([text, arguments, environment]) + "\n")
            asking.flush()
            ended, said = json.loads(answers.readline())
            assert ended == 0, said
            return str(said)

        yield run
