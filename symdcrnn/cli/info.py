"""`symdcrnn info`: what is in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symdcrnn.cli.options import OnceCommand, json_option, notices, print_json


@click.command(cls=OnceCommand, name="info", epilog="Example: symdcrnn info data.nc")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def info_command(file: Path, as_json: bool) -> None:
    """Show what is in a file.

    FILE holds snapshots (.nc, .zarr, .npz, .mat) or a model (.json).
    """
    content = _model(file) if file.suffix == ".json" else _data(file)
    if as_json:
        print_json(content)
        return
    for name, value in content.items():
        if isinstance(value, dict):
            click.echo(f"{name}")
            width = max((len(str(key)) for key in value), default=0)
            for key, item in value.items():
                click.echo(f"  {key:<{width}}  {_text(item)}")
        else:
            click.echo(f"{name:<10}  {_text(value)}")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value) or "none"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _data(file: Path) -> dict[str, Any]:
    from symdcrnn.data.formats import read_trajectory

    trajectory = read_trajectory(file)
    notices(trajectory.notices)
    t, v, x = trajectory.t, trajectory.v, trajectory.x
    content: dict[str, Any] = {
        "file": str(file),
        "axes": {
            "t": {"points": int(t.size), "from": float(t[0]), "to": float(t[-1]), "step": trajectory.dt},
            "v": {"points": int(v.size), "from": float(v.min()), "to": float(v.max())},
            "x": {"points": int(x.size), "from": float(x[0]), "to": float(x[-1]), "step": trajectory.dx},
        },
        "periodic": trajectory.periodic,
        "fields": {
            name: {
                "axes": "t v x" if trajectory.depends_on_v(name) else "t x",
                "min": float(trajectory.array(name).min()),
                "max": float(trajectory.array(name).max()),
                "mean": float(trajectory.array(name).mean()),
            }
            for name in trajectory.field_names
        },
    }
    if trajectory.profile_names:
        content["known"] = {
            name: {"min": float(trajectory.profile(name).min()), "max": float(trajectory.profile(name).max())}
            for name in trajectory.profile_names
        }
    if trajectory.epsilon is not None:
        content["epsilon"] = trajectory.epsilon
        content["dt/epsilon^2"] = trajectory.dt / trajectory.epsilon**2
    if trajectory.exact:
        content["exact equations (for scoring)"] = trajectory.exact
    return content


def _model(file: Path) -> dict[str, Any]:
    from dataclasses import asdict

    from symdcrnn.model import load_model

    model = load_model(file)
    return {
        "file": str(file),
        "equations": {equation.target: str(equation) for equation in model.equations},
        "epsilon": model.epsilon,
        "converged": model.converged,
        "seconds": model.seconds,
        "data": asdict(model.data),
        "settings": asdict(model.settings),
    }
