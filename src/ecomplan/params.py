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


class Returns(Section):
    draws: int = knob("simulated plans", "draws", ge=1000, le=5_000_000)
    horizon_months: int = knob("months of benefit counted", "months", ge=12, le=120)
    success_prior: float = knob("measures that work at all", "probability", ge=0, le=1)
    ramp_months: int = knob("months until a measure has its full effect", "months", ge=1, le=60)
    payback_target_months: int = knob("payback that the documents promise", "months", ge=1, le=120)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


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


class ReturnsStage(Returns, Money, Capital, Shrinkage):
    """What stage `returns` reads."""


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
    returns: Returns
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
        "returns": (ReturnsStage, ("returns", "money", "capital", "shrinkage")),
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
