"""params.yaml as closed, typed models: every knob with its unit, range and meaning.

A section is one model. A stage sees its own section and the shared ones it names (`SECTIONS_OF`),
flattened: field names are therefore unique across the sections that one stage reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ecomplan.errors import ParameterError


class Section(BaseModel):
    """A closed section: unknown keys, wrong types and values out of range are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def knob(meaning: str, unit: str, **bounds: Any) -> Any:
    """A field with its meaning, unit and bounds (pydantic's ge, gt, le, lt, pattern)."""
    return Field(description=meaning, json_schema_extra={"unit": unit}, **bounds)


class Data(Section):
    source: str = knob("where orders come from", "online_retail_2 or files", pattern="^(online_retail_2|files)$")
    folder: str = knob("folder with the order files", "path, from the project's root", min_length=1)
    mapping: str = knob("YAML file that maps own columns to ours; read with source files", "path", min_length=1)
    shift_years: int = knob("whole years added to every date", "years", ge=0, le=40)


class Privacy(Section):
    min_group: int = knob("customers below which a group is not shown", "customers", ge=1, le=1000)


class Money(Section):
    currency: str = knob("ISO code of the platform's money", "ISO 4217 code", pattern="^[A-Z]{3}$")
    cny_per_currency_unit: float = knob("CNY for one unit of the platform's money", "CNY", gt=0, le=1000)
    contribution_margin_low: float = knob("contribution margin, PERT low", "share of net sales", ge=0, le=1)
    contribution_margin_likely: float = knob("contribution margin, PERT mode", "share of net sales", ge=0, le=1)
    contribution_margin_high: float = knob("contribution margin, PERT high", "share of net sales", ge=0, le=1)

    @model_validator(mode="after")
    def margins_in_order(self) -> Money:
        low, likely, high = (
            self.contribution_margin_low, self.contribution_margin_likely, self.contribution_margin_high,
        )
        if not low <= likely <= high or low == high:
            raise ValueError(
                f"money.contribution_margin_low <= _likely <= _high must hold with low below high, "
                f"found {low} / {likely} / {high}"
            )
        return self


class Capital(Section):
    discount_rate_per_year: float = knob("yearly discount rate", "share per year", ge=0, le=1)


class Shrinkage(Section):
    effect_share: float = knob("share of a claimed effect that a working measure keeps", "share", gt=0, le=1)


class Prepare(Section):
    match_window_days: int = knob("days back in which a cancellation looks for its sale", "days", ge=1, le=730)


