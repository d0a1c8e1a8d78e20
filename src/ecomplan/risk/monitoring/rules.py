"""The rules of the monitor: what is watched, against which limit, who hears of it and what starts then.

`claims/rules.yaml` holds one entry a rule. A told limit comes from a claim by key; the limit that is used comes from
the platform's own past (`tails`). A rule whose metric no stage can measure keeps its place with state "no data".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecomplan.claims import Claims, read_yaml
from ecomplan.errors import ParameterError

Level = Literal["blue", "yellow", "red"]
Dimension = Literal["order", "account", "technical", "channel"]
Tier = Literal["block", "review", "close"]
LEVELS: tuple[Level, ...] = ("blue", "yellow", "red")
DIMENSIONS: tuple[Dimension, ...] = ("order", "account", "technical", "channel")

#: metrics that can be computed from the order stream -> scale on which their tail is fitted
METRICS = {
    "payment_over_own_mean": "log", "account_burst": "plain", "first_order_over_mean": "log",
    "first_item_over_mean": "log", "first_orders_day": "plain", "return_wave": "plain", "return_chart": "plain",
    "return_share": "plain", "country_flood": "plain", "country_drift": "plain", "order_silence": "plain",
    "churn": "plain",
}
#: metrics that rules may name although the order stream does not hold them -> what is missing
NOT_IN_STREAM = {
    "api_latency": "the platform's data hold no response times",
    "channel_fraud_rate": "the orders name neither payment channel nor confirmed fraud",
    "acquisition_cost": "the data hold no marketing spend",
    "bounce_rate": "the data hold no visits, only orders",
}


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    name: str
    dimension: Dimension
    metric: str
    unit: str
    claim: str | None = None  # told limit
    scale: float = Field(default=1.0, gt=0)  # metric unit for one unit of the claim, e.g. 0.01 for a percentage
    least: float = Field(default=0.0, ge=0)  # range of limits that make sense for the metric
    most: float = Field(default=1e6, gt=0)
    level: Level | None = None  # fixed level; none: by how rare the value is
    receiver: str
    medium: dict[Level, Literal["text", "chat", "phone"]]
    tier: dict[Level, Tier]
    action: str
    goal: str
    owner: str


@dataclass(frozen=True)
class Rule:
    """One rule with its told limit resolved; `limit_told` in the metric's unit, None where none is told."""

    id: str
    name: str
    dimension: Dimension
    metric: str
    unit: str
    claim: str | None
    limit_told: float | None
    least: float  # lowest limit that makes sense for the metric
    level: Level | None
    receiver: str
    medium: dict[Level, str]
    tier: dict[Level, Tier]
    action: str
    goal: str
    owner: str

    @property
    def missing(self) -> str:
        """Why the order stream cannot feed the rule, "" where it can."""
        return NOT_IN_STREAM.get(self.metric, "")


def load_rules(folder: Path, claims: Claims) -> tuple[Rule, ...]:
    """The rules in the order of the file.

    Raises ParameterError naming rule and key: unknown metric, level or dimension; an unknown or set aside claim; a
    limit outside the metric's range; a level without medium or tier; a rule listed twice; no rule at all.
    """
    raw = read_yaml(folder / "rules.yaml")
    if not isinstance(raw, list) or not raw:
        raise ParameterError("claims/rules.yaml: no rules; expected a list with one entry a rule")
    rules: list[Rule] = []
    for number, item in enumerate(raw, start=1):
        rule = _rule(item, number, claims)
        if any(rule.id == other.id for other in rules):
            raise ParameterError(f"claims/rules.yaml: rule {rule.id} is listed twice")
        rules.append(rule)
    return tuple(rules)


def _rule(item: Any, number: int, claims: Claims) -> Rule:
    name = item.get("id", "?") if isinstance(item, dict) else "?"
    where = f"claims/rules.yaml: entry {number} ({name})"
    try:
        entry = _Entry.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "entry"
        raise ParameterError(f"{where}: {key}: {first['msg']}, found {first['input']!r}") from None
    if entry.metric not in METRICS and entry.metric not in NOT_IN_STREAM:
        raise ParameterError(
            f"{where}: metric {entry.metric!r} is unknown; known: {', '.join([*METRICS, *NOT_IN_STREAM])}"
        )
    wanted = [entry.level] if entry.level else list(LEVELS)
    for key, table in (("medium", entry.medium), ("tier", entry.tier)):
        missing = [level for level in wanted if level not in table]
        if missing:
            raise ParameterError(f"{where}: {key} lacks level {missing[0]}")
    told = None
    if entry.claim is not None:
        claim = claims[entry.claim]
        if entry.claim in claims.set_aside:
            raise ParameterError(f"{where}: claim {entry.claim} is set aside: {claims.set_aside[entry.claim]}")
        told = claim.range[1] * entry.scale
        if not entry.least <= told <= entry.most or told <= 0:
            raise ParameterError(f"{where}: limit {told:g} lies outside {entry.least:g} to {entry.most:g} {entry.unit}")
    return Rule(
        entry.id, entry.name, entry.dimension, entry.metric, entry.unit, entry.claim, told, entry.least, entry.level,
        entry.receiver, dict(entry.medium), dict(entry.tier), entry.action, entry.goal, entry.owner,
    )
