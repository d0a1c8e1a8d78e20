"""Sections of the stages that watch: rankings, prices, the order stream, departures from plan."""

from __future__ import annotations

from pydantic import model_validator

from ecomplan.params.section import Section, knob


class Bias(Section):
    candidates: int = knob("candidates of a ranking, both groups", "candidates", ge=4, le=5000)
    group_share: float = knob("the watched group's share of the candidates", "share of candidates", gt=0, lt=1)
    shown: int = knob("positions shown", "positions", ge=1, le=500)
    position_weight: str = knob("attention by position: log (1/log2(rank + 1)) or equal", "name",
                                pattern="^(log|equal)$")
    merit_share: float = knob("part of a score that stays with its candidate, the rest is noise of the list",
                              "share of the score's variance", ge=0, le=1)
    lists_a_week: int = knob("rankings that a weekly audit looks at", "rankings a week", ge=1, le=10_000)
    renewal_a_week: float = knob("candidates replaced by new ones", "share a week", ge=0, le=1)
    years: int = knob("simulated years by which alarms are set, and as many again by which they are judged", "years",
                      ge=20, le=100_000)
    bias_max: float = knob("greatest bias tried", "standard deviations of a score", gt=0, le=5)
    bias_steps: int = knob("biases tried above none", "steps", ge=2, le=40)
    alarm_size_week: float = knob("false alarms accepted in one fair week", "probability", gt=0, lt=0.5)
    alarm_size_year: float = knob("false alarms accepted in one fair year", "probability", gt=0, lt=0.5)
    drift_allowance: float = knob("shortfall of a week that the cumulated alarm forgives",
                                  "standard deviations of a week's share", ge=0, le=3)
    ratio_limit: float = knob("least ratio of two groups that counts as fair: four fifths", "ratio", gt=0, lt=1)
    temperature: float = knob("noise added on purpose by the softmax policy", "standard deviations of a score", gt=0,
                              le=10)
    click_spread: float = knob("spread of click rates between candidates", "log standard deviation", gt=0, le=3)
    gap_tested: float = knob("gap of the group's scores at which policies are compared",
                             "standard deviations of a score", gt=0, le=5)
    frontier_lists: int = knob("lists solved for the price of fairness", "lists", ge=5, le=5000)
    permutations: int = knob("permuted logs behind a p-value", "permutations", ge=19, le=9999)
    false_discovery: float = knob("accepted share of false finds among tests of the logs", "share", gt=0, lt=1)
    group_min_impressions: int = knob("impressions below which user groups are put together", "impressions", ge=2,
                                      le=100_000)
    test_size: float = knob("false alarms accepted in one test of a log", "probability", gt=0, lt=0.5)
    weight_max: float = knob("cut of the weights in propensity-weighted estimates", "times", ge=1, le=10_000)
    power: float = knob("chance with which a smallest gap is found", "probability", gt=0.5, lt=1)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Conduct(Section):
    least_price: float = knob("unit price below which a line is no sale at a price", "platform money", gt=0, le=10)
    period_days: int = knob("days within which prices count as of the same time", "days", ge=1, le=92)
    quantity_band_ratio: float = knob(
        "largest over smallest quantity of a band of like quantities", "ratio", gt=1, le=10
    )
    known_after_days: int = knob(
        "first days of the data, in which no customer is known to be new", "days", ge=0, le=365
    )
    high_spender_share: float = knob("customers who count as high spenders", "share", gt=0, lt=1)
    false_discovery: float = knob("share of flagged products that may be flagged wrongly", "share", gt=0, le=0.5)
    material_gap: float = knob("gap from which a flagged product is worth a look", "share of price", ge=0, le=1)
    shuffles_first: int = knob("shufflings of the groups for every product", "draws", ge=19, le=99999)
    shuffles_most: int = knob("shufflings for products near the edge of being flagged", "draws", ge=19, le=999999)
    shuffles_stop: int = knob("gaps as large as the one seen after which shuffling ends", "draws", ge=1, le=1000)
    planted_gap_low: float = knob("planted gap, smallest", "share of price", gt=0, le=1)
    planted_gap_middle: float = knob("planted gap, middle", "share of price", gt=0, le=1)
    planted_gap_high: float = knob("planted gap, largest", "share of price", gt=0, le=1)
    planted_share: float = knob("products that get a planted gap", "share", gt=0, le=1)
    trial_products: int = knob("products on which the monitor is tried", "products", ge=10, le=100000)
    trial_shuffles: int = knob("trials without a gap", "draws", ge=5, le=10000)
    trial_plantings: int = knob("trials at each planted gap", "draws", ge=1, le=10000)
    volatility_weeks: int = knob("last weeks over which prices are followed", "weeks", ge=4, le=520)
    volatility_least_weeks: int = knob("weeks with sales that a product needs to be followed", "weeks", ge=2, le=520)
    price_tolerance: float = knob("difference up to which two prices count as alike", "share of price", ge=0, le=0.5)
    bootstrap_draws: int = knob("resamples behind an interval", "draws", ge=20, le=100000)
    promo_baskets: int = knob("real orders on which promotion rules are tried", "orders", ge=5, le=100000)
    promo_parcels: int = knob("parcels into which an order may be split", "parcels", ge=1, le=8)
    promo_days: int = knob("days that a promotion runs", "days", ge=1, le=365)
    exploit_share_low: float = knob("customers who exploit a bad rule, least", "share", ge=0, le=1)
    exploit_share_likely: float = knob("customers who exploit a bad rule, likely", "share", ge=0, le=1)
    exploit_share_high: float = knob("customers who exploit a bad rule, most", "share", ge=0, le=1)
    complaints_per_thousand: float = knob("complaints in a thousand orders", "complaints", ge=0, le=1000)
    contact_ceiling_low: float = knob("sales that messages cause at most, least", "share of sales", ge=0, le=1)
    contact_ceiling_likely: float = knob("sales that messages cause at most, likely", "share of sales", ge=0, le=1)
    contact_ceiling_high: float = knob("sales that messages cause at most, most", "share of sales", ge=0, le=1)
    contact_half_low: float = knob("messages a month for half of that, least", "messages a month", gt=0, le=100)
    contact_half_likely: float = knob("messages a month for half of that, likely", "messages a month", gt=0, le=100)
    contact_half_high: float = knob("messages a month for half of that, most", "messages a month", gt=0, le=100)
    contact_told_low: float = knob(
        "messages a month at which the told harm shows, least", "messages a month", gt=0, le=200
    )
    contact_told_likely: float = knob(
        "messages a month at which the told harm shows, likely", "messages a month", gt=0, le=200
    )
    contact_told_high: float = knob(
        "messages a month at which the told harm shows, most", "messages a month", gt=0, le=200
    )
    brand_to_sales_low: float = knob("share of sales lost with each share of brand value, least", "ratio", ge=0, le=2)
    brand_to_sales_likely: float = knob(
        "share of sales lost with each share of brand value, likely", "ratio", ge=0, le=2
    )
    brand_to_sales_high: float = knob("share of sales lost with each share of brand value, most", "ratio", ge=0, le=2)
    contact_cost_cny: float = knob("cost of one message", "CNY", ge=0, le=100)
    complaint_cost_cny: float = knob("cost of one complaint", "CNY", ge=0, le=10000)
    contacts_most: float = knob("largest number of messages looked at", "messages a month", ge=2, le=300)
    trust_draws: int = knob("draws of what is assumed of messages", "draws", ge=100, le=1000000)
    review_count: int = knob("made-up reviews in a simulated audit", "reviews", ge=100, le=1000000)
    review_budget: int = knob("reviews checked by hand", "reviews", ge=10, le=100000)
    review_random_share: float = knob("part of the budget for the random sample", "share", gt=0, lt=1)
    fake_share_low: float = knob("fake reviews, least", "share", gt=0, lt=1)
    fake_share_likely: float = knob("fake reviews, likely", "share", gt=0, lt=1)
    fake_share_high: float = knob("fake reviews, most", "share", gt=0, lt=1)
    review_signals: int = knob("signals of suspicion of each review", "signals", ge=1, le=50)
    review_separation: float = knob(
        "distance of fakes from genuine reviews in a signal", "standard deviations", ge=0, le=10
    )
    review_catches: float = knob("fakes that a check by hand sees", "share", gt=0, le=1)
    review_accuses: float = knob("genuine reviews that a check by hand takes for fakes", "share", ge=0, lt=1)
    review_repeats: int = knob("simulated audits", "draws", ge=10, le=100000)
    compliance_most_share: float = knob("largest spending on compliance looked at", "share of sales", gt=0, le=1)
    compliance_draws: int = knob(
        "draws of what is assumed of losses from too little compliance", "draws", ge=100, le=1000000
    )
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def in_order(self) -> Conduct:
        for name, ends in (
            ("exploit_share", ("low", "likely", "high")), ("contact_ceiling", ("low", "likely", "high")),
            ("contact_half", ("low", "likely", "high")), ("contact_told", ("low", "likely", "high")),
            ("brand_to_sales", ("low", "likely", "high")), ("fake_share", ("low", "likely", "high")),
            ("planted_gap", ("low", "middle", "high")),
        ):
            values = [getattr(self, f"{name}_{end}") for end in ends]
            if values != sorted(values):
                raise ValueError(f"{', '.join(f'{name}_{end}' for end in ends)} do not rise")
        if self.review_accuses >= self.review_catches:
            raise ValueError("review_accuses is not below review_catches: a check that sees nothing")
        return self


