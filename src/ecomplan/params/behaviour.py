"""Sections of the stages on user behaviour."""

from __future__ import annotations

from pydantic import model_validator

from ecomplan.params.section import Section, knob


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
