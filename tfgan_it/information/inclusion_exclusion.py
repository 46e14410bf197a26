"""Co-information of several variables and a target, by inclusion and exclusion."""

from __future__ import annotations

import itertools
from collections.abc import Mapping


def co_information(information: Mapping[tuple[str, ...], float]) -> float:
    """Computes I(c; x_1; ...; x_M) = sum_S (-1)^(|S| + 1) I(c; x_S) in nats, over S not empty.

    Of two variables it is I(c; x_1) + I(c; x_2) - I(c; x_1, x_2), of three

        I(c; x_1) + I(c; x_2) + I(c; x_3) - I(c; x_1, x_2) - I(c; x_1, x_3) - I(c; x_2, x_3)
            + I(c; x_1, x_2, x_3)

    It is positive where variables repeat what they tell of c: H(c) if each of them determines c. It
    is negative where they tell it only together: -ln 2 for the exclusive or of two fair coins. Of c
    and two variables it is minus the interaction information of McGill, whose sign is this one
    times (-1)^(M + 1). From lower bounds it is a difference of bounds, hence neither a lower nor an
    upper one.

    Args:
        information: I(c; x_S) for each non-empty set S of the variables, by their names in one
            order.

    Raises:
        ValueError: If a set is missing.

    Source: McGill, 1954, "Multivariate Information Transmission"; the sign of Bell, 2003, "The
    Co-Information Lattice".

    Example: a code that each of two variables determines, and an exclusive or.

    >>> co_information({("x",): 0.7, ("y",): 0.7, ("x", "y"): 0.7})
    0.7
    >>> co_information({("x",): 0.0, ("y",): 0.0, ("x", "y"): 0.7})
    -0.7
    """
    names = max(information, key=len, default=())
    sizes = range(1, len(names) + 1)
    subsets = [subset for size in sizes for subset in itertools.combinations(names, size)]
    missing = [" and ".join(subset) for subset in subsets if subset not in information]
    if missing or not subsets:
        raise ValueError(
            f"co_information needs the nats of each set of "
            f"{', '.join(names) or 'variables'}, it has none of {(missing or ['any'])[0]}."
        )
    return sum((-1) ** (len(subset) + 1) * information[subset] for subset in subsets)
