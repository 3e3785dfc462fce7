"""The tables of whole numbers of a reduction, in one array: functions that read them are the same for all kernels.

The array begins with where each table begins, and where the last one ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

TABLES: dict[str, str] = {
    "full_at": "where the rows of the full columns are",
    "full_step": "1 for those of all rows of a tile",
    "full_row": "the row of each full column",
    "full_column": "the number of each full column",
    "profile": "where the profiles of the separable columns are, those of each factor in whole groups",
    "profile_column": "the number of each separable column, -1 for none",
    "profile_factor": "the number of its factor",
    "begin": "the first profile of each factor",
    "sums": "where the sum of the profiles of each factor is, and zeros",
    "slope_sums": "where the sum of the slopes by each factor is",
    "place": "where what is summed by the factors is: the slopes, then the full columns",
    "product": "of each of these the product of its factor with those of the separable columns",
    "groups": "factors by which rows are summed together",
    "group_size": "how many of each group count",
    "alone": "factors by which rows are summed alone",
    "pair": "pairs of factors whose product is not zero",
    "pair_begin": "the first pair of each product",
    "pair_product": "these products",
    "pair_groups": "products by which weights are summed together",
    "pair_group_size": "how many of each group count",
    "pair_alone": "products by which weights are summed alone",
    "factor_product": "the product of each two factors",
}
"""What is in each of them; functions that all kernels share count on their order."""


def packed(tables: Mapping[str, Sequence[int]]) -> tuple[int, ...]:
    """The array with some tables; the others are empty.

    Parameters
    ----------
    tables : mapping of str to sequence of int
    """
    contents = [tuple(tables.get(name, ())) for name in TABLES]
    begins = accumulate(map(len, contents), initial=len(TABLES) + 1)
    return (*begins, *(number for content in contents for number in content))


def described(name: str, tables: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Comments that tell a person what the array holds.

    Parameters
    ----------
    name : str
        Of the argument.
    tables : mapping of str to sequence of int
    """
    yield f"# {name} holds, after where each of all tables begins:"
    for table, numbers in tables.items():
        if numbers:
            yield f"# {table}, {TABLES[table]}: {', '.join(map(str, numbers))}"


def read(*names: str) -> str:
    """The lines of a function that take some tables out of the array ``tables``."""
    numbers = {name: list(TABLES).index(name) for name in names}
    return "\n".join(f"    {name} = tables[tables[{number}]:tables[{number + 1}]]" for name, number in numbers.items())
