"""claims/conduct.yaml: promotion rules to be checked and the checklist of duties, read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecomplan.claims import Claims, read_yaml
from ecomplan.errors import ParameterError

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
DIMENSIONS = ("rules", "process", "technology", "training")
FILE = "claims/conduct.yaml"

Kind = Literal["percent", "amount_off", "buy_n_get_m", "free_gift", "coupon", "member_price", "referral_reward"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Entry):
    author: Text
    title: Text
    year: int


class Group(_Entry):
    """Articles whose usual price lies between two quantiles of all articles' usual prices."""

    id: Name
    name: Text
    price_from: Share
    price_to: Share


class Rule(_Entry):
    """One promotion rule; see the head of the file."""

    id: Name
    kind: Kind
    group: Name
    stack: Name
    value: Money = 0.0
    min_amount: Money = 0.0
    buy_n: Annotated[int, Field(ge=0)] = 0
    free_m: Annotated[int, Field(ge=0)] = 0
    limit: Literal["order", "customer"] = "order"
    reclaimed_on_return: bool = False
    self_allowed: bool = False


class RuleSet(_Entry):
    """Rules that run at the same time."""

    id: Name
    name: Text
    threshold_on: Literal["list", "current"]
    refund_on: Literal["list", "paid"]
    cap_share: Annotated[float, Field(gt=0, le=1)]
    rules: tuple[Rule, ...]


class Named(_Entry):
    name: Text
    claim: Name


class Books(_Entry):
    """Laws or rule sets that the documents count: how many, and those that they name."""

    count_claim: Name
    named: tuple[Named, ...]


class Kept(_Entry):
    dimension: Literal["rules", "process", "technology", "training"]
    where: Text
    extent: Literal["full", "part"]
    what: Text


class Duty(_Entry):
    id: Name
    name: Text
    claims: tuple[Name, ...]
    kept: tuple[Kept, ...]


class Pert(_Entry):
    """A chance: least, likely, most."""

    low: Money
    likely: Money
    high: Money


class Range(_Entry):
    low: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    high: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Loss(_Entry):
    """A loss that spending on compliance makes rarer; `cases_claim` divides the claim by its number of cases."""

    id: Name
    name: Text
    claim: Name
    cases_claim: Name | None = None
    chance: Pert
    sales_cny_m: Range
    reason: Text


class Rulebook(_Entry):
    """The whole file."""

    source: Source
    groups: tuple[Group, ...]
    rule_sets: tuple[RuleSet, ...]
    laws: Books
    rule_books: Books
    dimensions_claim: Name
    duties: tuple[Duty, ...]
    compliance_losses: tuple[Loss, ...]


def load_rulebook(folder: Path, claims: Claims) -> Rulebook:
    """Read and check claims/conduct.yaml. Raises ParameterError naming entry and key."""
    return rulebook_of(read_yaml(folder / "conduct.yaml"), claims)


def rulebook_of(raw: Any, claims: Claims) -> Rulebook:
    """The checked rulebook from what the file holds. Raises ParameterError naming entry and key."""
    try:
        book = Rulebook.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ParameterError(f"{FILE}: {where}: {first['msg']}; found {first.get('input')!r}") from None
    groups = {group.id for group in book.groups}
    for group in book.groups:
        _ordered(f"group {group.id}: price_from, price_to", group.price_from, group.price_to)
    _once("groups", [group.id for group in book.groups])
    _once("rule_sets", [rules.id for rules in book.rule_sets])
    _once("duties", [duty.id for duty in book.duties])
    for rules in book.rule_sets:
        check_rules(rules, groups)
    for books in (book.laws, book.rule_books):
        _known(claims, books.count_claim, *(item.claim for item in books.named))
        if len(books.named) > (claims[books.count_claim].value or 0):
            raise ParameterError(f"{FILE}: {books.count_claim}: more are named than the document counts")
    _known(claims, book.dimensions_claim, *(key for duty in book.duties for key in duty.claims))
    _once("compliance_losses", [loss.id for loss in book.compliance_losses])
    for loss in book.compliance_losses:
        _known(claims, loss.claim, *([loss.cases_claim] if loss.cases_claim else []))
        _ordered(f"compliance loss {loss.id}: chance", loss.chance.low, loss.chance.likely, loss.chance.high, 1.0)
        _ordered(f"compliance loss {loss.id}: sales_cny_m", loss.sales_cny_m.low, loss.sales_cny_m.high)
    return book


def check_rules(rules: RuleSet, groups: set[str]) -> None:
    """Raise ParameterError for a rule that cannot be meant."""
    _once(f"rule set {rules.id}", [rule.id for rule in rules.rules])
    for rule in rules.rules:
        where = f"{FILE}: rule set {rules.id}, rule {rule.id}"
        if rule.group not in groups:
            raise ParameterError(f"{where}: group {rule.group!r} is unknown; known: {', '.join(sorted(groups))}")
        if rule.kind in ("percent", "member_price") and rule.value > 100:
            raise ParameterError(f"{where}: value = {rule.value:g} per cent; expected 0 to 100")
        if rule.kind == "buy_n_get_m" and (rule.buy_n < 1 or rule.free_m < 1):
            raise ParameterError(f"{where}: buy_n and free_m must be at least 1")


def _once(where: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{FILE}: {where}: {name} stands there twice")


def _ordered(where: str, *values: float) -> None:
    if list(values) != sorted(values):
        raise ParameterError(f"{FILE}: {where}: {', '.join(f'{value:g}' for value in values)} do not rise")


def _known(claims: Claims, *keys: str) -> None:
    for key in keys:
        if key not in claims:
            raise ParameterError(f"{FILE}: claim {key!r} is unknown")
        if key in claims.set_aside:
            raise ParameterError(f"{FILE}: claim {key} is set aside: {claims.set_aside[key]}")