class Segments(Section):
    tier_high_share: float = knob("customers in the high tier", "share of customers", gt=0, lt=1)
    tier_middle_share: float = knob("customers in the middle tier", "share of customers", gt=0, lt=1)
    regular_value_ratio: float = knob("net sales that count as high value", "times the mean customer", gt=0, le=100)
    regular_gap_variation: float = knob(
        "largest variation of the gaps between orders that is regular", "standard deviation over mean", gt=0, le=10
    )
    rhythm_order_days: int = knob("days with an order from which a rhythm is read", "days", ge=3, le=100)
    impulse_lines: int = knob("lines up to which an order is small", "lines", ge=1, le=1000)
    impulse_order_share: float = knob("share of small orders from which one buys on impulse", "share", gt=0, le=1)
    price_below_share: float = knob("distance below the usual price that counts as cheap", "share", ge=0, lt=1)
    price_spend_share: float = knob("cheap share of spend of the price-sensitive", "share", gt=0, le=1)
    explorer_days: int = knob("days since the first order within which one is new", "days", ge=1, le=730)
    explorer_products: float = knob("new products an order of an explorer", "products", gt=0, le=1000)
    dormant_days: int = knob("days without an order before which nobody is dormant", "days", ge=1, le=1825)
    dormant_gaps: float = knob("own mean gaps without an order before one is dormant", "gaps", gt=0, le=100)
    definition_slack: float = knob("part by which limits of groups are loosened and tightened", "share", ge=0, lt=1)
    window_months: int = knob("months that a tier at a month's end looks back", "months", ge=1, le=36)
    mistiered_limit: float = knob("customers in an outdated tier that are accepted", "share", gt=0, lt=1)
    psi_limit: float = knob("population stability index from which classes have moved", "index", gt=0, le=5)
    asset_holdout_months: int = knob("last months held out to test the value score", "months", ge=1, le=36)
    asset_weight_recency: float = knob("weight of recency in the value score", "weight", ge=0, le=1)
    asset_weight_frequency: float = knob("weight of frequency in the value score", "weight", ge=0, le=1)
    asset_weight_value: float = knob("weight of past value in the value score", "weight", ge=0, le=1)
    resampling_blocks: int = knob("blocks of customers resampled for countries and products", "blocks", ge=20, le=5000)
    bootstrap_draws: int = knob("resamples of customers behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def weights_add_up(self) -> Segments:
        total = self.asset_weight_recency + self.asset_weight_frequency + self.asset_weight_value
        if abs(total - 1) > 1e-9:
            raise ValueError(
                f"segments.asset_weight_recency + _frequency + _value must add up to 1, found {total:g}"
            )
        return self

    @model_validator(mode="after")
    def shares_leave_a_base(self) -> Segments:
        total = self.tier_high_share + self.tier_middle_share
        if total >= 1:
            raise ValueError(
                f"segments.tier_high_share + tier_middle_share must stay below 1 so that a base tier is left, "
                f"found {total:g}"
            )
        return self


class Lifetime(Section):
    holdout_months: int = knob("last months held out to test the models", "months", ge=1, le=24)
    horizon_months: int = knob("months ahead that lifetime value counts", "months", ge=1, le=120)
    burn_in_months: int = knob("first months whose customers count as old, not new", "months", ge=0, le=24)
    bootstrap_draws: int = knob("simulated futures behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Baskets(Section):
    min_pair_orders: int = knob("orders in which a pair of products must stand", "orders", ge=2, le=100_000)
    pairs_followed: int = knob("best pairs of the earlier half looked at in the later", "pairs", ge=5, le=10_000)
    pairs_shown: int = knob("pairs shown of each kind", "pairs", ge=1, le=50)
    variant_similarity: float = knob("words in common from which a pair is one thing in two looks", "share", gt=0, le=1)
    false_pairs_share: float = knob("chance findings accepted among pairs that pass", "share", gt=0, lt=0.5)
    min_product_buyers: int = knob("buyers by month of a product followed for price", "buyers", ge=2, le=100_000)
    small_line_share: float = knob("lines with the fewest pieces that show a list price", "share", gt=0, le=1)
    max_price_move: float = knob("distance from the usual list price, no clearance", "factor less 1", gt=0, le=20)
    small_price_move: float = knob("distance from the usual list price that is small", "factor less 1", gt=0, le=20)
    min_price_products: int = knob("products with price moves that an elasticity needs", "products", ge=3, le=10_000)
    price_bands: int = knob("bands of products by price", "bands", ge=2, le=20)
    price_cut_depth: float = knob("fall of a list price that is a cut", "share", gt=0, lt=1)
    price_cut_weeks: int = knob("weeks after which a cut that stands is lasting", "weeks", ge=1, le=26)
    min_weekly_buyers: int = knob("mean buyers a week of a product followed for cuts", "buyers", ge=1, le=1000)
    min_price_cuts: int = knob("cuts that an effect needs", "cuts", ge=3, le=1000)
    product_groups: int = knob("groups of products formed by a word", "groups", ge=1, le=100)
    cancel_days: int = knob("days after the sale in which a return is a cancellation", "days", ge=0, le=60)
    control_sigmas: float = knob("width of control limits", "standard deviations", ge=1, le=6)
    bootstrap_draws: int = knob("resamples behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Journey(Section):
    session_gap_minutes: int = knob("silence after which a new session begins", "minutes", ge=1, le=1440)
    scan_days_max: int = knob("longest fault window that the scan looks for", "days", ge=3, le=366)
    scan_permutations: int = knob("shuffles behind the scan's p-value", "shuffles", ge=19, le=100_000)
    scan_alpha: float = knob("chance of a false alarm that the scan may have", "probability", gt=0, lt=0.5)
    edit_points: float = knob("share of a page's visitors that a path edit moves", "share", gt=0, lt=1)
    train_share: float = knob("users, and part of the time, that the prediction learns from", "share", gt=0, lt=1)
    validation_share: float = knob("users, and part of the time, that calibrate it", "share", gt=0, lt=1)
    confidence_floor: float = knob("confidence below which a person decides", "probability", gt=0, lt=1)
    chain_order_max: int = knob("longest memory of the Markov models tried", "steps", ge=1, le=6)
    boosting_rounds: int = knob("rounds of gradient boosting", "rounds", ge=1, le=2000)
    federated_rounds: int = knob("rounds of averaging between the parties", "rounds", ge=1, le=1000)
    federated_local_steps: int = knob("gradient steps of a party in a round", "steps", ge=1, le=1000)
    federated_learning_rate: float = knob("size of a gradient step", "step size", gt=0, le=10)
    bootstrap_draws: int = knob("resamples behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def shares_leave_a_test(self) -> Journey:
        total = self.train_share + self.validation_share
        if total >= 1:
            raise ValueError(
                f"journey.train_share + validation_share must stay below 1 so that users are left for the test, "
                f"found {total:g}"
            )
        return self


class Attribution(Section):
    chain_order_max: int = knob("longest memory of the Markov chain", "steps", ge=1, le=4)
    bootstrap_draws: int = knob("resamples behind an interval", "draws", ge=20, le=100_000)
    decay_half_life_steps: float = knob("steps after which decay halves a touch's weight", "steps", gt=0, le=100)
    folds: int = knob("parts of the paths held out in turn to choose the memory", "parts", ge=2, le=50)
    backoff_weight: float = knob("weight of the next shorter memory in a prediction", "observations", gt=0, le=10_000)
    min_journeys: int = knob("journeys below which a channel is marked as too few", "journeys", ge=1, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Experiments(Section):
    alpha: float = knob("false-positive rate that a test may have", "probability", gt=0, lt=0.5)
    power: float = knob("chance to find the effect that a test is planned for", "probability", gt=0.5, lt=1)
    gate_lift: float = knob("relative gain that the documents' change gate asks for", "share", gt=0, le=1)
    simulations: int = knob("simulated tests behind an error rate", "tests", ge=200, le=1_000_000)
    test_days: int = knob("length of a regular test", "days", ge=1, le=182)
    looks: int = knob("planned looks at a test", "looks", ge=1, le=50)
    variants: int = knob("variants that compete in one test", "variants", ge=2, le=20)
    cap_quantile: float = knob("quantile at which amounts are capped before a test", "share", gt=0.5, le=1)
    repeat_days: int = knob("days after an order in which the next counts as repeat", "days", ge=1, le=182)
    dud_spread: float = knob("spread of the true gains of measures that disappoint", "share", gt=0, le=0.5)
    change_cost: float = knob("gain in sales that a change needs to pay for itself", "share", ge=0, le=0.5)
    benefit_days: int = knob("days over which the gain of a change counts", "days", ge=30, le=1825)
    release_first_share: float = knob("traffic in the first step of a release", "share", gt=0, lt=1)
    release_steps: int = knob("weekly steps of a release up to all traffic", "steps", ge=2, le=26)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Campaigns(Section):
    weight_max: float = knob("largest weight of an impression; larger ones are cut to it", "weight", ge=1, le=1e6)
    prior_impressions: float = knob("average impressions that shrink each click rate", "impressions", ge=1, le=1e6)
    folds: int = knob("parts of a log; the click model of one is fitted on the others", "folds", ge=2, le=20)
    alpha: float = knob("false-positive rate that a comparison may have", "probability", gt=0, lt=0.5)
    power: float = knob("chance to find the difference that is asked for", "probability", gt=0.5, lt=1)
    spend_cap_quantile: float = knob("weekly spend above this quantile counts as it", "quantile", gt=0.5, le=1)
    weeks_before: int = knob("weeks before a campaign that spend is set against", "weeks", ge=2, le=26)
    weeks_during: int = knob("weeks from a campaign's start that count at most", "weeks", ge=1, le=26)
    weeks_during_min: int = knob("weeks of a campaign that the data must hold", "weeks", ge=1, le=26)
    weeks_placebo: int = knob("weeks just before a campaign kept aside as a placebo", "weeks", ge=1, le=13)
    weeks_after: int = knob("weeks after a campaign's end looked at for a dip", "weeks", ge=1, le=13)
    bootstrap_draws: int = knob("resamples behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Intention(Section):
    respondents: int = knob("simulated respondents", "respondents", ge=100, le=1_000_000)
    simulations: int = knob("simulated surveys fitted to count how often intervals hold", "surveys", ge=5, le=10_000)
    attitude_weight: float = knob("true effect of attitude on intention", "standard deviations", ge=-1, le=1)
    norm_weight: float = knob("true effect of the subjective norm on intention", "standard deviations", ge=-1, le=1)
    control_weight: float = knob("true effect of perceived control on intention", "standard deviations", ge=-1, le=1)
    anxiety_weight: float = knob("true effect of anxiety on intention", "standard deviations", ge=-1, le=1)
    intention_weight: float = knob("true effect of intention on behaviour", "standard deviations", ge=-1, le=1)
    control_direct_weight: float = knob("true effect of control on behaviour", "standard deviations", ge=-1, le=1)
    anxiety_direct_weight: float = knob("true effect of anxiety on behaviour", "standard deviations", ge=-1, le=1)
    antecedent_correlation: float = knob("correlation of attitude, norm and control", "correlation", gt=-0.5, lt=1)
    anxiety_correlation: float = knob("correlation of anxiety with each of these", "correlation", gt=-1, lt=1)
    loading: float = knob("correlation of an answer with what it asks for", "correlation", gt=0.2, lt=1)
    return_window_days: int = knob("days after an order in which a return counts", "days", ge=7, le=730)
    undone_share: float = knob("value sent back from which an order counts as undone", "share", gt=0, le=1)
    bootstrap_draws: int = knob("resamples of customers behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Panels(Section):
    series_per_panel: int = knob("series drawn from each companion panel", "series", ge=20, le=2000)
    history_months: int = knob("history that each window shows, as short as the shop's", "months", ge=15, le=60)
    lead_months: int = knob("months ahead that each window holds", "months", ge=1, le=36)
    window_step_months: int = knob("months between windows of one series", "months", ge=1, le=60)
    clip_spreads: float = knob("change beyond which a month counts as this many spreads", "spreads", gt=1, le=100)
    folds: int = knob("parts of the series held out in turn", "folds", ge=2, le=20)
    error_months: int = knob("last months whose errors make a series' mean error", "months", ge=6, le=120)
    engine_series_per_panel: int = knob("series of each panel that the whole engine forecasts", "series", ge=5, le=2000)
    engine_horizon_months: int = knob("months ahead that the engine forecasts", "months", ge=1, le=24)
    bootstrap_draws: int = knob("resamples of series behind each interval", "draws", ge=20, le=10_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Forecast(Section):
    origins: int = knob("rolling one-month-ahead origins", "origins", ge=3, le=36)
    horizon_months: int = knob("months forecast after the last full month", "months", ge=1, le=36)
    sample_paths: int = knob("joint sample paths handed on", "paths", ge=100, le=100_000)
    closing_country: str = knob("country of the bank holidays", "GB, CN or none", pattern="^(GB|CN|none)$")
    year_end_break: str = knob(
        "first and last day of the yearly break", "MM-DD/MM-DD", pattern=r"^(\d\d-\d\d/\d\d-\d\d)?$",
    )
    declared_closed_days: str = knob("further closing days announced long before", "ISO dates and commas")
    recent_months: int = knob("last year-on-year changes that are averaged", "months", ge=1, le=12)
    growth_damping: float = knob("part of a change left one month later", "share", ge=0, le=1)
    burn_in_months: int = knob("first months in which old customers pass for new", "months", ge=0, le=14)
    early_open_days: int = knob("open days after which the forecast is first issued again", "days", ge=1, le=31)
    late_open_days: int = knob("open days after which it is issued again for good", "days", ge=1, le=31)
    noise_draws: int = knob("resamples of customers behind the noise floor", "draws", ge=50, le=10_000)
    lstm_units: int = knob("width of the recurrent layer", "units", ge=1, le=256)
    lstm_epochs: int = knob("passes over the training windows", "epochs", ge=1, le=2000)
    lstm_window_months: int = knob("months of residuals that the network sees", "months", ge=1, le=36)
    error_limit_percent: float = knob("monthly error that the documents allow", "%", gt=0, le=100)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Drivers(Section):
    learning_weeks: int = knob("first weeks that only teach, before any is tested", "weeks", ge=26, le=520)
    ridge_weeks: float = knob("weight of no effect against the data on unseen weeks", "weeks", ge=0, le=520)
    block_weeks: int = knob("neighbouring weeks that are resampled together", "weeks", ge=1, le=26)
    min_open_days: int = knob("open days that a week needs to count", "days", ge=1, le=7)
    season_waves: int = knob("waves a year in the season of the weeks", "waves", ge=1, le=6)
    event_days: int = knob("days either side of a fixed event that count as it", "days", ge=0, le=6)
    country: str = knob("country whose moving feast counts in the season", "GB or CN", pattern="^(GB|CN)$")
    error_memory_days: int = knob("days over which daily errors may be related", "days", ge=0, le=90)
    silence_days: int = knob("days without an order after which one counts as new again", "days", ge=28, le=365)
    burn_in_months: int = knob("first months whose customers count as old, not new", "months", ge=0, le=24)
    holdout_months: int = knob("last months held out to test diffusion curves", "months", ge=1, le=12)
    min_weekly_orders: float = knob("mean orders a week of a product followed for price", "orders", gt=0, le=1000)
    min_cut_depth: float = knob("distance below the usual price that counts as a cut", "share", gt=0, lt=1)
    usual_price_weeks: int = knob("weeks before whose median price is the usual one", "weeks", ge=4, le=52)
    lead_weeks: int = knob("weeks before a cut that serve as a placebo", "weeks", ge=1, le=13)
    lag_weeks: int = knob("weeks after a cut that are followed", "weeks", ge=5, le=26)
    shown_cut: float = knob("depth of the cut that effects are shown for", "share", gt=0, lt=1)
    min_cut_weeks: int = knob("weeks of products on cut that an effect needs", "weeks", ge=10, le=100_000)
    cycle_alpha: float = knob("chance of a false cycle over all periods", "probability", gt=0, lt=0.5)
    refreshes: int = knob("month ends at which the weights are estimated anew", "months", ge=2, le=60)
    drift_alarm_rate: float = knob("chance of any drift alarm when nothing changes", "probability", gt=0, lt=0.5)
    macro_table: str = knob("CSV of own macro indicators by month; empty: none", "path, from the project's root")
    macro_lag_months: int = knob("months after which a macro indicator is known", "months", ge=1, le=24)
    bootstrap_draws: int = knob("resamples and simulations behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Demand(Section):
    busy_products: int = knob("busiest products forecast, at most", "products", ge=5, le=100_000)
    slow_products: int = knob("slow products drawn beside them, at most", "products", ge=0, le=100_000)
    slow_min_weeks: int = knob("weeks with demand that a slow product needs", "weeks", ge=2, le=52)
    learning_weeks: int = knob("first weeks, from which products are chosen and methods start", "weeks", ge=20, le=260)
    undo_days: int = knob("days within which a return makes its sale no demand", "days", ge=0, le=60)
    bulk_weeks: float = knob("weeks of mean demand above which one line is bulk", "weeks", gt=0, le=1000)
    gap_alpha: float = knob("chance below which weeks without demand are a gap in supply", "probability", gt=0, lt=0.5)
    lead_weeks_low: float = knob("weeks from order to delivery, PERT low", "weeks", ge=0, le=26)
    lead_weeks_likely: float = knob("weeks from order to delivery, PERT mode", "weeks", ge=0, le=26)
    lead_weeks_high: float = knob("weeks from order to delivery, PERT high", "weeks", ge=0, le=26)
    review_weeks: int = knob("weeks between two looks at the stock", "weeks", ge=1, le=13)
    service_level: float = knob("chance that stock lasts until the next delivery", "probability", ge=0.5, lt=1)
    order_cost: float = knob("cost of one order of one product", "money", gt=0, le=1e6)
    storage_share_per_year: float = knob("storage, loss and ageing a year", "share of stock at cost", ge=0, le=2)
    labour_cost_per_hour: float = knob("cost of an hour of work on an order", "money", ge=0, le=1e4)
    choice_window_weeks: int = knob("last known decisions by which methods are compared", "weeks", ge=2, le=104)
    choice_least_weeks: int = knob("decisions that a method needs before it can be chosen", "weeks", ge=1, le=52)
    call_band: float = knob("change of demand that still counts as the same", "share", gt=0, lt=1)
    attributes_named: int = knob("attributes named for each customer", "attributes", ge=1, le=20)
    attribute_lines: int = knob("lines a quarter that an attribute needs", "lines", ge=1, le=100_000)
    own_history_lines: float = knob("lines that the shop's mix is worth beside own history", "lines", gt=0, le=10_000)
    resample_block_weeks: int = knob("length of resampled blocks of weeks", "weeks", ge=1, le=13)
    resample_reach_weeks: int = knob("distance from which a block may come", "weeks", ge=0, le=13)
    sample_paths: int = knob("resampled demand paths", "paths", ge=2, le=1000)
    bootstrap_draws: int = knob("resamples of products or customers behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def leads_in_order(self) -> Demand:
        low, likely, high = self.lead_weeks_low, self.lead_weeks_likely, self.lead_weeks_high
        if not low <= likely <= high:
            raise ValueError(
                f"demand.lead_weeks_low <= _likely <= _high must hold, found {low:g} / {likely:g} / {high:g}"
            )
        return self


class Market(Section):
    over_reach: float = knob("how far a figure told as 'over' may lie above", "share of the figure", ge=0, le=1)
    share_base_year: int = knob("year in which new channel models start", "year", ge=2015, le=2025)
    takeover_years_low: float = knob("a channel model's takeover, a tenth to nine tenths, least", "years", gt=0, le=100)
    takeover_years_likely: float = knob("takeover of a channel model, likely", "years", gt=0, le=100)
    takeover_years_high: float = knob("takeover of a channel model, most", "years", gt=0, le=100)
    saturation_low: float = knob("share of people who ever shop online, least", "share", gt=0, le=1)
    saturation_likely: float = knob("share of people who ever shop online, likely", "share", gt=0, le=1)
    saturation_high: float = knob("share of people who ever shop online, most", "share", gt=0, le=1)
    adoption_speed_low: float = knob("growth of the odds of shopping online, slow", "log odds a year", gt=0, le=5)
    adoption_speed_likely: float = knob("growth of the odds of shopping online, likely", "log odds a year", gt=0, le=5)
    adoption_speed_high: float = knob("growth of the odds of shopping online, fast", "log odds a year", gt=0, le=5)
    cost_growth_kept: float = knob("part of a told growth of acquisition cost that goes on", "share", ge=0, le=1)
    cost_noise: float = knob("standard deviation of a year's log growth of acquisition cost", "log points", ge=0, le=1)
    undated_year: int = knob("year of cases that bear none", "year", ge=2015, le=2025)
    user_window_months: int = knob("months within which an order makes a user", "months", ge=2, le=24)
    user_test_months: int = knob("last months held out to test the stock of users", "months", ge=1, le=24)
    draws: int = knob("sample paths of channel share and acquisition cost", "draws", ge=500, le=1_000_000)
    bootstrap_draws: int = knob("resamples of customers behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def priors_in_order(self) -> Market:
        for name in ("takeover_years", "saturation", "adoption_speed"):
            low, likely, high = (getattr(self, f"{name}_{part}") for part in ("low", "likely", "high"))
            if not low <= likely <= high:
                raise ValueError(
                    f"market.{name}_low <= _likely <= _high must hold, found {low:g} / {likely:g} / {high:g}"
                )
        return self


class Investment(Section):
    horizon_months: int = knob("months of benefit and running cost counted", "months", ge=12, le=120)
    success_prior: float = knob("measures that work at all", "probability", ge=0, le=1)
    cost_overrun_low: float = knob("a measure's cost over its estimate, least", "ratio", gt=0, le=10)
    cost_overrun_likely: float = knob("a measure's cost over its estimate, likely", "ratio", gt=0, le=10)
    cost_overrun_high: float = knob("a measure's cost over its estimate, most", "ratio", gt=0, le=10)
    delay_low_months: float = knob("a measure's delay behind its plan, least", "months", ge=0, le=36)
    delay_likely_months: float = knob("a measure's delay behind its plan, likely", "months", ge=0, le=36)
    delay_high_months: float = knob("a measure's delay behind its plan, most", "months", ge=0, le=36)
    trend_low_per_year: float = knob("growth of sales after the plan year, least", "share per year", gt=-1, le=2)
    trend_likely_per_year: float = knob("growth of sales after the plan year, likely", "share per year", gt=-1, le=2)
    trend_high_per_year: float = knob("growth of sales after the plan year, most", "share per year", gt=-1, le=2)
    person_cost_cny: float = knob("a full-time person's cost", "CNY per year", gt=0, le=10_000_000)
    effect_correlation: float = knob("correlation of what measures on one quantity do", "correlation", ge=0, lt=1)
    cost_correlation: float = knob("correlation of the measures' cost overruns", "correlation", ge=0, lt=1)
    delay_correlation: float = knob("correlation of the measures' delays", "correlation", ge=0, lt=1)

    @model_validator(mode="after")
    def ranges_in_order(self) -> Investment:
        for name, end in (("cost_overrun", ""), ("delay", "_months"), ("trend", "_per_year")):
            low, likely, high = (getattr(self, f"{name}_{part}{end}") for part in ("low", "likely", "high"))
            if not low <= likely <= high:
                raise ValueError(
                    f"investment.{name}_low{end} <= _likely <= _high must hold, found {low:g} / {likely:g} / {high:g}"
                )
        if self.delay_high_months >= self.horizon_months:
            raise ValueError(
                f"investment.delay_high_months = {self.delay_high_months:g} leaves nothing of the horizon of "
                f"{self.horizon_months} months"
            )
        return self


class Dynamics(Section):
    horizon_months: int = knob("months simulated ahead", "months", ge=12, le=240)
    steps_per_month: int = knob("steps of the integration a month", "steps", ge=1, le=1000)
    active_months: int = knob("months within which an order makes an active, a first one a new customer", "months",
                              ge=1, le=12)
    burn_in_months: int = knob("first months whose customers count as old", "months", ge=0, le=24)
    level_months: int = knob("last months that set the level of new customers", "months", ge=1, le=60)
    holdout_months: int = knob("last months held out to test the system", "months", ge=1, le=24)
    entry_sd: float = knob("standard deviation of the level of new customers ahead", "log points", ge=0, le=2)
    k_low: float = knob("new customers that a new one brings over a life by a programme, PERT low", "customers", ge=0,
                        le=20)
    k_likely: float = knob("the same, mode", "customers", ge=0, le=20)
    k_high: float = knob("the same, PERT high", "customers", ge=0, le=20)
    k_searched: float = knob("largest of them looked through for what a promise needs", "customers", gt=0, le=1000)
    cycle_months_low: float = knob("invitation to first order, PERT low", "months", gt=0, le=60)
    cycle_months_likely: float = knob("invitation to first order, mode", "months", gt=0, le=60)
    cycle_months_high: float = knob("invitation to first order, PERT high", "months", gt=0, le=60)
    start_inviting_per_month: float = knob("rate at which active customers begin to invite", "1 a month", gt=0, le=5)
    inviting_months: float = knob("mean time that a customer goes on inviting", "months", gt=0, le=60)
    capacity_ratio_low: float = knob("people who could ever be customers over customers known, PERT low", "ratio", ge=1,
                                     le=1e6)
    capacity_ratio_likely: float = knob("the same, mode", "ratio", ge=1, le=1e6)
    capacity_ratio_high: float = knob("the same, PERT high", "ratio", ge=1, le=1e6)
    renewal_years: float = knob("mean time until a lost customer can be won again", "years", gt=0, le=100)
    reward_share_low: float = knob("reward of an invited customer over acquisition cost, PERT low", "share", ge=0, le=1)
    reward_share_likely: float = knob("the same, mode", "share", ge=0, le=1)
    reward_share_high: float = knob("the same, PERT high", "share", ge=0, le=1)
    effect_sd: float = knob("standard deviation of the true effects of changes tried", "log points", gt=0, le=1)
    overhead_months: float = knob("months of an iteration that measure nothing", "months", ge=0, le=12)
    elasticity_change: float = knob("relative change behind an elasticity", "share", gt=0, le=0.5)
    search_runs: int = knob("systems behind what a promise needs and behind an elasticity", "runs", ge=20, le=100_000)
    search_points: int = knob("values looked through for what a promise needs", "count", ge=5, le=1000)
    draws: int = knob("simulated systems", "draws", ge=500, le=1_000_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Responses(Section):
    draws: int = knob("simulated responses", "draws", ge=500, le=1_000_000)
    load_seconds_low: float = knob("seconds that a page loads today, least", "seconds", gt=0, le=60)
    load_seconds_high: float = knob("seconds that a page loads today, most", "seconds", gt=0, le=60)
    patience_steepness_low: float = knob(
        "how sharply patience with waiting ends, least", "log odds per log second", gt=0, le=10
    )
    patience_steepness_high: float = knob(
        "how sharply patience with waiting ends, most", "log odds per log second", gt=0, le=10
    )
    buyer_hour_value: float = knob("what an hour is worth to a buyer", "money", gt=0, le=10_000)
    messages_max: int = knob("most messages a week looked at", "messages", ge=4, le=50)
    message_topics: int = knob("topics that messages take turns at", "topics", ge=1, le=50)
    message_gain_low: float = knob("extra orders from the first message a week, least", "share of orders", gt=0, le=1)
    message_gain_high: float = knob("extra orders from the first message a week, most", "share of orders", gt=0, le=1)
    message_wear_low: float = knob("effect left at the next message on the same topic, least", "share", gt=0, lt=1)
    message_wear_high: float = knob("effect left at the next message on the same topic, most", "share", gt=0, lt=1)
    opt_out_low: float = knob("chance a week to opt out of one weekly message, least", "probability", gt=0, lt=1)
    opt_out_high: float = knob("chance a week to opt out of one weekly message, most", "probability", gt=0, lt=1)
    opt_out_growth_low: float = knob("power of the message count in the opt-out rate, least", "power", ge=0, le=5)
    opt_out_growth_high: float = knob("power of the message count in the opt-out rate, most", "power", ge=0, le=5)
    uninstall_low: float = knob("part of those who opt out that leave the shop for good, least", "share", ge=0, le=1)
    uninstall_high: float = knob("part of those who opt out that leave the shop for good, most", "share", ge=0, le=1)
    message_weeks: int = knob("weeks that a message policy runs", "weeks", ge=4, le=520)
    future_weeks: int = knob("weeks after it in which those who left are missed", "weeks", ge=0, le=520)
    price_steps_percent: int = knob("widest change of price looked at", "%", ge=6, le=90)
    elasticity_low: float = knob("price elasticity where the orders show none, least", "ratio", ge=-20, le=0)
    elasticity_high: float = knob("price elasticity where the orders show none, most", "ratio", ge=-20, le=0)
    signal_noise: float = knob("spread of a competitor's price around one's own", "log points", ge=0, le=1)
    competitor_weight: float = knob(
        "weight of the competitor in a proposed price, the rest is cost", "share", ge=0, le=1
    )
    min_price_months: int = knob("months sold that a product's price series needs", "months", ge=3, le=120)
    choice_people: int = knob("synthetic people of a segment in a choice survey", "people", ge=30, le=100_000)
    choice_tasks: int = knob("choices that each of them makes", "choices", ge=2, le=100)
    choice_surveys: int = knob("surveys simulated to count how often ranges hold", "surveys", ge=5, le=10_000)
    contacts_per_order: float = knob("enquiries that an order causes", "enquiries", gt=0, le=20)
    service_hours_per_month: float = knob("hours a month in which enquiries are answered", "hours", gt=0, le=744)
    simple_minutes: float = knob("minutes of a person for a simple enquiry", "minutes", gt=0, le=240)
    complex_minutes: float = knob("minutes of a person for any other enquiry", "minutes", gt=0, le=240)
    handling_variation: float = knob("variation of handling times", "standard deviation over mean", ge=0, le=5)
    solved_low: float = knob("simple enquiries that the assistant settles, least", "share", ge=0, le=1)
    solved_high: float = knob("simple enquiries that the assistant settles, most", "share", ge=0, le=1)
    answered_in_time: float = knob("enquiries answered within the claimed seconds", "share", gt=0, lt=1)
    agent_cost_per_hour: float = knob("cost of an hour of a person in service", "money", gt=0, le=10_000)
    assistant_cost_per_month: float = knob("fixed cost of the assistant a month", "money", ge=0, le=1e7)
    assistant_cost_per_contact: float = knob("cost of the assistant for an enquiry", "money", ge=0, le=1000)
    queue_contacts: int = knob("enquiries simulated in a queue", "enquiries", ge=1000, le=10_000_000)
    lost_share: float = knob("sessions of visitors who do not find their way", "share", gt=0, lt=1)
    lost_conversion_ratio: float = knob("their conversion against the others'", "ratio", ge=0, lt=1)
    help_low: float = knob("lost visitors whom help brings back, least", "share", ge=0, le=1)
    help_high: float = knob("lost visitors whom help brings back, most", "share", ge=0, le=1)
    disturb_low: float = knob("other visitors whom it drives away, least", "share", ge=0, le=1)
    disturb_high: float = knob("other visitors whom it drives away, most", "share", ge=0, le=1)
    hover_focused_seconds: float = knob(
        "median stay in the search box of visitors who find their way", "seconds", gt=0, le=600
    )
    hover_lost_seconds: float = knob("median stay in the search box of lost visitors", "seconds", gt=0, le=600)
    hover_spread: float = knob("spread of these stays", "log points", gt=0, le=5)
    dead_click_focused: float = knob(
        "chance that a click of a focused visitor goes unanswered", "probability", ge=0, lt=1
    )
    dead_click_lost: float = knob("chance that a click of a lost visitor goes unanswered", "probability", ge=0, lt=1)
    trigger_days: int = knob("days since the last order that count as recent", "days", ge=1, le=365)
    trigger_months: int = knob("last full months in which triggers are tested", "months", ge=1, le=24)
    shown_products: int = knob("products that an outreach shows", "products", ge=1, le=100)
    pain_days: int = knob("days without an order after which a customer fell silent", "days", ge=30, le=365)
    redemption_share: float = knob("vouchers redeemed when offers are handed out blindly", "share", gt=0, lt=1)
    persona_spread: float = knob("spread of what a persona does to an offer's redemption", "log points", ge=0, le=3)
    place_spread: float = knob("spread of what nearness does to it", "log points", ge=0, le=3)
    weather_spread: float = knob("spread of what weather does to it", "log points", ge=0, le=3)
    shops_per_km2: float = knob("shops on a square kilometre", "1/km2", gt=0, le=1000)
    campaign_worlds: int = knob("synthetic truths of a campaign", "count", ge=20, le=100_000)
    discount_depth: float = knob("depth of the discount for the price-sensitive", "share", gt=0, lt=1)
    points_share: float = knob("sales given back as points or reward", "share of sales", gt=0, lt=1)
    service_cost_per_customer: float = knob("dedicated service for a high-value customer a year", "money", gt=0, le=1e6)
    service_lift_cost_share: float = knob("cost of better service for all at full dose", "share of sales", gt=0, lt=1)
    need_mining_cost_share: float = knob("cost of need mining for all at full dose", "share of sales", gt=0, lt=1)
    high_value_share: float = knob("customers by sales who count as high value", "share", gt=0, lt=1)
    cheap_spend_share: float = knob(
        "spend below a product's usual price from which one is price-sensitive", "share", gt=0, le=1
    )
    over_promotion_dose: float = knob("doses of discount that count as too much", "doses", gt=1, le=20)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def ranges_in_order(self) -> Responses:
        for name in (
            "load_seconds", "patience_steepness", "message_gain", "message_wear", "opt_out", "opt_out_growth",
            "uninstall", "elasticity", "solved", "help", "disturb",
        ):
            low, high = getattr(self, f"{name}_low"), getattr(self, f"{name}_high")
            if not low <= high:
                raise ValueError(f"responses.{name}_low <= _high must hold, found {low:g} / {high:g}")
        return self


class Budget(Section):
    fit_least: float = knob("cost a year from which an amount fits a size", "share of yearly margin", ge=0, lt=1)
    fit_most: float = knob("cost a year up to which an amount fits a size", "share of yearly margin", gt=0, le=1)
    reserve_confidence: float = knob("chance with which a reserve shall suffice", "probability", gt=0, lt=1)
    gate_look_months: int = knob("pilot's months before a tranche is released", "months", ge=2, le=24)
    gate_error: float = knob("chance to release what does nothing", "probability", gt=0, lt=0.5)
    audit_vouchers: int = knob("vouchers that an audit draws in a year", "vouchers", ge=52, le=1_000_000)
    audit_good_share: float = knob("spending tied to results while all is well", "share", gt=0, lt=1)
    audit_drifted_share: float = knob("spending tied to results after a drift", "share", gt=0, lt=1)
    audit_false_alarms: float = knob("false alarms accepted in a year", "probability", gt=0, lt=1)
    marketing_share_now: float = knob("marketing today, not recorded", "share of net sales", gt=0, lt=1)
    parcel_days: int = knob("days within which two orders could share a parcel", "days", ge=0, le=30)
    draws: int = knob("simulated budgets", "draws", ge=500, le=1_000_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def limits_in_order(self) -> Budget:
        for least, most in (("fit_least", "fit_most"), ("audit_drifted_share", "audit_good_share")):
            if getattr(self, least) >= getattr(self, most):
                raise ValueError(
                    f"budget.{least} < {most} must hold, found {getattr(self, least):g} / {getattr(self, most):g}"
                )
        return self


class Returns(Section):
    draws: int = knob("simulated plans", "draws", ge=1000, le=5_000_000)
    split_draws: int = knob("simulated plans whose result is split by measure", "draws", ge=500, le=1_000_000)
    payback_target_months: int = knob("payback that the documents promise", "months", ge=1, le=120)
    asset_life_months: int = knob("life over which what is paid once is spread", "months", ge=12, le=240)
    partner_cost_share: float = knob("marketing cost that a partner bears under a contract", "share", gt=0, lt=1)
    partner_gain_share: float = knob("marketing's benefit that this partner takes", "share", ge=0, le=1)
    shared_customers_low: float = knob("new customers who come by sharing, least", "share", ge=0, le=1)
    shared_customers_high: float = knob("new customers who come by sharing, most", "share", ge=0, le=1)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def shares_in_order(self) -> Returns:
        if self.shared_customers_low > self.shared_customers_high:
            raise ValueError(
                f"returns.shared_customers_low <= _high must hold, found {self.shared_customers_low:g} / "
                f"{self.shared_customers_high:g}"
            )
        return self


class Allocation(Section):
    draws: int = knob("simulated plans behind a choice", "draws", ge=500, le=1_000_000)
    dose_steps: int = knob("doses tried for each measure before they are refined", "count", ge=2, le=50)
    risk_limit_share_of_margin: float = knob(
        "mean loss in the worst twentieth of plans that is accepted", "share of a year's margin", ge=0, le=10
    )
    frontier_points: int = knob("limits on risk, and budgets, along the two frontiers", "count", ge=3, le=40)
    test_months: int = knob("months from a measure's effect to the reading of its test", "months", ge=1, le=24)
    test_power: float = knob("chance that a test finds the effect it is planned for", "probability", gt=0.5, lt=1)
    test_false_alarm: float = knob(
        "chance that a test finds an effect where there is none", "probability", gt=0, lt=0.5
    )
    test_detectable_gain: float = knob("gain in sales that a test on all visits finds", "share of sales", gt=0, le=1)
    test_detectable_saving: float = knob("saving that a test on a whole cost finds", "share of the cost", gt=0, le=1)
    test_cost_cny: float = knob("cost of one measure's test", "CNY", ge=0, le=100_000_000)
    tests_at_once: int = knob("tests that the shop's visits carry at the same time", "tests", ge=1, le=100)
    channel_half_dose: float = knob(
        "spend at half of a channel's ceiling", "share of the largest spend", gt=0, le=10
    )
    channel_most: float = knob("largest spend on a channel", "times the spend told", gt=0, le=20)
    channel_least_share: float = knob("least spend on each channel", "share of the channels' budget", ge=0, le=1)
    channel_works: float = knob("chance that a channel's told growth is real", "probability", ge=0, le=1)
    channel_aimed_share: float = knob("paid traffic that can be aimed at what was looked at", "share", ge=0, le=1)
    risk_loss_share: float = knob("yearly loss without any control of risks", "share of sales", ge=0, le=1)
    risk_review_share: float = knob("reviews by hand in the spending on control", "share", ge=0, le=1)
    risk_most_share: float = knob("largest spending on control looked at", "share of its base", gt=0, le=1)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Scenarios(Section):
    scenarios: int = knob("scenarios, named ones included", "count", ge=20, le=1000)
    draws: int = knob("simulated plans a scenario", "draws", ge=500, le=1_000_000)
    axes_moved: int = knob("axes that a generated scenario moves", "axes", ge=1, le=10)
    pass_chance: float = knob("chance from which a target is on track", "probability", gt=0, le=1)
    fail_chance: float = knob("chance below which a target is out of reach", "probability", ge=0, lt=1)
    loss_limit_share_of_budget: float = knob("loss that a scenario may bring", "share of the budget", ge=0, le=1)
    loss_chance: float = knob("share of its plans that may lose more", "probability", gt=0, lt=1)
    compare_a: str = knob("first of two scenarios compared", "id in claims/scenarios.yaml", min_length=1)
    compare_b: str = knob("second of two scenarios compared", "id in claims/scenarios.yaml", min_length=1)
    sobol_points: int = knob("base points of the Sobol indices", "points, a power of 2", ge=64, le=65536)
    resamples: int = knob("bootstrap resamples of an index", "resamples", ge=20, le=5000)
    morris_trajectories: int = knob("trajectories of elementary effects", "trajectories", ge=4, le=1000)
    morris_levels: int = knob("grid of elementary effects", "levels, an even number", ge=4, le=20)
    trial_draws: int = knob("simulated plans behind a mean in the tornado and the turning points", "draws", ge=100)
    drivers_shown: int = knob("drivers in a figure", "drivers", ge=3, le=30)
    box_outcome_share: float = knob(
        "share of gains below which the best plans of this share are sought instead", "share", gt=0, lt=0.5
    )
    box_inputs: int = knob("drivers among which the box is sought", "drivers", ge=2, le=60)
    box_density: float = knob("share of gains that makes a box dense", "share", gt=0, lt=1)
    box_least_mass: float = knob("smallest box", "share of plans", gt=0, lt=1)
    box_least_gain: float = knob("share of gains that a limit of the box must add", "share", ge=0, lt=1)
    box_peel_share: float = knob("plans that one slice gives up", "share of the box", gt=0, lt=0.5)
    box_resamples: int = knob("half samples in which the box is sought again", "resamples", ge=2, le=200)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def lights_in_order(self) -> Scenarios:
        if self.fail_chance >= self.pass_chance:
            raise ValueError(
                f"scenarios.fail_chance = {self.fail_chance:g} must lie below scenarios.pass_chance = "
                f"{self.pass_chance:g}"
            )
        return self


class Cases(Section):
    contacts_per_order_low: float = knob("contacts that an order causes, PERT low", "ratio", ge=0, le=20)
    contacts_per_order_likely: float = knob("contacts that an order causes, PERT likely", "ratio", ge=0, le=20)
    contacts_per_order_high: float = knob("contacts that an order causes, PERT high", "ratio", ge=0, le=20)
    contact_minutes_low: float = knob("a person's minutes for a contact, PERT low", "minutes", gt=0, le=240)
    contact_minutes_likely: float = knob("a person's minutes for a contact, PERT likely", "minutes", gt=0, le=240)
    contact_minutes_high: float = knob("a person's minutes for a contact, PERT high", "minutes", gt=0, le=240)
    agent_cost_per_hour: float = knob("cost of an hour of a person in service", "money", gt=0, le=1_000_000)
    distance_share_low: float = knob("fulfilment cost that depends on distance, PERT low", "share", ge=0, le=1)
    distance_share_likely: float = knob("fulfilment cost that depends on distance, PERT likely", "share", ge=0, le=1)
    distance_share_high: float = knob("fulfilment cost that depends on distance, PERT high", "share", ge=0, le=1)
    stock_turns_low: float = knob("times a year that stock turns, one in ten below", "per year", gt=0, le=100)
    stock_turns_high: float = knob("times a year that stock turns, one in ten above", "per year", gt=0, le=100)
    safety_share_low: float = knob("stock held for safety, low", "share", ge=0, le=1)
    safety_share_high: float = knob("stock held for safety, high", "share", ge=0, le=1)
    holding_share_per_year: float = knob("cost of holding stock a year", "share of its cost", ge=0, le=1)
    warehouses_most: int = knob("most warehouses looked at", "count", ge=2, le=1000)
    abroad_cost_ratio_low: float = knob("fulfilment abroad over that at home, one in ten below", "ratio", gt=0, le=20)
    abroad_cost_ratio_high: float = knob("fulfilment abroad over that at home, one in ten above", "ratio", gt=0, le=20)
    abroad_saving_low: float = knob("part of fulfilment abroad that stock there saves, low", "share", ge=0, le=1)
    abroad_saving_high: float = knob("part of fulfilment abroad that stock there saves, high", "share", ge=0, le=1)
    voice_reach_low: float = knob("visits that would use voice, low", "share", ge=0, le=1)
    voice_reach_high: float = knob("visits that would use voice, high", "share", ge=0, le=1)
    trial_gain_low: float = knob("gain of a change that works, one in ten below", "log points", gt=0, le=1)
    trial_gain_high: float = knob("gain of a change that works, one in ten above", "log points", gt=0, le=1)
    trial_idle_sd: float = knob("scatter of a change that does not work", "log points", ge=0, le=1)
    trial_cost_cny: float = knob("cost of thinking out, building and checking a change", "CNY", ge=0, le=100_000_000)
    trial_false_alarm: float = knob("false alarm of a trial that must prove its gain", "probability", gt=0, lt=0.5)
    trial_weeks_most: int = knob("longest trial looked at", "weeks", ge=2, le=52)
    ceiling_low: float = knob("all that trials can ever add, low", "log points", gt=0, le=5)
    ceiling_high: float = knob("all that trials can ever add, high", "log points", gt=0, le=5)
    learning_volume_most: float = knob("largest multiple of the shop's orders looked at", "ratio", ge=10, le=1_000_000)
    cooperating_share_low: float = knob("sales of merchants who share data, low", "share", ge=0, le=1)
    cooperating_share_high: float = knob("sales of merchants who share data, high", "share", ge=0, le=1)
    merchant_growth_low: float = knob("their growth a year without sharing, low", "share", gt=0, le=1)
    merchant_growth_high: float = knob("their growth a year without sharing, high", "share", gt=0, le=1)
    merchant_margin_low: float = knob("a merchant's margin on extra sales, low", "share", ge=0, le=1)
    merchant_margin_high: float = knob("a merchant's margin on extra sales, high", "share", ge=0, le=1)
    own_data_share_low: float = knob("effect that the platform's own data reach alone, low", "share", ge=0, le=1)
    own_data_share_high: float = knob("effect that the platform's own data reach alone, high", "share", ge=0, le=1)
    own_build_ratio_low: float = knob("cost of building without the provider over its own, low", "ratio", ge=0.1, le=10)
    own_build_ratio_high: float = knob(
        "cost of building without the provider over its own, high", "ratio", ge=0.1, le=10
    )
    pilot_cost_share: float = knob("cost of trying a technology first", "share of its cost", gt=0, le=1)
    pilot_months: float = knob("time of such a trial", "months", gt=0, le=60)
    pilot_power: float = knob("chance that a technology that works passes it", "probability", gt=0, le=1)
    pilot_false_alarm: float = knob("chance that one that does not passes it", "probability", ge=0, lt=1)
    value_volatility: float = knob("volatility of a technology's worth a year", "ratio", ge=0, le=3)
    worth_points: int = knob("levels at which a technology's worth is looked at", "count", ge=5, le=1000)
    tree_steps: int = knob("steps of the binomial tree", "steps", ge=10, le=5000)
    sales_paths: int = knob("sales paths of the forecast used, evenly by their year", "paths", ge=50, le=1_000_000)
    draws: int = knob("simulated cases", "draws", ge=500, le=1_000_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def limits_in_order(self) -> Cases:
        found = self.__class__.model_fields
        for name in (field.removesuffix("_low") for field in found if field.endswith("_low")):
            ends = [f"{name}_{end}" for end in ("low", "likely", "high") if f"{name}_{end}" in found]
            held = [getattr(self, end) for end in ends]
            if held != sorted(held):
                values = " / ".join(f"{value:g}" for value in held)
                raise ValueError(f"cases.{' <= '.join(ends)} must hold, found {values}")
        if self.pilot_power <= self.pilot_false_alarm:
            raise ValueError("cases.pilot_false_alarm < pilot_power must hold; else a trial tells nothing")
        return self


class Losses(Section):
    draws: int = knob("simulated years", "draws", ge=1000, le=10_000_000)
    appetite_share_of_margin: float = knob("accepted 1-in-20 loss", "share of yearly margin", gt=0, le=1)
    exceedance_points: int = knob("points on the loss-exceedance curve", "points", ge=20, le=5000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Report(Section):
    title: str = knob("title on the first page", "text", min_length=1, max_length=80)
    plan_year: int = knob("calendar year planned", "year", ge=2000, le=2100)


class PrepareStage(Prepare, Data, Money, Privacy):
    """What stage `prepare` reads."""


class SegmentsStage(Segments, Money, Privacy):
    """What stage `segments` reads."""


class LifetimeStage(Lifetime, Money, Capital, Privacy):
    """What stage `lifetime` reads."""


class BasketsStage(Baskets, Money, Privacy):
    """What stage `baskets` reads."""


class JourneyStage(Journey, Privacy):
    """What stage `journey` reads."""


class AttributionStage(Attribution):
    """What stage `attribution` reads."""


class ExperimentsStage(Experiments, Money, Shrinkage):
    """What stage `experiments` reads."""


class CampaignsStage(Campaigns, Privacy):
    """What stage `campaigns` reads."""


class IntentionStage(Intention, Money, Privacy):
    """What stage `intention` reads."""


class PanelsStage(Panels):
    """What stage `panels` reads."""


class ForecastStage(Forecast, Money, Privacy):
    """What stage `forecast` reads."""


class DriversStage(Drivers, Money):
    """What stage `drivers` reads."""


class DemandStage(Demand, Money, Capital):
    """What stage `demand` reads."""


class MarketStage(Market, Money, Privacy):
    """What stage `market` reads."""


class DynamicsStage(Dynamics, Money, Privacy):
    """What stage `dynamics` reads."""


class ResponsesStage(Responses, Money, Shrinkage):
    """What stage `responses` reads."""


class BudgetStage(Budget, Investment, Money, Capital):
    """What stage `budget` reads."""


class ReturnsStage(Returns, Investment, Money, Capital, Shrinkage):
    """What stage `returns` reads."""


class AllocationStage(Allocation, Investment, Money, Capital, Shrinkage):
    """What stage `allocation` reads."""


class ScenariosStage(Scenarios, Investment, Money, Capital, Shrinkage):
    """What stage `scenarios` reads."""


class CasesStage(Cases, Investment, Money, Capital, Shrinkage):
    """What stage `cases` reads."""


class LossesStage(Losses, Money, Shrinkage):
    """What stage `losses` reads."""


class ReportStage(Report, Data, Money, Privacy):
    """What stage `report` reads."""


class Params(Section):
    """The whole of params.yaml."""

    data: Data
    privacy: Privacy
    money: Money
    capital: Capital
    shrinkage: Shrinkage
    prepare: Prepare
    segments: Segments
    lifetime: Lifetime
    baskets: Baskets
    journey: Journey
    attribution: Attribution
    experiments: Experiments
    campaigns: Campaigns
    intention: Intention
    panels: Panels
    forecast: Forecast
    drivers: Drivers
    demand: Demand
    market: Market
    investment: Investment
    dynamics: Dynamics
    responses: Responses
    budget: Budget
    returns: Returns
    allocation: Allocation
    scenarios: Scenarios
    cases: Cases
    losses: Losses
    report: Report

    #: stage -> (model of what it sees, sections in reading order)
    stages: ClassVar[dict[str, tuple[type[Section], tuple[str, ...]]]] = {
        "prepare": (PrepareStage, ("prepare", "data", "money", "privacy")),
        "segments": (SegmentsStage, ("segments", "money", "privacy")),
        "lifetime": (LifetimeStage, ("lifetime", "money", "capital", "privacy")),
        "baskets": (BasketsStage, ("baskets", "money", "privacy")),
        "journey": (JourneyStage, ("journey", "privacy")),
        "attribution": (AttributionStage, ("attribution",)),
        "experiments": (ExperimentsStage, ("experiments", "money", "shrinkage")),
        "campaigns": (CampaignsStage, ("campaigns", "privacy")),
        "intention": (IntentionStage, ("intention", "money", "privacy")),
        "panels": (PanelsStage, ("panels",)),
        "forecast": (ForecastStage, ("forecast", "money", "privacy")),
        "drivers": (DriversStage, ("drivers", "money")),
        "demand": (DemandStage, ("demand", "money", "capital")),
        "market": (MarketStage, ("market", "money", "privacy")),
        "dynamics": (DynamicsStage, ("dynamics", "money", "privacy")),
        "responses": (ResponsesStage, ("responses", "money", "shrinkage")),
        "budget": (BudgetStage, ("budget", "investment", "money", "capital")),
        "returns": (ReturnsStage, ("returns", "investment", "money", "capital", "shrinkage")),
        "allocation": (AllocationStage, ("allocation", "investment", "money", "capital", "shrinkage")),
        "scenarios": (ScenariosStage, ("scenarios", "investment", "money", "capital", "shrinkage")),
        "cases": (CasesStage, ("cases", "investment", "money", "capital", "shrinkage")),
        "losses": (LossesStage, ("losses", "money", "shrinkage")),
        "report": (ReportStage, ("report", "data", "money", "privacy")),
    }

    def of_stage(self, stage: str) -> dict[str, Any]:
        """The stage's parameters, flat, own section first."""
        _, sections = self.stages[stage]
        return {key: value for name in sections for key, value in getattr(self, name).model_dump().items()}


def load_params(path: Path) -> Params:
    """Read and check params.yaml.

    Raises ParameterError with every fault found: key, value, what was expected.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"{path.name} is missing; `git checkout {path.name}` brings it back") from None
    except yaml.YAMLError as error:
        raise ParameterError(f"{path.name} is not readable as YAML: {error}") from None
    if not isinstance(raw, dict):
        raise ParameterError(f"{path.name}: expected sections, found {type(raw).__name__}")
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        raise ParameterError(explain(error, Params, path.name)) from None


def stage_params(stage: str, values: dict[str, Any]) -> Any:
    """The stage's typed parameters from a flat mapping, e.g. a notebook's `globals()`.

    Names that are no parameter are ignored: a notebook holds much else. Raises ParameterError.
    """
    model, _ = Params.stages[stage]
    try:
        return model.model_validate({key: values[key] for key in model.model_fields if key in values})
    except ValidationError as error:
        raise ParameterError(explain(error, model, f"stage {stage}")) from None


def allowed(field: Any) -> str:
    """The range of a field in words, e.g. 'from 0 to 1'."""
    words = {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "below {}"}
    found = {
        name: text.format(getattr(item, name))
        for item in field.metadata
        for name, text in words.items()
        if getattr(item, name, None) is not None
    }
    return " ".join(found[name] for name in words if name in found)


def explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    """One line a fault: key, value found, unit, allowed range."""
    lines = []
    for fault in error.errors():
        field: Any = None
        at: Any = model
        for step in fault["loc"]:
            field = at.model_fields.get(str(step)) if isinstance(at, type) and issubclass(at, BaseModel) else None
            at = field.annotation if field is not None else None
        key = ".".join(str(step) for step in fault["loc"])
        if fault["type"] == "extra_forbidden":
            home = model
            for step in fault["loc"][:-1]:
                home = home.model_fields[str(step)].annotation  # type: ignore[assignment]
            lines.append(f"{where}: unknown parameter {key} = {fault['input']!r}{_nearest(fault, home)}")
        elif fault["type"] == "missing":
            lines.append(f"{where}: parameter {key} is missing")
        elif field is None or key == "" or fault["type"] == "value_error":
            lines.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}")
        else:
            unit = (field.json_schema_extra or {}).get("unit", "")
            kind = getattr(field.annotation, "__name__", str(field.annotation))
            span = allowed(field)
            expected = ", ".join(part for part in (kind, span, f"unit: {unit}" if unit else "") if part)
            lines.append(f"{where}: {key} = {fault['input']!r} is refused; expected {expected}")
    return "\n".join(lines)


def _nearest(fault: Any, model: type[BaseModel]) -> str:
    import difflib

    close = difflib.get_close_matches(str(fault["loc"][-1]), list(model.model_fields), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(model.model_fields)}"
