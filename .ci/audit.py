"""Known vulnerabilities of what is installed beside this Python: what came of it, and exit code 1 if there are any.

pip-audit is installed into a folder of its own by the uv beside this Python, so that the environment stays as it is.
Where that fails, or the service that knows vulnerabilities does not answer, that is said, and nothing fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile

SECONDS = 240
"""For all of it; what takes longer is no answer."""

ANSWER = 5
"""Seconds for one answer of the service."""


def report() -> str:
    """What pip-audit finds, as JSON; an empty text where it cannot be installed or finds no one to ask."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "UV_CONSTRAINT"}
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", folder, "pip-audit"]
        audit = [sys.executable, "-m", "pip_audit", "--path", sysconfig.get_path("purelib"), "--skip-editable",
                 "--format", "json", "--progress-spinner", "off", "--timeout", str(ANSWER)]
        try:
            if subprocess.run(install, env=environment, capture_output=True, timeout=SECONDS).returncode != 0:
                return ""
            return subprocess.run(audit, env={**environment, "PYTHONPATH": folder}, capture_output=True, text=True,
                                  timeout=SECONDS).stdout
        except subprocess.TimeoutExpired:
            return ""


def verdict(found: str) -> tuple[int, str]:
    """The exit code, and what is said.

    Parameters
    ----------
    found : str
        As `report` gives it.
    """
    try:
        packages = json.loads(found)["dependencies"]
    except ValueError:
        packages = []
    asked = [one for one in packages if "vulns" in one]
    if not asked:
        return 0, "vulnerabilities: not looked for, pip-audit cannot be installed or nobody answers it"
    known = [f"{one['name']} {one['version']}: {fault['id']}" + (f", mended in {', '.join(fault['fix_versions'])}"
                                                              if fault["fix_versions"] else "")
             for one in asked for fault in one["vulns"]]
    if known:
        return 1, "\n".join(["vulnerabilities that are known:", *known])
    return 0, f"vulnerabilities: none is known of {len(asked)} packages ({len(packages) - len(asked)} not looked up)"


if __name__ == "__main__":
    code, said = verdict(report())
    print(said)
    sys.exit(code)