class Monitoring(Section):
    calibration_months: int = knob("months from the start on which limits are set", "months", ge=4, le=60)
    warm_up_days: int = knob("days from the start without alarms", "days", ge=14, le=365)
    alarms_a_month: float = knob("alarms a month wanted of all rules under normal data", "alarms", gt=0, le=100)
    tail_share: float = knob("highest values on which a tail is fitted", "share", gt=0, le=0.5)
    tail_most: int = knob("most values on which a tail is fitted", "values", ge=30, le=5000)
    yellow_share: float = knob("rarity from which an alarm is yellow", "share of the rate at the limit", gt=0, le=1)
    red_share: float = knob("rarity from which an alarm is red", "share of the rate at the limit", gt=0, le=1)
    payment_window_minutes: int = knob("window of a customer's payments", "minutes", ge=1, le=1440)
    history_orders: int = knob("earlier orders from which an own mean counts", "orders", ge=1, le=50)
    burst_window_minutes: int = knob("window of an account's burst of orders", "minutes", ge=1, le=1440)
    count_window_hours: int = knob("window of counts by country, of returns and of first orders", "hours", ge=1, le=72)
    large_multiple: float = knob("first order that counts as large", "times the mean first order", gt=1, le=100)
    account_memory_days: int = knob("past from which an account's own rate is taken", "days", ge=30, le=1000)
    rate_memory_days: int = knob("past from which rates of the shop are taken", "days", ge=14, le=365)
    baseline_events: float = knob("most events that a past rate is worth as evidence", "events", gt=0, le=1000)
    silence_weeks: int = knob("past weeks from which an hour's orders are expected", "weeks", ge=2, le=52)
    chart_weeks: int = knob("past weeks behind control chart and drift", "weeks", ge=8, le=104)
    drift_countries: int = knob("largest countries watched for drift one by one", "countries", ge=1, le=50)
    churn_days: int = knob("days without an order after which a customer counts as lost", "days", ge=30, le=365)
    price_low: float = knob("unit price below which a product is in the lowest band", "money", gt=0)
    price_mid: float = knob("unit price between the two middle bands", "money", gt=0)
    price_high: float = knob("unit price from which a product is in the highest band", "money", gt=0)
    rounds: int = knob("replays with planted incidents", "replays", ge=1, le=200)
    incidents_per_kind: int = knob("incidents of a kind planted in one replay", "incidents", ge=1, le=50)
    takeover_orders_low: int = knob("orders of a taken-over account, least", "orders", ge=2, le=500)
    takeover_orders_high: int = knob("orders of a taken-over account, most", "orders", ge=2, le=500)
    fraud_orders_low: int = knob("first orders of a fraud wave, least", "orders", ge=1, le=500)
    fraud_orders_high: int = knob("first orders of a fraud wave, most", "orders", ge=1, le=500)
    fraud_multiple_low: float = knob("value of a fraud order over the mean order, least", "ratio", gt=0, le=1000)
    fraud_multiple_high: float = knob("value of a fraud order over the mean order, most", "ratio", gt=0, le=1000)
    refund_multiple_low: float = knob("returns of a refund wave over a usual day's, least", "ratio", gt=0, le=1000)
    refund_multiple_high: float = knob("returns of a refund wave over a usual day's, most", "ratio", gt=0, le=1000)
    flood_orders_low: int = knob("orders of a country's flood, least", "orders", ge=2, le=5000)
    flood_orders_high: int = knob("orders of a country's flood, most", "orders", ge=2, le=5000)
    stop_hours_low: int = knob("hours of a stop within a day's selling hours, least", "hours", ge=1, le=24)
    stop_hours_high: int = knob("hours of a stop within a day's selling hours, most", "hours", ge=1, le=24)
    recall_goal: float = knob("share of planted incidents to be found", "share", gt=0, lt=1)
    false_alarms_goal: float = knob("most false alarms a month", "alarms", gt=0, le=100)
    draws: int = knob("readings of the costs of intervention", "draws", ge=100, le=100_000)
    fraud_per_1000_low: float = knob("fraud orders in a thousand, least", "orders", ge=0, le=1000)
    fraud_per_1000_likely: float = knob("fraud orders in a thousand, likely", "orders", ge=0, le=1000)
    fraud_per_1000_high: float = knob("fraud orders in a thousand, most", "orders", ge=0, le=1000)
    review_minutes_low: float = knob("work on one alarm, least", "minutes", gt=0, le=1000)
    review_minutes_likely: float = knob("work on one alarm, likely", "minutes", gt=0, le=1000)
    review_minutes_high: float = knob("work on one alarm, most", "minutes", gt=0, le=1000)
    reviewer_wage_cny_hour: float = knob("an hour of review, all costs", "CNY", gt=0, le=10_000)
    review_catch_low: float = knob("fraud that a review recognises, least", "share", ge=0, le=1)
    review_catch_likely: float = knob("fraud that a review recognises, likely", "share", ge=0, le=1)
    review_catch_high: float = knob("fraud that a review recognises, most", "share", ge=0, le=1)
    blocked_leave_share: float = knob("blocked good customers who never come back", "share", ge=0, le=1)
    customer_worth_orders: float = knob("later orders lost with a customer who leaves", "orders", ge=0, le=1000)
    close_hours: float = knob("hours for which an alarm closes new accounts", "hours", gt=0, le=720)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def ranges_in_order(self) -> Monitoring:
        for name in ("takeover_orders", "fraud_orders", "fraud_multiple", "refund_multiple", "flood_orders",
                     "stop_hours", "fraud_per_1000", "review_minutes", "review_catch"):
            parts = [getattr(self, f"{name}_{part}", None) for part in ("low", "likely", "high")]
            values = [value for value in parts if value is not None]
            if values != sorted(values) or values[0] == values[-1]:
                raise ValueError(f"monitoring.{name}_low to _high must rise, found {' / '.join(map(str, values))}")
        if not self.price_low < self.price_mid < self.price_high:
            raise ValueError("monitoring.price_low < price_mid < price_high must hold")
        if not self.red_share < self.yellow_share:
            raise ValueError("monitoring.red_share must be below yellow_share")
        return self


