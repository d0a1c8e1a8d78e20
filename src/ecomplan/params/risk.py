"""Sections of the stages on what can be lost: where losses come from, what they add up to, what is then done."""

from __future__ import annotations

from pydantic import model_validator

from ecomplan.params.section import Section, knob


class Breach(Section):
    draws: int = knob("drawn networks behind each range", "draws", ge=50, le=5000)
    leaks_a_draw: int = knob("leaks drawn from each network and way", "events", ge=10, le=1000)
    row_correlation: float = knob("correlation of the errors within a node's table", "correlation", ge=0, lt=1)
    noise_epsilon_low: float = knob("strictest privacy budget shown", "epsilon", gt=0, le=1)
    noise_epsilon_high: float = knob("loosest privacy budget shown", "epsilon", gt=1, le=100)
    noise_points: int = knob("privacy budgets shown", "count", ge=3, le=50)
    noise_close: float = knob("error of a published count that still serves", "share of the count", gt=0, lt=1)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Supply(Section):
    readings: int = knob("readings of the world, one draw of every figure each", "readings", ge=10, le=2000)
    years_each: int = knob("simulated years of goods for each reading", "years", ge=2, le=500)
    events: int = knob("simulated events of each risk for each reading", "events", ge=20, le=20_000)
    event_least_share: float = knob("least loss that counts as an event", "share of yearly sales", gt=0, le=0.01)
    length_variation: float = knob("lengths of outages, strikes and shocks", "standard deviation over mean", gt=0, le=3)
    suppliers: int = knob("suppliers of the shop", "suppliers", ge=1, le=50)
    products_each: int = knob("typical products of each supplier", "products", ge=1, le=50)
    service_level: float = knob("chance that stock lasts until the next delivery", "probability", ge=0.5, lt=1)
    weekly_variation: float = knob(
        "weekly demand of a product where no order levels are known", "standard deviation over mean", gt=0, le=2
    )
    warm_up_weeks: int = knob("weeks simulated before the plan year", "weeks", ge=5, le=104)
    second_share: float = knob("normal orders placed with a second supplier", "share", gt=0, lt=1)
    second_capacity: float = knob("what it delivers in an outage", "times the normal demand", ge=0, le=5)
    safety_weeks: float = knob("further safety stock", "weeks of demand", ge=0, le=26)
    hand_count_weeks: int = knob("weeks between two counts of the stock by hand", "weeks", ge=1, le=104)
    sensor_count_weeks: int = knob("weeks between two counts by sensors", "weeks", ge=1, le=104)
    take_over: float = knob("parcels that a second carrier can take in a strike", "share", ge=0, le=1)
    promise_home_days: float = knob("delivery promised at home", "days", gt=0, le=60)
    promise_abroad_days: float = knob("delivery promised abroad", "days", gt=0, le=120)
    payment_channels: int = knob("payment channels with backup", "channels", ge=2, le=8)
    routes_most: int = knob("routes of traffic looked at, at most", "routes", ge=2, le=20)
    largest_route: float = knob("largest platform's part of the platforms' traffic", "share", gt=0, le=1)
    platform_share: float = knob("sales that come through platforms of others", "share of sales", gt=0, le=1)
    shock_limit: float = knob("loss of one shock that is accepted", "share of yearly margin", gt=0, le=1)
    city_order_share: float = knob("orders that go to one city", "share of orders", gt=0, le=1)
    city_doors: int = knob("doors of the made-up city", "points", ge=50, le=5000)
    transit_minutes_variation: float = knob("rides of couriers", "standard deviation over mean", ge=0, le=2)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Risks(Section):
    checked_on: str = knob("day of the check: entries reviewed too long before it are stale",
                         "ISO date", pattern=r"^\d{4}-\d{2}-\d{2}$")
    readings: int = knob("readings of the register: draws of all that is not known", "draws", ge=100, le=200_000)
    budget_share: float = knob("part of the cost of all controls in the comparison of levels with numbers",
                             "share", gt=0, lt=1)
    heat_yellow_share: float = knob("expected loss from which a cell of the heat map is yellow",
                                  "share of the margin of line and month", gt=0, le=1)
    heat_red_share: float = knob("expected loss from which it is red",
                               "share of the margin of line and month", gt=0, le=1)
    heat_countries: int = knob("countries with a row of their own", "countries", ge=1, le=20)
    heat_groups: int = knob("product groups with a row of their own", "groups", ge=1, le=20)
    side_convexity: float = knob("power with which harm grows with the dose: above 1 the last part hurts most",
                               "power", ge=1, le=5)
    side_months: float = knob("months until a harmful dose is found and undone", "months", gt=0, le=12)
    uninstall_share_per_month: float = knob("users who leave in a month without pushed updates",
                                          "share of users", gt=0, lt=1)
    stress_spread: float = knob("90 % point of each assumption below over its typical value", "ratio", gt=1, le=10)
    war_price_cut: float = knob("a rival's price cut", "share of price", gt=0, lt=1)
    war_months: float = knob("months that a price war lasts", "months", gt=0, le=12)
    war_cross_elasticity: float = knob("sales lost over a rival's price cut, both as shares", "ratio", gt=0, le=10)
    lockout_sales_loss: float = knob("sales lost while a tool is locked", "share of sales", gt=0, lt=1)
    lockout_months: float = knob("months until another tool stands", "months", gt=0, le=12)
    circle_share: float = knob("part of the traffic of large platforms that closes", "share of traffic", gt=0, lt=1)
    packaging_share_of_sales: float = knob("cost of packaging", "share of sales", gt=0, lt=1)
    pass_through: float = knob("part of a rise in cost that buyers pay", "share", gt=0, lt=1)
    orders_lost_per_day: float = knob("orders lost for a day of later delivery", "share of orders", gt=0, lt=1)
    orders_late_per_day: float = knob("orders beyond their promised day for a day of later delivery",
                                    "share of orders", gt=0, lt=1)
    demand_swing: float = knob("swing of demand that nobody expected", "share of sales", gt=0, lt=1)
    unsold_share: float = knob("part of the goods of lost sales that is bought already", "share", gt=0, lt=1)
    write_down: float = knob("value that such goods lose", "share of their cost", gt=0, lt=1)
    slack: float = knob("more orders than planned that the warehouse can send in time", "share of orders", gt=0, lt=1)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Losses(Section):
    draws: int = knob("simulated years", "years", ge=1000, le=10_000_000)
    years_per_world: int = knob("simulated years for each reading of the register", "years", ge=1, le=10_000)
    range_worlds: int = knob("readings of the register behind a range", "readings", ge=20, le=2000)
    range_years: int = knob("simulated years for each reading behind a range", "years", ge=200, le=100_000)
    appetite_share_of_margin: float = knob("accepted 1-in-20 loss", "share of yearly margin", gt=0, le=1)
    exceedance_points: int = knob("points on the loss-exceedance curve", "points", ge=20, le=5000)
    exact_points: int = knob("points on the grid of the exact aggregation", "points", ge=256, le=65536)
    worst_share: float = knob("share of the years told of as worst", "share of years", gt=0, le=0.1)
    tail_weight: float = knob(
        "yearly price of standing ready for the mean 1-in-20 loss", "share of that loss", ge=0, le=1,
    )
    risk_review_share: float = knob("part of a control's price that is review by hand", "share of price", ge=0, le=1)
    fixed_cost_share: float = knob("fixed cost of a year", "share of the expected margin", ge=0, le=1.5)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def years_split(self) -> Losses:
        if self.draws % self.years_per_world:
            raise ValueError(
                f"losses.draws must be a multiple of losses.years_per_world, found {self.draws} and "
                f"{self.years_per_world}"
            )
        return self


