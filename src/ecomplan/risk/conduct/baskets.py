"""Real orders as parcels: what promotion rules see of a basket and of each part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.risk.conduct.matching import Floats, Priced
from ecomplan.risk.conduct.rulebook import Group


@dataclass(frozen=True)
class Baskets:
    """Parts of baskets. Arrays are baskets x parts x groups: list amount, pieces, cheapest price (0 without any).

    Part m holds the parcels of the bits of m; the last part is the whole basket. `total` is the list amount
    of all articles, baskets x parts.
    """

    groups: tuple[str, ...]
    total: Floats
    amount: Floats
    pieces: Floats
    cheapest: Floats

    @property
    def parcels(self) -> int:
        return int(self.total.shape[1]).bit_length() - 1


def group_members(lines: Priced, groups: Sequence[Group]) -> NDArray[np.bool_]:
    """Lines x groups: whether a line's article is in the group, by its mean log price."""
    count = np.bincount(lines.product, minlength=len(lines.products))
    usual = np.bincount(lines.product, lines.log_price, len(lines.products)) / np.maximum(count, 1)
    sold = usual[count > 0]
    rank = np.searchsorted(np.sort(sold), usual, side="right") / len(sold)
    inside = [(rank >= group.price_from) & (rank <= group.price_to) for group in groups]
    return np.stack(inside, axis=1)[lines.product]


def sample_baskets(lines: Priced, groups: Sequence[Group], baskets: int, parcels: int, seed: int) -> Baskets:
    """A random choice of real orders, the lines of each dealt out to `parcels` parcels in turn."""
    rng = np.random.default_rng(seed)
    orders = int(lines.order.max()) + 1
    known = np.flatnonzero(np.bincount(lines.order, minlength=orders) > 0)
    chosen = np.sort(rng.choice(known, min(baskets, len(known)), replace=False))
    place = np.full(orders, -1)
    place[chosen] = np.arange(len(chosen))
    at = np.flatnonzero(place[lines.order] >= 0)
    basket = place[lines.order[at]]
    by = np.argsort(basket, kind="stable")
    at, basket = at[by], basket[by]
    turn = np.arange(len(at)) - np.searchsorted(basket, basket)
    member = group_members(lines, groups)[at]
    parcel = turn % parcels
    shape = (len(chosen), parcels, len(groups))
    total, amount, pieces = np.zeros(shape[:2]), np.zeros(shape), np.zeros(shape)
    cheapest = np.full(shape, np.inf)
    np.add.at(total, (basket, parcel), lines.amount[at])
    np.add.at(amount, (basket, parcel), lines.amount[at, None] * member)
    np.add.at(pieces, (basket, parcel), lines.quantity[at, None] * member)
    price = np.exp(lines.log_price[at])
    np.minimum.at(cheapest, (basket, parcel), np.where(member, price[:, None], np.inf))
    return parts_of(tuple(group.id for group in groups), total, amount, pieces, cheapest)


def parts_of(groups: tuple[str, ...], total: Floats, amount: Floats, pieces: Floats, cheapest: Floats) -> Baskets:
    """All parts from parcels: arrays baskets x parcels (x groups), `cheapest` infinite where there is nothing."""
    parcels = total.shape[1]
    bits = (np.arange(1 << parcels)[:, None] >> np.arange(parcels)) & 1
    low = np.where(bits[None, :, :, None] == 1, cheapest[:, None], np.inf).min(axis=2)
    return Baskets(
        groups, np.einsum("bp,mp->bm", total, bits), np.einsum("bpg,mp->bmg", amount, bits),
        np.einsum("bpg,mp->bmg", pieces, bits), np.where(np.isfinite(low), low, 0.0),
    )
