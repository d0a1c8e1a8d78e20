"""Where the claims stand after the scenarios: targets with their chance, and what is told of such a sandbox."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.scenarios.attainment import HIGH, LOW, Sandbox, in_claim_units, measured
from ecomplan.investment.scenarios.catalogue import Catalogue
from ecomplan.investment.scenarios.outcomes import Choice, Increment

Array = NDArray[np.float64]


def target_readings(
    catalogue: Catalogue, sandbox: Sandbox, by_scenario: Array, claims: Claims, plan: Plan,
) -> list[Reading]:
    """One reading a claimed target: how it was read, its chance as written and the best of any scenario."""
    told: dict[str, list[str]] = {}
    seen: dict[str, Estimate] = {}
    for target, over in zip(catalogue.targets, by_scenario, strict=True):
        best = int(np.argmax(over))
        told.setdefault(target.claim, []).append(
            f"Read as {target.reading}: attained in {_percent(over[0])} of the simulated plans as written, at best in "
            f"{_percent(over[best])} ({sandbox.worlds.scenarios[best].name.lower()})."
        )
        values = measured(target, sandbox)[0]
        limits = [float(np.quantile(values, level, method="inverted_cdf")) for level in (LOW, 0.5, HIGH)]
        if target.claim not in seen and np.isfinite(limits).all():
            low, middle, high = sorted(in_claim_units(target, limit, claims, plan) for limit in limits)
            seen[target.claim] = Estimate(middle, low, high)
    return [
        Reading(key, "target", " ".join(parts), observed=seen.get(key), evidence="simulated")
        for key, parts in told.items()
    ]


def sandbox_readings(
    claims: Claims, scenarios: int, variables: int, attainment: Estimate, choice: Choice, control: float,
    extra: Increment,
) -> list[Reading]:
    """The claims about the sandbox itself, each held against what this one shows."""
    def counted(key: str, found: int, what: str) -> Reading:
        enough = found >= (claims[key].value or 0)
        return Reading(key, "tested", f"This sandbox has {found} {what}.", "holds" if enough else "fails",
                       Estimate(float(found)), "simulated")

    attained = attainment.scaled(100)
    promised = claims["s1_effect_model_attainment"].value or 0
    gain = choice.gain
    wanted = claims["s1_sandbox_attainment_gain"].value or 0
    kept_promise = claims["s1_risk_control_rate"].value or 0
    out = [
        counted("s1_sandbox_scenarios", scenarios, "scenarios"),
        counted("s1_risk_scenarios", scenarios, "scenarios"),
        counted("s1_effect_model_variables", variables, "variables that can differ"),
        Reading(
            "s1_effect_model_attainment", "tested",
            "A model does not attain targets, it tells their chance. Share of all measurable targets that the plan as "
            "written attains.", "holds" if (attained.value or 0) >= promised else "fails", attained, "simulated",
        ),
        Reading(
            "s1_sandbox_attainment_gain", "tested",
            f"Gain of attained targets if the sandbox is used to choose among decisions; best is "
            f"{choice.scenario.lower()}." if gain is not None else "No target is attained, so that there is no gain.",
            "not testable" if gain is None else "holds" if 100 * gain >= wanted else "holds in part" if gain > 0
            else "fails", None if gain is None else Estimate(100 * gain), "simulated",
        ),
        Reading(
            "s1_risk_control_rate", "tested",
            "Share of the scenarios in which few enough plans lose more than the limit.",
            "holds" if 100 * control >= kept_promise else "fails", Estimate(100 * control), "simulated",
        ),
        Reading("s1_increment_horizon", "prior", "Three years, the horizon over which all scenarios count."),
    ]
    size = extra.reference
    scale = (
        f"of another scale: the whole platform sells {extra.platform:.2g} bn CNY in that time without the plan, and "
        f"the "
        f"best scenario adds {extra.most:.2g} bn CNY in its luckiest tenth"
    )
    return out + [
        Reading(key, "tested", f"The increment of a large platform, {scale}.", "not testable", size, "simulated")
        for key in ("s1_increment_3y_v1", "s1_increment_3y_v2")
    ]


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "less than 0.1 %"
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"
