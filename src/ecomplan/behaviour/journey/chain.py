"""The absorbing Markov chain of events: who ends in a purchase, in how many steps, and which edge carries it.

States are a start and every event but the purchase; the two ends are `purchase` and `exit`. A session is cut at
its first purchase. All quantities are exact, from the fundamental matrix N = (I - Q)^-1 (Kemeny and Snell 1960);
an edge removed or a row edited is a rank-one change, solved by Sherman and Morrison's formula (1950).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from ecomplan.behaviour.journey.sessions import PURCHASE, Log
from ecomplan.behaviour.statistics import limits

START, EXIT = "start", "exit"


@dataclass(frozen=True)
class Counts:
    """Transitions counted per user: `by_user` has shape (users, S * (S + 2)), S states (start first); the last two
    columns of a user's S x (S + 2) table are purchase and exit."""

    states: tuple[str, ...]
    by_user: sparse.csr_matrix

    @property
    def ends(self) -> tuple[str, ...]:
        return (*self.states, PURCHASE, EXIT)

    def total(self) -> np.ndarray:
        """Counts of all users, shape (S, S + 2)."""
        return self.shaped(np.asarray(self.by_user.sum(axis=0)))

    def resampled(self, weights: np.ndarray) -> np.ndarray:
        """Counts of each resample of users, shape (draws, S, S + 2)."""
        return self.shaped(weights @ self.by_user)

    def shaped(self, flat: np.ndarray) -> np.ndarray:
        size = len(self.states)
        shape = (size, size + 2) if flat.size == size * (size + 2) else (-1, size, size + 2)
        return np.asarray(flat, float).reshape(shape)


@dataclass(frozen=True)
class Chain:
    """An absorbing chain (or a stack of them in front). moves: (..., S, S + 2) probabilities; visits: N, (..., S, S);
    buys: chance of a purchase from each state, (..., S); steps: expected moves until
    a purchase or exit, the last one counted, (..., S)."""

    moves: np.ndarray
    visits: np.ndarray
    buys: np.ndarray
    steps: np.ndarray


def count(log: Log) -> Counts:
    """Count every user's transitions, sessions cut at their first purchase."""
    events = log.events[["session", "user", "event", "place"]]
    bought = events[events["event"] == PURCHASE].groupby("session")["place"].min()
    cut = events["session"].map(bought)
    events = events[cut.isna() | (events["place"] <= cut)]
    states = (START, *sorted(set(events["event"]) - {PURCHASE}))
    ends = {name: code for code, name in enumerate((*states, PURCHASE, EXIT))}
    code = events["event"].map(ends).to_numpy()
    session = events["session"].to_numpy()
    first = np.r_[True, session[1:] != session[:-1]]
    last = np.r_[first[1:], True]
    source = np.where(first, 0, np.r_[0, code[:-1]])
    leaves = last & (code != ends[PURCHASE])
    user = events["user"].to_numpy()
    rows = np.r_[user, user[leaves]]
    cell = np.r_[source * len(ends) + code, code[leaves] * len(ends) + ends[EXIT]]
    shape = (log.users, len(states) * len(ends))
    return Counts(states, sparse.csr_matrix((np.ones(len(rows)), (rows, cell)), shape=shape))


def solve(counts: np.ndarray) -> Chain:
    """The chain of a table (or a stack of tables) of counts, shape (..., S, S + 2).

    A state that is never left (in a resample) leaves to exit: convention, it is then never visited either.
    """
    size = counts.shape[-2]
    total = counts.sum(axis=-1, keepdims=True)
    moves = np.divide(counts, total, out=np.zeros_like(counts, dtype=float), where=total > 0)
    moves[..., -1] = np.where(total[..., 0] > 0, moves[..., -1], 1.0)
    visits = np.linalg.inv(np.eye(size) - moves[..., :size])
    buys = np.clip(np.einsum("...ij,...j->...i", visits, moves[..., size]), 0, 1)
    return Chain(moves, visits, buys, visits.sum(axis=-1))


def steps_to_purchase(chain: Chain) -> np.ndarray:
    """Expected events from the start to the purchase, among those who buy (the chain given that it ends there)."""
    into = np.einsum("...ij,...j->...i", chain.visits, chain.buys)[..., 0]
    bought = chain.buys[..., 0]
    return np.asarray(np.divide(into, bought, out=np.zeros_like(into), where=bought > 0))


