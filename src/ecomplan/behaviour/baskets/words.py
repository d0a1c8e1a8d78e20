"""Words of product descriptions: how alike two are, and groups of products by a common word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.baskets.estimate import Ints

# ASSUME: English words that tell colour, size, count or looks and not the kind of thing; other languages go without
_LOOKS = """
A AND ANTIQUE ASSORTED BIG BLACK BLUE CERAMIC COLOUR CREAM DESIGN DOT FINISH FOR FRENCH ENGLISH GLASS GOLD GREEN GREY
HANGING IN IVORY JUMBO LARGE LIGHT LITTLE MEDIUM METAL MINI OF ON PACK PAISLEY PINK POLKADOT RED REGENCY RETRO RETROSPOT
ROSE ROUND SET SILVER SMALL SPOT SPOTTY STRIPE THE TIER TO TRADITIONAL VICTORIAN VINTAGE WHITE WITH WOOD WOODEN YELLOW
ZINC
"""
LOOKS = frozenset(_LOOKS.split())
OTHER = "Other"


def words_of(description: object) -> frozenset[str]:
    """The words of a description, upper case, without numbers and single letters, plural s cut off."""
    return frozenset(map(stem, _raw(description)))


def stem(word: str) -> str:
    """A word without its plural s."""
    return word[:-1] if len(word) > 3 and word.endswith("S") and not word.endswith("SS") else word


def _raw(description: object) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", description.upper()) if isinstance(description, str) else []


def similarity(first: Sequence[frozenset[str]], second: Sequence[frozenset[str]]) -> npt.NDArray[np.float64]:
    """Jaccard's (1912) coefficient of the words of each pair: common over all, 0 where neither has any."""
    return np.array([
        len(a & b) / len(a | b) if a or b else 0.0 for a, b in zip(first, second, strict=True)
    ], dtype=float)


def groups(descriptions: pd.Series, sales: pd.Series, count: int) -> tuple[pd.Series, str]:
    """(group of each product, "word" or "price band" asked for) by the words that cover most sales.

    Greedy: the word whose products, not yet in a group, sell most makes the next group, until `count` groups; the
    rest is `OTHER`. Words of looks (`LOOKS`) make no group. With fewer than two groups (no descriptions, or the
    same word in all) every product is `OTHER` and the second value is "".
    """
    looks = frozenset(map(stem, LOOKS))
    words = [words_of(text) - looks for text in descriptions]
    rows = np.repeat(np.arange(len(words)), [len(found) for found in words])
    flat = [word for found in words for word in sorted(found)]
    code, names = pd.factorize(np.array(flat, dtype=object), sort=True)
    value = np.maximum(sales.to_numpy(float), 0.0)
    label = np.full(len(words), OTHER, dtype=object)
    free = np.ones(len(words), dtype=bool)
    for _ in range(count):
        covered = np.bincount(code, np.where(free[rows], value[rows], 0.0), minlength=len(names))
        if len(names) == 0 or covered.max() <= 0:
            break
        best = int(covered.argmax())
        mine = np.zeros(len(words), dtype=bool)
        mine[rows[code == best]] = True
        label[mine & free] = names[best]
        free &= ~mine
    if len(set(label)) < 2:
        return pd.Series(OTHER, index=descriptions.index), ""
    written = Counter(word for text in descriptions for word in set(_raw(text)))
    forms: dict[str, str] = {}
    for word, _ in sorted(written.items(), key=lambda item: (item[1], item[0])):
        forms[stem(word)] = word  # the form most often written names the group
    return pd.Series([forms.get(name, name).capitalize() for name in label], index=descriptions.index), "word"


def price_bands(prices: pd.Series, bands: int) -> pd.Series:
    """Products in `bands` classes of as many by price, named by their number ("price band 1" is the cheapest)."""
    rank = prices.rank(method="first").to_numpy()
    number: Ints = np.ceil(bands * (rank - 0.5) / len(prices)).astype(np.int64)
    return pd.Series([f"price band {band}" for band in np.clip(number, 1, bands)], index=prices.index)
