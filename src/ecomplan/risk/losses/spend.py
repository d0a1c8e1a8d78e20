"""What control costs and what it saves: each control, the frontier of sets, the share of a base worth spending."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.risk.engine.draws import pert
from ecomplan.risk.engine.worlds import draw_worlds
from ecomplan.risk.losses.book import book_of
from ecomplan.risk.losses.choose import Menu, best_set, last_in, shapley
from ecomplan.risk.losses.study import TAIL, Study
from ecomplan.risk.losses.yearly import expected_shortfall, simulate, value_at_risk

WEIGHTS = np.geomspace(1e-1, 1e5, 73)  # worth of a unit of loss against a unit of price, on the frontier
FRONTIER_WORLDS, FRONTIER_YEARS, FRONTIER_SETS = 400, 20_000, 9


def control_table(one: Study) -> pd.DataFrame:
    """One row a control, best net value first; money a year.

    price: yearly cost with what is paid once spread over its life; claimed and believed: reduction of what it acts
    on, as a share (mean over the risks it stands on); saves_beside: expected loss that it takes away beside all of
    the plan's others (beside the plan, for a control outside it); saves_fair: Shapley value within the plan; net =
    saves_beside - price; in_plan, in_best, in_best_tail.
    """
    register, menu = one.register, one.menu
    plan = menu.set_of(one.plan)
    beside, fair = last_in(menu, plan), shapley(menu, plan)
    rows = []
    for c, (name, control) in enumerate(register.controls.items()):
        on = [risk for risk in register.risks if name in risk.controls]
        told = [control.on(risk.id).likely for risk in on]
        acting = menu.keep[c][[name in risk.controls for risk in register.risks]]
        rows.append({
            "control": name, "name": control.name, "acts_on": control.acts_on, "basis": control.basis,
            "owner_role": control.owner_role, "risks": len(on), "claimed": float(np.mean(told)) if told else 0.0,
            "believed": float(1 - acting.mean()) if len(acting) else 0.0, "price": float(menu.price[c]),
            "saves_beside": float(beside[c]), "saves_fair": float(fair[c]),
            "net": float(beside[c] - menu.price[c]), "in_plan": "yes" if control.in_plan else "no",
            "in_best": "yes" if name in one.best else "no", "in_best_tail": "yes" if name in one.best_tail else "no",
        })
    return pd.DataFrame(rows).sort_values(["net", "control"], ascending=[False, True], ignore_index=True)


def price_of(one: Study, names: tuple[str, ...], life_years: float, seed: int, draws: int = 2000) -> Estimate:
    """Yearly price of a set of controls with its 80 % range, in money."""
    rng = np.random.default_rng(seed)
    total = np.zeros(draws)
    for name in names:
        total += pert(rng, *one.register.controls[name].yearly_cost(life_years, one.exposure.cny), draws)
    value = float(one.menu.price[one.menu.set_of(names)].sum())
    low, high = np.quantile(total, [0.1, 0.9])
    return Estimate(value, min(float(low), value), max(float(high), value))


def efficient_sets(menu: Menu) -> list[tuple[str, ...]]:
    """Sets of controls that no mix of other sets beats in price and remaining loss, cheapest first.

    Each is the exact best set for one worth of loss against price; those are the corners of the frontier.
    """
    found = {menu.named(best_set(replace(menu, loss=menu.loss * weight))) for weight in WEIGHTS} | {()}
    return sorted(found, key=lambda names: float(menu.price[menu.set_of(names)].sum()))


def frontier_table(one: Study, sets: list[tuple[str, ...]], seed: int) -> pd.DataFrame:
    """Price against what remains, for some efficient sets, the best, the plan's and all controls; money a year.

    kind: efficient, best, plan or all; expected: remaining loss as believed; kept_reduction: part of what all controls
    together would save; var_95 and es_95 from the same simulated events for every set.
    """
    menu = one.menu
    picked = np.unique(np.linspace(0, len(sets) - 1, FRONTIER_SETS).round().astype(int))
    rows = [("efficient", sets[k]) for k in picked if sets[k] not in (one.best, menu.names)]
    rows += [("best", one.best), ("plan", one.plan), ("all", menu.names)]
    worlds = draw_worlds(one.register, one.exposure, FRONTIER_WORLDS, np.random.default_rng(seed))
    chosen = {f"set_{k}": worlds.with_controls(names) for k, (_, names) in enumerate(rows)}
    years = simulate(book_of(one.register, worlds, one.exposure, **chosen), FRONTIER_YEARS, seed)
    whole = _saved(menu, menu.names)
    frame = pd.DataFrame([{
        "kind": kind, "controls": len(names), "price": _price(menu, names),
        "expected": float(menu.residual(menu.set_of(names)).sum()),
        "kept_reduction": _saved(menu, names) / whole if whole > 0 else 0.0,
        "var_95": value_at_risk(years.of(f"set_{k}"), TAIL), "es_95": expected_shortfall(years.of(f"set_{k}"), TAIL),
    } for k, (kind, names) in enumerate(rows)])
    frame["cost"] = frame["price"] + frame["expected"]
    return frame.sort_values(["price", "kind"], ignore_index=True)


def over_control(one: Study, sets: list[tuple[str, ...]], kept: float) -> dict[str, float]:
    """Price of all controls over that of the best set less 1 (`rise`), and the price change of the cheapest
    efficient set that keeps at least `kept` of what all together save (`tuned`, with the part it keeps, `keeps`)."""
    menu = one.menu
    whole, saved = _price(menu, menu.names), _saved(menu, menu.names)
    enough = [names for names in sets if _saved(menu, names) >= kept * saved - 1e-9] or [menu.names]
    cheapest = min(enough, key=lambda names: _price(menu, names))
    best = _price(menu, one.best)
    cost_all, cost_best = menu.cost(np.ones(len(menu.names), bool)), menu.cost(menu.set_of(one.best))
    return {"rise": whole / best - 1 if best > 0 else 0.0,
            "cost_rise": cost_all / cost_best - 1 if cost_best > 0 else 0.0,
            "tuned": _price(menu, cheapest) / whole - 1 if whole > 0 else 0.0,
            "keeps": _saved(menu, cheapest) / saved if saved > 0 else 0.0}


def spend_table(one: Study, sets: list[tuple[str, ...]], claims: Claims) -> pd.DataFrame:
    """Spending told by the documents, on each base that its percentage may have; money a year.

    base_money; plan_share and best_share: price of the plan's and of the best controls over the base; of spending 5 %
    and 12 % of the base: the money, what the best efficient set for it costs, the remaining loss, and total = all the
    money + remaining loss (money beyond what controls cost buys nothing).
    """
    menu = one.menu
    low, high = claims["s0_risk_spend_share_traditional"].share, claims["s0_risk_spend_share_leader"].share
    budget = float(np.mean(claims["s3_total_budget"].range)) * 1e6 / one.exposure.cny
    rows = []
    bases = {"Net sales": one.exposure.expected_sales, "Contribution margin": one.exposure.expected_margin,
             "The plan's budget": budget}
    for name, base in bases.items():
        row = {"base": name, "base_money": base, "plan_share": _price(menu, one.plan) / base,
               "best_share": _price(menu, one.best) / base, "best_total": menu.cost(menu.set_of(one.best))}
        for key, share in (("traditional", low), ("leader", high)):
            money = share * base
            within = [item for item in sets if _price(menu, item) <= money + 1e-9]
            names = max(within, key=lambda item: _saved(menu, item))
            remains = float(menu.residual(menu.set_of(names)).sum())
            row |= {f"{key}_money": money, f"{key}_used": _price(menu, names), f"{key}_remains": remains,
                    f"{key}_total": money + remains}
        rows.append(row)
    return pd.DataFrame(rows)


def automated(one: Study, claims: Claims, review_share: float) -> dict[str, float]:
    """Automation of reviews as believed: `saves` (share of a control's price), price, number and total cost of the
    best set then."""
    # ASSUME: review by hand is the same part of every control's price, and only that part is automated
    believed = -claims["s0_review_automation_cost_change"].share * one.register.works * one.register.effect_share
    saves = review_share * believed
    menu = replace(one.menu, price=one.menu.price * (1 - saves))
    used = best_set(menu)
    return {"saves": saves, "price": float(menu.price[used].sum()), "controls": float(used.sum()),
            "cost": menu.cost(used)}


def compliance_price(one: Study) -> float:
    """Yearly price of the plan's controls that stand on compliance risks alone, in money."""
    kinds = {risk.id: risk.risk_class for risk in one.register.risks}
    return float(sum(
        one.menu.price[c] for c, name in enumerate(one.menu.names) if name in one.plan
        and {kinds[risk.id] for risk in one.register.risks if name in risk.controls} == {"compliance"}
    ))


def _price(menu: Menu, names: tuple[str, ...]) -> float:
    return float(menu.price[menu.set_of(names)].sum())


def _saved(menu: Menu, names: tuple[str, ...]) -> float:
    return float(menu.loss.sum() - menu.residual(menu.set_of(names)).sum())