def removal(chain: Chain) -> np.ndarray:
    """Share of purchases lost when an edge is taken out and its visitors leave: (..., S, S + 1), exact for every edge.

    Convention: the edge's probability goes to `exit`. Columns are the S states and the purchase.
    """
    size = chain.buys.shape[-1]
    reached = chain.visits[..., 0, :, None] * chain.moves[..., :size]  # expected uses of the edge
    # with column j of N at row i: visitors who would come back to i over the edge no longer do
    back = 1 + chain.moves[..., :size] * np.swapaxes(chain.visits, -1, -2)
    inner = reached * chain.buys[..., None, :] / back
    direct = (chain.visits[..., 0, :] * chain.moves[..., size])[..., None]
    lost = np.concatenate([inner, direct], axis=-1)
    whole = chain.buys[..., 0, None, None]
    return np.asarray(np.divide(lost, whole, out=np.zeros_like(lost), where=whole > 0))


def edit(chain: Chain, row: int, change: np.ndarray) -> float:
    """Chance of a purchase from the start after `change` (S + 2 entries that sum to 0) is added to one row. Exact."""
    size = chain.buys.shape[-1]
    worth = np.r_[chain.buys, 1.0, 0.0]
    gain = float(change @ worth) / (1 - float(change[:size] @ chain.visits[:, row]))
    return float(chain.buys[0] + chain.visits[0, row] * gain)


def edge_table(counts: Counts, weights: np.ndarray, min_group: int) -> pd.DataFrame:
    """Every edge that at least `min_group` users took, by what its removal loses, largest first.

    Columns: source, target, users, uses, probability, loss (share of purchases), loss_low, loss_high.
    """
    total = counts.total()
    size = len(counts.states)
    drawn = removal(solve(counts.resampled(weights)))
    low, high = limits(drawn)
    loss, moves = removal(solve(total)), solve(total).moves
    users = counts.shaped(np.asarray((counts.by_user > 0).sum(axis=0)))
    source, target = np.nonzero(users[:, :size + 1] >= min_group)
    at = (source, target)
    table = pd.DataFrame({
        "source": np.array(counts.states)[source], "target": np.array(counts.ends)[target],
        "users": users[at].astype("int64"), "uses": total[at].astype("int64"), "probability": moves[at],
        "loss": loss[at], "loss_low": np.minimum(low[at], loss[at]), "loss_high": np.maximum(high[at], loss[at]),
    })
    return table.sort_values(["loss", "source", "target"], ascending=[False, True, True], ignore_index=True)


def state_table(counts: Counts, weights: np.ndarray) -> pd.DataFrame:
    """Per state: chance to buy from there (with range), expected events left, expected visits a session, chance to
    leave at once. Columns: state, buys, buys_low, buys_high, steps, visits, leaves, leaves_low, leaves_high."""
    chain, drawn = solve(counts.total()), solve(counts.resampled(weights))
    buys, leaves = limits(drawn.buys), limits(drawn.moves[..., -1])
    return pd.DataFrame({
        "state": counts.states, "buys": chain.buys, "buys_low": np.minimum(buys[0], chain.buys),
        "buys_high": np.maximum(buys[1], chain.buys), "steps": chain.steps, "visits": chain.visits[0],
        "leaves": chain.moves[:, -1], "leaves_low": leaves[0], "leaves_high": leaves[1],
    })


def likeliest_path(chain: Chain, states: tuple[str, ...]) -> tuple[list[str], float]:
    """The single most probable way from the start to a purchase, and its probability (Dijkstra 1959 on -log p)."""
    size = len(states)
    moves = np.zeros((size + 1, size + 1))
    moves[:size] = chain.moves[:, :size + 1]
    cost = sparse.csr_matrix(np.where(moves > 0, -np.log(np.where(moves > 0, moves, 1.0)) + 1e-12, 0))
    far, before = dijkstra(cost, indices=0, return_predecessors=True)
    if not np.isfinite(far[size]):
        return [], 0.0
    path = [size]
    while path[-1] != 0:
        path.append(int(before[path[-1]]))
    return [(*states, PURCHASE)[at] for at in reversed(path)], float(np.exp(-far[size]))


