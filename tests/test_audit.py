"""What the check of installed packages makes of the answers of pip-audit."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SOUND: dict[str, Any] = {"name": "a", "version": "1.0", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "not found"}
FAULTY = {"name": "c", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1", "3.0"]},
                                                   {"id": "PYSEC-2", "fix_versions": []}]}


@pytest.mark.parametrize(("packages", "code", "said"), [
    ([SOUND, SOUND, SKIPPED], 0, "vulnerabilities: none is known of 2 packages (1 not looked up)"),
    ([SOUND, FAULTY, SKIPPED], 1, "vulnerabilities that are known:\n"
                                  "c 2.0: PYSEC-1, mended in 2.1, 3.0\nc 2.0: PYSEC-2"),
    ([SKIPPED], 0, "vulnerabilities: not looked for, pip-audit cannot be installed or nobody answers it"),
    (None, 0, "vulnerabilities: not looked for, pip-audit cannot be installed or nobody answers it"),
])
def test_a_known_vulnerability_fails_and_no_answer_is_said(
    packages: list[dict[str, Any]] | None, code: int, said: str
) -> None:
    verdict = runpy.run_path(str(ROOT / ".ci" / "audit.py"))["verdict"]
    found = "" if packages is None else json.dumps({"dependencies": packages, "fixes": []})
    assert verdict(found) == (code, said)


def test_it_is_part_of_the_checks() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert ".venv/bin/python .ci/audit.py" in script
    assert 'wait "$audit" ||' in script
