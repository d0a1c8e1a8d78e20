"""Benefits that S1 tells of (9.1 direct, 9.2 indirect) in this platform's money a year, as told and as believed.

As told: the whole claim, on all that it can touch. As believed: it works with the success prior and then keeps a
share of the claim, both drawn; so most of the range of a single benefit is often zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.claims import Claim, Claims
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.returns.effects import Drawn, sales_without
from ecomplan.investment.returns.tables import HIGH, LOW

DIRECT = {"s1_cac_case": "Lower acquisition cost", "s1_conversion_case": "Higher conversion",
          "s1_aov_case_lift": "Higher order value"}
INDIRECT = {
    "s1_points_repurchase": "More repurchases by points", "s1_referral_cac_change": "Cheaper customers by sharing",
    "s1_private_domain_repurchase_lift": "More repurchases in own communities",
}
BRAND = "s1_brand_nps_gain"


@dataclass(frozen=True)
class Year:
    """A year of the platform by draw, each (n,), platform money: sales, those to returning customers, customers won,
    contribution margin, share of a claim that is kept; and acquisition cost by draw with the share of customers who
    come by sharing, which nobody has measured here."""

    sales: Array
    returning_sales: Array
    customers: Array
    margin: Array
    kept: Array
    cac: Array
    shared: Array


def year_of(plan: Plan, drawn: Drawn, claims: Claims, shared: tuple[float, float], seed: int) -> Year:
    """The plan year by draw, without any lever. Acquisition cost lies evenly between the lowest and the highest that
    the documents tell of (conflict c03), the share of customers who come by sharing between the two of `shared`."""
    rng = np.random.default_rng(seed)
    draws, segments = len(drawn.works), plan.base.segments
    sales = sales_without(plan, drawn)[:, :12].sum(axis=1)
    path = np.minimum((drawn.shared["sales"] * plan.base.paths).astype(np.int64), plan.base.paths - 1)
    new = segments.index("new") if "new" in segments else 0
    returning = segments.index("returning") if "returning" in segments else 0
    low, high = (
        float(claims[key].value or 0) / plan.settings.cny_per_currency_unit
        for key in ("s1_cac_case", "s3_cac_apparel_case")
    )
    return Year(
        sales=sales.sum(axis=1), returning_sales=sales[:, returning],
        customers=plan.base.new_customers[path].sum(axis=1) * drawn.scale[:, new], margin=drawn.shared["margin"],
        kept=drawn.shared["kept"], cac=rng.uniform(low, high, draws), shared=rng.uniform(*shared, draws),
    )


def come_true(draws: int, benefits: int, chance: float, seed: int) -> Array:
    """1 where a benefit comes true, (draws, benefits), each with the same chance."""
    return (np.random.default_rng(seed).random((draws, benefits)) < chance).astype(np.float64)


def relative_change(claim: Claim) -> float:
    """A claim's change as a share of where it starts: 8 to 15 is 0.875."""
    assert claim.value is not None
    return claim.value / claim.baseline - 1 if claim.baseline else claim.value / 100


def direct_table(claims: Claims, year: Year, works: Array, cny_per_currency_unit: float) -> pd.DataFrame:
    """Direct benefits a year: change told, `alone` and `split` (Shapley) at the full claim, then as believed.

    Conversion and order value multiply: `interaction` is what both bring beyond each alone, and the split shares it
    out evenly. works (n, 3) is 1 where a benefit comes true. Rows: the three, the interaction, their sum.
    """
    cac = claims["s1_cac_case"]
    assert cac.value is not None and cac.baseline is not None
    saved = (cac.baseline - cac.value) / cny_per_currency_unit * year.customers
    first, second = (relative_change(claims[key]) for key in ("s1_conversion_case", "s1_aov_case_lift"))
    gain = year.sales * year.margin

    def values(share: Array) -> list[Array]:
        a, b = first * share[:, 1], second * share[:, 2]
        return [saved * share[:, 0], gain * a, gain * b, gain * a * b]

    told, believed = values(np.ones_like(works)), values(works * year.kept[:, None])
    names = [*DIRECT.values(), "Conversion and order value together, beyond each"]
    changes = [cac.value / cac.baseline - 1, first, second, first * second]
    rows = []
    for row, name in enumerate(names):
        half = float(told[3].mean()) / 2
        split = float(told[row].mean()) + half if row in (1, 2) else (float(told[0].mean()) if row == 0 else 0.0)
        rows.append({"benefit": name, "change": changes[row], "alone": float(told[row].mean()), "split": split,
                     **_believed(believed[row])})
    rows.append({
        "benefit": "All direct benefits", "change": None, "alone": float(sum(part.mean() for part in told)),
        "split": float(sum(part.mean() for part in told)), **_believed(np.sum(believed, axis=0)),
    })
    return pd.DataFrame(rows).astype({"change": "float64"}).replace({np.nan: None})


def indirect_table(claims: Claims, year: Year, works: Array) -> pd.DataFrame:
    """Indirect benefits a year: change told, at the full claim, as believed (mean, 80 %), and the ground.

    The recommendation score is not valued: no figure here ties it to sales. Its row says so and holds nulls.
    """
    repeat = year.returning_sales * year.margin
    bases = [repeat, -year.shared * year.customers * year.cac, repeat]
    grounds = [
        "on the margin of sales to returning customers",
        "on customers who come by sharing; their share and the cost of winning one are assumed",
        "on the margin of sales to returning customers",
    ]
    rows = []
    for row, (key, name) in enumerate(INDIRECT.items()):
        change = relative_change(claims[key])
        told = bases[row] * change
        rows.append({"benefit": name, "change": change, "told": float(told.mean()),
                     **_believed(told * works[:, row] * year.kept), "ground": grounds[row]})
    rows.append({
        "benefit": "A better name (recommendation score)", "change": None, "told": None, "believed": None, "low": None,
        "high": None, "ground": "unknown: nothing here ties the score to sales, so that it is not counted",
    })
    return pd.DataFrame(rows).astype(
        dict.fromkeys(("change", "told", "believed", "low", "high"), "float64")
    ).replace({np.nan: None})


def worth_of_a_percent(year: Year) -> Array:
    """Margin a year of one percent more sales: what an unvalued benefit would have to be held against, (n,)."""
    return np.asarray(0.01 * year.sales * year.margin)


def _believed(values: Array) -> dict[str, float]:
    low, high = np.quantile(values, [LOW, HIGH])
    return {"believed": float(values.mean()), "low": float(low), "high": float(high)}
