"""Sections of the stages on the forecast."""

from __future__ import annotations

from pydantic import model_validator

from ecomplan.params.section import Section, knob


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
