"""What several words end in is computed once."""

from __future__ import annotations

from dataclasses import replace

from symdcrnn.kernels.program import OF_WORD, Load, Node, Operation, Program


def share_suffixes(program: Program) -> Program:
    """The program with equal values merged, whatever words they were made for: a trie of the suffixes of the words."""
    loads: dict[tuple[str, tuple[float, ...]], Load] = {}
    nodes: dict[tuple[str, Operation], Node] = {}
    merged: dict[str, str] = {}
    for load in program.loads:
        once = loads.setdefault((load.field, load.time_weights), replace(load, name=_shared(load.name)))
        merged[load.name] = once.name
    for node in program.nodes:
        source = merged[node.source]
        once_ = nodes.setdefault(
            (source, node.operation), replace(node, name=_shared(node.name), source=source))
        merged[node.name] = once_.name
    columns = tuple(merged[name] for name in program.columns)
    return replace(program, loads=tuple(loads.values()), nodes=tuple(nodes.values()), columns=columns)


def _shared(name: str) -> str:
    """The name without the number of the word that the value was made for."""
    return name.partition(OF_WORD)[0]