class Watch(Section):
    step_minutes: int = knob("length of one step of the day", "minutes", ge=1, le=60)
    learn_days: int = knob("open days learnt from before the first warning", "open days", ge=20, le=400)
    level_weight: float = knob("weight of yesterday in the expected level", "share", gt=0, lt=1)
    profile_memory_days: int = knob("open days after which the memory of a day's course halves", "open days", ge=5,
                                    le=1000)
    abnormal_day_share: float = knob("part of past days whose total counts as abnormal", "share", gt=0, le=0.5)
    false_alarms_per_month: float = knob("false warnings accepted of all tests of a day together", "a month", gt=0,
                                         le=20)
    limit_memory_days: int = knob("last open days that set the limits of the tests", "open days", ge=50, le=5000)
    drop_factor: float = knob("flow of orders in an incident that the test for drops looks for", "share of expected",
                              gt=0, lt=1)
    surge_factor: float = knob("flow of orders that the test for surges looks for", "times expected", gt=1, le=20)
    planted_days: int = knob("incidents planted to measure what is found", "incidents", ge=50, le=20000)
    planted_minutes_low: int = knob("shortest planted incident", "minutes", ge=5, le=720)
    planted_minutes_high: int = knob("longest planted incident", "minutes", ge=5, le=720)
    planted_drop_low: float = knob("least share of orders that a planted fault stops", "share", gt=0, le=1)
    planted_surge_high: float = knob("greatest planted flow of extra orders", "times expected", gt=1, le=50)
    visits_learn_days: int = knob("first days of the click log that are only learnt from", "days", ge=14, le=1000)
    visits_false_alarms_per_month: float = knob("false alarms accepted over all steps of the click log", "a month",
                                                gt=0, le=20)
    visits_drop_factor: float = knob("passing rate in a fault that the test looks for", "share of usual", gt=0, lt=1)
    visits_quiet_days: int = knob("days without an alarm after which an episode ends", "days", ge=1, le=60)
    change_min_weeks: int = knob("shortest stretch between two changes", "weeks", ge=2, le=26)
    change_false_chance: float = knob("chance to find a change where there is none", "probability", gt=0, lt=0.5)
    change_draws: int = knob("resampled series behind the penalty and the intervals", "draws", ge=50, le=20000)
    shift_paths: int = knob("simulated series with a planted shift", "series", ge=50, le=20000)
    shift_low: float = knob("least planted shift of daily orders", "share", gt=0, lt=1)
    shift_high: float = knob("greatest planted shift of daily orders", "share", gt=0, lt=1)
    drill_explained: float = knob("part of a change that the named causes must explain", "share", gt=0, le=1)
    drill_countries: int = knob("countries told apart before the rest", "countries", ge=1, le=20)
    drill_price_bands: int = knob("price bands of products", "bands", ge=1, le=10)
    drill_trials: int = knob("planted causes to measure the drill", "trials", ge=20, le=20000)
    review_minutes_per_case: float = knob("minutes a person needs for one case of the queue (judgement)", "minutes",
                                          gt=0, le=480)
    reviewer_accuracy: float = knob("share of cases that a person decides rightly (judgement)", "share", ge=0.5, le=1)
    review_hour: int = knob("hour at which the day's first judgement is asked for", "hour of day", ge=0, le=23)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)