class Response(Section):
    draws: int = knob("guesses of the steps' times, and simulated projects", "draws", ge=50, le=20000)
    incidents_a_draw: int = knob("simulated incidents a guess", "events", ge=20, le=2000)
    handling_spread: float = knob("spread of a step's time between incidents", "standard deviation of log", gt=0, le=2)
    handling_unsure: float = knob("what is not known of a step's median time", "standard deviation of log", ge=0, le=2)
    yellow_events: float = knob("events from which a risk is a business anomaly", "events per year", gt=0, le=10)
    drill_cost_cny: float = knob("cost of one drill", "CNY", gt=0)
    drills_most: int = knob("largest number of drills a year looked at", "count", ge=4, le=52)
    recurrence_days: int = knob("days within which an alarm counts as come again", "days", ge=1, le=180)
    blacklist_chance: float = knob("chance of a rule on the blacklist by chance alone", "probability", gt=0, lt=0.5)
    blacklist_days_least: int = knob("days with an alarm from which a rule is judged", "days", ge=3, le=100)
    watch_days: int = knob("days ahead and back in which an outside event asks for a change", "days", ge=30, le=1000)
    team_people: int = knob("people on the plan's project", "people", ge=2, le=500)
    team_seniors: int = knob("of these, seniors hired from outside", "people", ge=0, le=500)
    project_months: int = knob("planned length of the project with a full team", "months", ge=3, le=60)
    leave_share: float = knob("people who leave in a usual year", "share per year", gt=0, lt=0.9)
    change_months: int = knob("months of higher leaving after a radical change", "months", ge=1, le=36)
    vacancy_months: float = knob("mean time until a place is filled", "months", ge=1, le=24)
    learn_months: float = knob("mean time until a newcomer works in full", "months", ge=1, le=24)
    newcomer_output: float = knob("output of a newcomer", "share of a full one", ge=0, le=1)
    service_people: int = knob("people in customer service", "people", ge=2, le=1000)
    floor_chance: float = knob("accepted chance to fall below the floor of veterans", "probability", gt=0, lt=0.5)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)