#: edits of a path: what is moved, at which event, to where ("stay" = to where the others of that page go)
EDITS = (
    ("keep visitors on the home page", "home", EXIT, "stay"),
    ("keep visitors of the catalogue", "catalog", EXIT, "stay"),
    ("keep visitors of search results", "search", EXIT, "stay"),
    ("keep visitors of the product page", "product_view", EXIT, "stay"),
    ("keep visitors with a basket", "add_to_cart", EXIT, "stay"),
    ("keep visitors in the cart", "cart", EXIT, "stay"),
    ("keep visitors at delivery details", "shipping_details", EXIT, "stay"),
    ("keep visitors at payment details", "payment_details", EXIT, "stay"),
    ("lead from search straight to products", "search", "search", "product_view"),
    ("lead from catalogue straight to products", "catalog", "catalog", "product_view"),
    ("offer the basket on the product page", "product_view", "catalog", "add_to_cart"),
    ("lead from the basket to delivery details", "add_to_cart", "product_view", "shipping_details"),
    ("lead from delivery to payment details", "shipping_details", "cart", "payment_details"),
    ("lead from payment details to purchase", "payment_details", "shipping_details", PURCHASE),
)


def edit_table(counts: Counts, points: float, weights: np.ndarray) -> pd.DataFrame:
    """What an edit of the path would add to the chance of a purchase, each moving `points` of a page's visitors.

    An edit that would move more than the edge carries moves what there is. Edits whose events the log lacks are left
    out. Columns: edit, page, moved (share of the page's visitors), conversion, gain, gain_low, gain_high (shares of
    sessions).
    """
    ends = {name: at for at, name in enumerate(counts.ends)}
    known = [row for row in EDITS if all(name in ends or name == "stay" for name in row[1:])]
    base = solve(counts.total())
    drawn = solve(counts.resampled(weights))
    rows = []
    for name, page, source, target in known:
        changes = _change(base.moves, ends[page], ends[source], ends.get(target), points)
        gain = edit(base, ends[page], changes) - float(base.buys[0])
        gains = _gains(drawn, ends[page], _change(drawn.moves, ends[page], ends[source], ends.get(target), points))
        low, high = limits(gains)
        rows.append({
            "edit": name, "page": page, "moved": float(-changes[ends[source]]),
            "conversion": float(base.buys[0]) + gain, "gain": gain, "gain_low": min(float(low), gain),
            "gain_high": max(float(high), gain),
        })
    columns = ["edit", "page", "moved", "conversion", "gain", "gain_low", "gain_high"]
    return pd.DataFrame(rows, columns=columns).sort_values(["gain", "edit"], ascending=[False, True], ignore_index=True)


def all_edits(counts: Counts, points: float) -> float:
    """Chance of a purchase with every edit of `EDITS` at once (moves from one edge add up, at most what it carries)."""
    ends = {name: at for at, name in enumerate(counts.ends)}
    moves = solve(counts.total()).moves
    for _, page, source, target in EDITS:
        if all(name in ends or name == "stay" for name in (page, source, target)):
            moves[ends[page]] += _change(moves, ends[page], ends[source], ends.get(target), points)
    return float(solve(moves).buys[0])


def _change(moves: np.ndarray, page: int, source: int, target: int | None, points: float) -> np.ndarray:
    """What an edit adds to a row of moves (..., S + 2): `points` from source to target, or to all other ends."""
    row = moves[..., page, :]
    moved = np.minimum(points, row[..., source])
    change = np.zeros_like(row)
    if target is None:
        others = row.copy()
        others[..., source] = 0
        total = others.sum(axis=-1, keepdims=True)
        change += moved[..., None] * np.divide(others, total, out=np.zeros_like(others), where=total > 0)
        moved = np.where(total[..., 0] > 0, moved, 0.0)
    else:
        change[..., target] += moved
    change[..., source] -= moved
    return change


def _gains(chain: Chain, row: int, change: np.ndarray) -> np.ndarray:
    """`edit` less the base for a stack of chains."""
    size = chain.buys.shape[-1]
    worth = np.concatenate(
        [chain.buys, np.ones((*chain.buys.shape[:-1], 1)), np.zeros((*chain.buys.shape[:-1], 1))], axis=-1
    )
    gain = (change * worth).sum(-1) / (1 - (change[..., :size] * chain.visits[..., :, row]).sum(-1))
    return np.asarray(chain.visits[..., 0, row] * gain)
