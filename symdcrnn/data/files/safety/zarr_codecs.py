"""The codecs of a Zarr folder, looked at before any of them works: some of those that exist run what they find."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from symdcrnn.errors import InputError
from symdcrnn.given import described

OF_VERSION_2 = frozenset((
    "zlib", "gzip", "bz2", "lzma", "blosc", "zstd", "lz4", "delta", "shuffle", "fixedscaleoffset", "quantize",
    "packbits", "astype", "bitround", "crc32", "crc32c", "adler32", "fletcher32", "vlen-utf8", "vlen-bytes"))
"""Compressors and filters that make numbers and text of bytes, and nothing else."""

OF_VERSION_3 = frozenset((
    "bytes", "endian", "transpose", "sharding_indexed", "gzip", "zstd", "blosc", "crc32c", "vlen-utf8", "vlen-bytes",
    *(f"numcodecs.{name}" for name in OF_VERSION_2)))

PARTS = ("codecs", "index_codecs")
"""Where codecs have codecs of their own."""

DEEPEST = 4
"""Codecs in codecs."""


def check_codecs(path: str | os.PathLike[str]) -> None:
    """Refuse a folder with a codec that is not on the list, or with links to other files.

    Raises
    ------
    InputError
        Naming the codec or link, and where it is.
    """
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            if os.path.islink(os.path.join(folder, name)):
                raise InputError(f"has a link to another file, {_place(path, folder, name)}: copy what it points to "
                                 "into its place")
        for name in files:
            if name in (".zarray", ".zmetadata", "zarr.json"):
                _check_file(Path(folder, name), _place(path, folder, name))


def _place(path: str | os.PathLike[str], folder: str, name: str) -> str:
    return repr(os.path.relpath(os.path.join(folder, name), path))


def _check_file(file: Path, place: str) -> None:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise InputError(f"is damaged ({place} is not JSON): copy or write the folder anew") from None
    for array in _arrays(content):
        if "codecs" in array or array.get("zarr_format") == 3:
            _check_names(_names(array.get("codecs"), "name", DEEPEST), OF_VERSION_3, place)
            if array.get("storage_transformers"):
                raise InputError(f"has storage transformers in {place}: write the folder anew without them")
        else:
            filters = array.get("filters")
            codecs = [array.get("compressor"), *(filters if isinstance(filters, list) else [filters])]
            _check_names(_names([one for one in codecs if one is not None], "id", 0), OF_VERSION_2, place)


def _arrays(content: Any) -> Iterator[Mapping[str, Any]]:
    """The metadata of all arrays in a file, that of a group which holds copies of them included."""
    if not isinstance(content, dict):
        return
    groups = (content.get("metadata"), (content.get("consolidated_metadata") or {}).get("metadata")
              if isinstance(content.get("consolidated_metadata"), dict) else None)
    for one in (content, *(value for group in groups if isinstance(group, dict) for value in group.values())):
        if isinstance(one, dict) and ({"codecs", "compressor", "filters"} & set(one)):
            yield one


def _names(codecs: Any, key: str, depth: int) -> Iterator[Any]:
    if not isinstance(codecs, list):
        yield from () if codecs is None else (codecs,)
        return
    for codec in codecs:
        named = codec.get(key) if isinstance(codec, dict) else codec
        yield named
        inner = codec.get("configuration") if isinstance(codec, dict) else None
        for part in PARTS:
            if isinstance(inner, dict) and part in inner:
                if depth == 0:
                    raise InputError("has codecs nested too deeply: write the folder anew")
                yield from _names(inner[part], key, depth - 1)


def _check_names(names: Iterable[Any], known: frozenset[str], place: str) -> None:
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise InputError(f"has the codec {described(name)} in {place}, which is not one of those that are read: "
                             "write it anew with zlib, zstd, blosc or another codec of numbers")
