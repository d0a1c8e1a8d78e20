"""Sections of the stages on the investment, and what they share."""

from __future__ import annotations

from pydantic import model_validator

from ecomplan.params.section import Section, knob


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
