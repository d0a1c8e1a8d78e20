"""Raw orders, whatever their source, in one shape: what the readers hand to the cleaning rules."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

#: kinds of order lines in the canonical tables
KINDS = ("sale", "return", "fee", "adjustment")


@dataclass(frozen=True)
class CodeRule:
    """Product codes that are no goods: rule name, what their lines become, why, and the codes themselves."""

    rule: str
    effect: str  # fee, adjustment or dropped
    reason: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class RawOrders:
    """Raw order lines as one source gave them.

    `frame`, one row a raw line in file order: row int64 (1 is the first line below the head), order_id str,
    time datetime64[us] (local, not shifted), customer_id str or null (as the source has it), country str,
    product_id str, description str, quantity int64 (pieces, negative for returns), unit_price float64 (currency),
    kind str (what the source says of the line: sale, return, fee or adjustment), doubled bool (the line stands
    in the source a second time because two extracts overlap).
    """

    frame: pd.DataFrame
    source: str
    public: bool  # public data: ids are hashed with the fixed public key
    code_rules: tuple[CodeRule, ...] = field(default=())
