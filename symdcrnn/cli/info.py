"""`symdcrnn info`: what is in a file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symdcrnn.cli.options import OnceCommand, json_option, notices, print_json
from symdcrnn.cli.reading import naming_from, read_file, reading_options, reading_text
from symdcrnn.cli.suggestion import suggested_options
from symdcrnn.data.trajectory import Trajectory

if TYPE_CHECKING:
    from symdcrnn.data.files.stored import StoredTrajectory

LARGE = 256_000_000
"""Bytes of fields from which on only some frames are read."""

BEYOND = 1e300
"""Numbers from which on sums and quotients may be too large to be written down."""


@click.command(cls=OnceCommand, name="info", epilog="Example: symdcrnn info data.nc")
@click.argument("file", type=click.Path(path_type=Path))
@reading_options
@json_option
def info_command(file: Path, as_json: bool, **reading: Any) -> None:
    """Show what is in a file.

    FILE holds snapshots (.nc, .zarr, .npz, .mat, .h5, .npy, .csv; FILE:/GROUP is a group of one) or a model (.json).
    """
    content = _model(file) if file.suffix == ".json" else _data(file, reading)
    if as_json:
        print_json(content)
        return
    for name, value in ((name, value) for name, value in content.items() if name != "notes"):
        if isinstance(value, dict):
            click.echo(f"{name}")
            width = max((len(str(key)) for key in value), default=0)
            for key, item in value.items():
                click.echo(f"  {key:<{width}}  {_said(name, key, item)}")
        else:
            click.echo(f"{name:<10}  {_text(value)}")


EXACT = "exact equations (for scoring)"

OF_DATA = ("fields", "coordinates", "known", "uncertainty")
"""What has values on axes."""


def _said(section: str, name: str, entry: Any) -> str:
    """An entry of a section as a person would say it."""
    if section == "axes":
        return _axis_text(entry)
    if section == EXACT:
        from symdcrnn.equation_text import format_sum

        return f"d_t {name} = {format_sum([(value, word) for word, value in entry.items()])}"
    if section in OF_DATA:
        units = f" {entry['units']}" if "units" in entry else ""
        mean = f", mean {_text(entry['mean'])}" if "mean" in entry else ""
        missing = entry.get("missing", 0)
        lost = f", {missing} value{'s' * (missing > 1)} missing" if missing else ""
        some = f", in {entry['of']}" if "of" in entry else ""
        return (f"on {entry['axes'].replace(' ', ', ') or 'no axis'}: {_text(entry['min'])} to {_text(entry['max'])}"
                f"{units}{mean}{lost}{some}")
    return _text(entry)


def _axis_text(entry: Mapping[str, Any]) -> str:
    units = f" {entry['units']}" if "units" in entry else ""
    parts = [f"{entry['points']} points from {_text(entry['from'])} to {_text(entry['to'])}{units}"]
    if entry.get("step") is not None:
        parts.append(f"step {_text(entry['step'])}")
    elif not entry["even"]:
        parts.append("uneven")
    if "role" in entry:
        parts.append(entry["role"])
    if entry.get("periodic"):
        parts.append("periodic")
    if "weights" in entry:
        parts.append("with weights" if entry["weights"] else "without weights")
    return ", ".join(parts)


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


def _data(file: Path, reading: Mapping[str, Any]) -> dict[str, Any]:
    stored = _large(file, reading)
    trajectory = read_file(file, reading) if stored is None else stored.header
    notices(trajectory.notices)
    if stored is not None:
        size = trajectory.frames * stored.frame_bytes
        notices((f"read two of {trajectory.frames} frames: all of them take {size / 1e9:.3g} GB of memory",))
    content: dict[str, Any] = {
        "file": str(file),
        "axes": _axes(trajectory),
        "periodic": trajectory.periodic,
        "fields": ({name: _values(trajectory, name, mean=True) for name in trajectory.field_names} if stored is None
                   else _values_of_some(stored)),
    }
    coordinates = [name for name in trajectory.coordinates if trajectory.axes_of(name) != (name,)]
    if coordinates:
        content["coordinates"] = {name: _values(trajectory, name) for name in coordinates}
    if trajectory.profile_names:
        content["known"] = {name: _values(trajectory, name) for name in trajectory.profile_names}
    if trajectory.uncertainties:
        content["uncertainty"] = {field: _values(trajectory, name) for field, name in trajectory.uncertainties.items()
                                  if stored is None or name not in stored.beside}
    if trajectory.epsilon is not None:
        content["epsilon"] = trajectory.epsilon
        step = content["axes"]["t"]["step"]
        if step is not None and step < BEYOND * trajectory.epsilon**2:
            content["dt/epsilon^2"] = step / trajectory.epsilon**2
    if trajectory.exact:
        content[EXACT] = trajectory.exact
    if trajectory.notices:
        content["notes"] = list(trajectory.notices)
    words = ["symdcrnn fit", shlex.quote(str(file)), *reading_text(reading), suggested_options(trajectory)]
    content["try"] = " ".join(word for word in words if word)
    return content


def _large(file: Path, reading: Mapping[str, Any]) -> StoredTrajectory | None:
    """The file with its fields left on disk, where they are large and can be read in part."""
    from symdcrnn.data.files.formats import checked_path
    from symdcrnn.data.files.stored import DEFAULT_MEMORY, open_named

    if reading.get("series") or checked_path(file).open is None:
        return None
    found = open_named(file, reading.get("periodic"), DEFAULT_MEMORY, naming_from(reading))
    return found if found.header.frames * found.frame_bytes > LARGE else None


def _values_of_some(stored: StoredTrajectory) -> dict[str, dict[str, Any]]:
    """The values of the fields in the first and the last frame."""
    import numpy as np

    header, last = stored.header, stored.header.frames - 1
    with replace(stored.reader, gaps=True).opened() as read:
        ends = [read(frame, frame + 1) for frame in (0, last)]
    some = header.dataset.isel(t=[0, last])
    for name in header.field_names:
        some[name] = some[name].copy(data=np.concatenate([part[name] for part in ends]))
    return {name: {**_values(Trajectory(some), name), "of": "the first and the last frame"}
            for name in header.field_names}


def _axes(trajectory: Trajectory) -> dict[str, Any]:
    """The axes in storage order."""
    from symdcrnn.data.axes import even_step, is_even

    t = trajectory.t
    units = trajectory.dataset["t"].attrs.get("units")
    even = is_even(t)
    found: dict[str, Any] = {"t": {
        "points": int(t.size), "from": float(t[0]), "to": float(t[-1]), "step": even_step(t, "t") if even else None,
        "even": even, **({} if units is None else {"units": str(units)})}}
    for axis in trajectory.axes:
        points = axis.coordinate
        entry: dict[str, Any] = {"points": axis.size, "from": float(points.min()), "to": float(points.max())}
        if axis.role == "space":
            entry["step"] = even_step(points, axis.name) if axis.even else None
        entry |= {"role": axis.role, "even": axis.even, "periodic": axis.periodic}
        if axis.role != "space":
            entry["weights"] = axis.weights is not None
        found[axis.name] = entry if axis.units is None else {**entry, "units": axis.units}
    return found


def _values(trajectory: Trajectory, name: str, mean: bool = False) -> dict[str, Any]:
    import numpy as np

    array = trajectory.array(name)
    missing = int(np.isnan(array).sum())
    array = array[~np.isnan(array)] if missing else array
    least, largest = float(array.min()), float(array.max())
    found: dict[str, Any] = {"axes": " ".join(trajectory.axes_of(name)), "min": least, "max": largest}
    if mean:
        # The sum of values near the largest numbers is beyond them.
        scale = max(-least, largest) if max(-least, largest) > BEYOND / array.size else 1.0
        found["mean"] = scale * float((array / scale if scale > 1.0 else array).mean())
    if missing:
        found["missing"] = missing
    units = trajectory.dataset[name].attrs.get("units")
    return found if units is None else {**found, "units": str(units)}


def _model(file: Path) -> dict[str, Any]:
    from dataclasses import asdict

    from symdcrnn.model import load_model

    model = load_model(file)
    return {
        "file": str(file),
        "equations": {equation.target: equation.text for equation in model.equations},
        "epsilon": model.epsilon,
        "converged": model.converged,
        "seconds": model.seconds,
        "data": asdict(model.data),
        "settings": asdict(model.settings),
    }
