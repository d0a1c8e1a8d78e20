"""The chapter on how customers answer to a dose."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_CURVES = (
    Column("name", "Answer to"), Column("dose", "Dose of one"), Column("claimed", "Claimed", "share"),
    Column("possible", "Possible", "share"), Column("taken", "Taken", "share"), Column("taken_low", "Low", "share"),
    Column("taken_high", "High", "share"), Column("kind", "Shape"),
)


def _n(name: str, show: str = "value") -> str:
    return n(f"responses.{name}", show)  # type: ignore[arg-type]


def chapter(findings: Findings) -> Chapter:
    """How customers answer, told to a board."""
    blocks: list[Block] = [
        TableBlock(
            "curves", "All answers in short",
            "What the documents claim, what is possible at all by the shares of customers they tell themselves, and "
            "what the plan takes. Harm: too much of it does damage. Empty: not told, or not bounded.", _CURVES,
        ),
        Heading("Speed"), Para(_speed(findings)),
        FigureBlock("speed", (
            Column("name", "Where"), Column("seconds", "Seconds saved", "seconds"), Column("gain", "As taken", "share"),
            Column("low", "Low", "share"), Column("high", "High", "share"), Column("claimed", "Claimed", "share"),
        )),
        Para(_time(findings)),
        Heading("Messages"), Para(_messages(findings)),
        FigureBlock("messages", (
            Column("messages", "Messages a week", "count"), Column("value", "Change of orders", "share"),
            Column("low", "Low", "share"), Column("high", "High", "share"),
            Column("opted_out", "Opted out", "share"), Column("best_share", "Best in", "share"),
        )),
        Para(_fatigue(findings)),
        Heading("Prices"), Para(_prices(findings)),
        FigureBlock("prices", (
            Column("change", "Change of price", "share"), Column("profit", "Contribution", "share"),
            Column("profit_low", "Low", "share"), Column("profit_high", "High", "share"),
            Column("sales", "Sales", "share"), Column("units", "Buyers", "share"),
        )),
        Para(_price_claims(findings)),
        Heading("Incentives"), Para(_incentives(findings)),
        TableBlock(
            "incentives", "Which incentive for whom",
            "Customers of the last twelve months, each in one group. Gain in sales if the incentive works, the gain it "
            "needs, its net contribution a year and the chance that it then pays.",
            (Column("group", "Customers"), Column("customers", "Number", "customers"),
             Column("incentive", "Incentive"), Column("gain", "Gain", "share"), Column("needed", "Needed", "share"),
             Column("net", "Net a year", "money"), Column("net_low", "Low", "money"),
             Column("net_high", "High", "money"), Column("pays", "Pays", "probability")),
        ),
        Para(_later(findings)),
        FigureBlock("later", (
            Column("repeat", "Buy again", "share"), Column("years", "Years of custom", "years"),
            Column("needed", "Needed, as claimed", "share"), Column("needed_kept", "As taken", "share"),
            Column("needed_none", "None lost", "share"), Column("lift", "Price brings", "share"),
        )),
        Heading("Service desk"), Para(_service(findings)),
        FigureBlock("service", (
            Column("per_month", "Enquiries a month", "count"), Column("agents_before", "People alone", "count"),
            Column("agents_after", "With assistant", "count"), Column("change", "Change of cost", "share"),
            Column("low", "Low", "share"), Column("high", "High", "share"),
        )),
        Heading("Whom to address, and with what"), Para(_triggers(findings)), Para(_axes(findings)),
        Para(_rules(findings)), Para(_unknown(findings)),
    ]
    return Chapter(
        stage="responses", title="How customers answer", answer=_answer(findings), blocks=tuple(blocks),
        limits=(
            "The shop records no visits, messages, tickets or page times. Answers to those are bounded by the "
            "documents' own figures or simulated with assumed customers; they say what decides, not what will happen.",
            "The price response is an association over months, on products whose list price changed. It cannot speak "
            "for prices far from those seen, nor for customers who leave after years of dearer goods.",
            "Triggers find those who buy; whether a message makes them buy needs a group that gets none.",
            "What customers feel, who brings others, and what delivery or green packing is worth to them are unknown; "
            "the plan counts nothing on them.",
        ),
    )


def _answer(seen: Findings) -> str:
    loses = seen.value("responses.discount_for_all_pays") < 0.2
    price = "buyers answer weakly to price, so discounts" if seen.value("responses.inelastic") > 0.5 else "discounts"
    price += " cost more than they bring" if loses else " may pay"
    best = seen.value("responses.message_best_average")
    cap = seen.value("responses.message_cap")
    push = ("and the best number of messages is not above the documents' cap" if best <= cap
            else "and more messages than the documents' cap are best on average")
    return f"Speed brings less than claimed, {price}, {push}."


def _known(seen: Findings, *names: str) -> bool:
    return all(seen[f"responses.{name}"].value is not None for name in names)


def _speed(seen: Findings) -> str:
    text = (
        f"One second less load time is said to lift conversion by {_n('load_claimed')}; the plan takes "
        f"{_n('load_taken', 'both')}. "
    )
    if _known(seen, "load_leaving"):
        text += (f"The claim holds only if {_n('load_leaving', 'both')} of all visitors leave because of the wait, and "
                 f"repeated over three seconds it would mean {_n('load_three')}. ")
    if _known(seen, "load_possible"):
        text += (f"In the made-up log of another shop, even the return of every visitor who saw one page would bring "
                 f"{_n('load_possible', 'both')}. ")
    over = seen.value("responses.payment_ceiling") < seen.value("responses.payment_claimed")
    text += (
        f"Faster payment is said to bring {_n('payment_claimed')} more orders; by the same document's shares of lost "
        f"payments, {_n('payment_ceiling')} is the most that verification can give back, "
        f"{'so the claim exceeds what is possible there' if over else 'so the claim is possible there'}. The plan "
        f"takes {_n('payment_taken', 'both')}."
    )
    if _known(seen, "dwell_change"):
        text += (
            f" A longer look at the product is told as a gain too; in the log, baskets per view at the longer time "
            f"differ by {_n('dwell_change', 'both')}, and time spent is a sign of interest, not its cause."
        )
    return text


def _time(seen: Findings) -> str:
    return (
        f"Set on the seconds of payment, the claim on transaction time would be worth {_n('second_value', 'both')} of "
        f"contribution a year for each second, if half of it were true. Priced as time, at {_n('hour_assumed')} an "
        f"hour, the same seconds bring {_n('second_as_price')} orders more in ten thousand. For the claim to follow "
        f"from the price response, an hour would have to be worth {_n('hour_implied')} to a buyer: speed matters where "
        f"people give up, not as time saved."
    )


def _messages(seen: Findings) -> str:
    harm = seen.value("responses.message_cap_harms")
    word = "is more likely to help than to harm" if harm < 0.5 else "is more likely to harm than to help"
    return (
        f"The best number of messages a week is {_n('message_best', 'both')} over simulated customers, and "
        f"{_n('message_best_average')} if one number must do. The documents' cap of {_n('message_cap')} {word}: it "
        f"changes orders by {_n('message_at_cap', 'both')} and does harm with a chance of {_n('message_cap_harms')}."
        f" Were all messages on one topic, {_n('message_best_one_topic')} would be best on average."
    )


def _fatigue(seen: Findings) -> str:
    return (
        f"Three answers decide. Fewer than the cap is best (a chance of {_n('message_below')}) where the first message "
        f"adds about {_n('message_gain_below')} of orders, {_n('message_opt_out_below')} opt out a week and "
        f"{_n('message_leave_below')} of them leave for good; more is best (a chance of {_n('message_above')}) where "
        f"it adds {_n('message_gain_above')}, {_n('message_opt_out_above')} opt out and {_n('message_leave_above')} "
        f"leave. A test that holds messages back from some customers for a quarter would measure all three."
    )


def _prices(seen: Findings) -> str:
    weak = seen.value("responses.inelastic") > 0.5
    ground = "measured on list prices" if seen["responses.elasticity"].evidence == "measured" else "assumed"
    text = f"Buyers answer to a price one percent higher by {_n('elasticity', 'both')} percent ({ground}). "
    if weak:
        text += (
            f"An answer weaker than one for one has no best price: with a chance of {_n('inelastic')} dearer is always "
            f"better within what was seen, and the guard of {_n('guard')} is what stops it. A rise by the guard would "
            f"change contribution by {_n('guard_gain', 'both')}, a fall by {_n('guard_loss', 'both')}. The rise would "
            f"lose money only if buyers answered more strongly than {_n('break_even_response', 'both')}, which years "
            f"of dearer prices may bring and months do not show. So: test small rises on single products, never on all."
        )
    else:
        text += (
            f"A rise by the guard of {_n('guard')} would change contribution by {_n('guard_gain', 'both')}, a fall by "
            f"{_n('guard_loss', 'both')}."
        )
    return text


def _price_claims(seen: Findings) -> str:
    text = ""
    if _known(seen, "sales_at_claim"):
        text += (
            f"The claims on dynamic prices do not fit this answer. Prices low enough for the claimed gain in buyers "
            f"change sales in money by {_n('sales_at_claim', 'both')}; "
        ) if seen.value("responses.sales_at_claim") <= 0 else (
            f"Prices low enough for the claimed gain in buyers change sales in money by "
            f"{_n('sales_at_claim', 'both')}; "
        )
    text += (
        f"{'the' if text else 'The'} most that any change up to {_n('price_widest')} adds to sales is "
        f"{_n('sales_most', 'both')}, against {_n('sales_claimed')} claimed. Replayed on {_n('guard_products')} "
        f"products, a rule that mixes cost and a synthetic competitor is held back by the guard in {_n('guard_holds')} "
        f"of proposals; {_n('moves_beyond')} of the shop's real monthly moves were larger than the guard."
    )
    return text


def _incentives(seen: Findings) -> str:
    text = "An incentive is paid to all who use it, also to those who would have bought anyway. "
    parts = []
    for name, what in (("discount", "A timed discount for price-sensitive customers"), ("points", "Points for "
                       "customers with one order"), ("service", "Dedicated service for the high-value group")):
        if _known(seen, f"{name}_net", f"{name}_needed", f"{name}_gain"):
            verb = "does not earn that" if seen.value(f"responses.{name}_pays") < 0.2 else "may earn that" if (
                seen.value(f"responses.{name}_pays") < 0.8) else "is likely to earn that, if it works at all"
            parts.append(
                f"{what}: {_n(f'{name}_needed')} more sales are needed, {_n(f'{name}_gain', 'both')} expected. It "
                f"{verb}, with {_n(f'{name}_net', 'both')} net a year."
            )
    if _known(seen, "service_works_needed"):
        parts.append(f"Service is paid for whether it works or not: it pays on average only if its chance to work at "
                     f"all is above {_n('service_works_needed')}.")
    return text + " ".join(parts) + " A referral reward cannot be sized, because orders do not show who brings others."


def _later(seen: Findings) -> str:
    full = seen.value("responses.best_incentive")
    doses = "no discount" if full == 0 else f"the discount at {_n('best_incentive')}"
    doses += f", need mining at {_n('best_mining')} and service at {_n('best_service')} of their full doses"
    edge = (f"It pays only while fewer than {_n('discount_pays_up_to', 'both')} buy again."
            if _known(seen, "discount_pays_up_to") else "It costs more than it brings even if nobody ever came back.")
    return (
        f"A discount of {_n('discount_depth')} for all brings {_n('discount_lift', 'both')} more orders and needs "
        f"{_n('discount_needed_now', 'both')} to pay at once. {_n('again')} of a year's customers buy again in the "
        f"next; if it drives some of them away, as the documents warn, it needs {_n('discount_needed_later', 'both')}. "
        f"{edge} Of the three levers together, {doses} do best: customer value changes by {_n('best_value', 'both')}, "
        f"against {_n('all_full_value', 'both')} with everything at full dose."
    )


def _service(seen: Findings) -> str:
    pays = (f"It pays from {_n('service_break_even')} enquiries a month" if _known(seen, "service_break_even")
            else "It pays at no volume looked at")
    reached = (f"the claimed {_n('service_claimed')} is reached from {_n('service_claim_from')}"
               if _known(seen, "service_claim_from") else f"the claimed {_n('service_claimed')} is reached nowhere")
    limit = seen.value("responses.service_work")
    over = -seen.value("responses.service_claimed") > limit
    return (
        f"An assistant that settles simple enquiries changes the cost of service by {_n('service_own')} at the "
        f"{_n('service_contacts')} enquiries a month that this shop's orders would bring. {pays}, and {reached}. "
        f"Simple enquiries are short: they hold {_n('service_work')} of people's work, the most that can be saved"
        f"{', less than claimed' if over else ''}. The claim needs a simple enquiry to take at least "
        f"{_n('service_ratio')} as long as another."
    )


def _triggers(seen: Findings) -> str:
    if not _known(seen, "trigger_recent", "trigger_interest", "trigger_both", "trigger_none"):
        return "Too few customers have a trigger to tell whom it finds."
    text = (
        f"Orders show whom two triggers find. Of customers with a recent order and a product they order again and "
        f"again, {_n('trigger_both')} buy in the next month; of those with neither, {_n('trigger_none')}. Each trigger "
        f"adds to the other: recent orders raise the chance by {_n('trigger_recent', 'both')}, interest by "
        f"{_n('trigger_interest', 'both')}. "
    )
    if _known(seen, "history_lift"):
        text += (
            f"A customer's own past products are hit {_n('history_lift', 'both')} more often than best sellers; the "
            f"documents claim {_n('history_claimed')} more clicks. Many of these would have bought them without a word."
        )
    return text


def _axes(seen: Findings) -> str:
    told = [f"{name} from {_n(f'axes_{name}_from')}" if _known(seen, f"axes_{name}_from") else
            f"{name} not even with the largest log looked at" for name in ("persona", "place", "weather")]
    return (
        f"Offers by persona, place and weather were simulated on made-up truths. All three known would lift redemption "
        f"by {_n('axes_weather_gain')}, persona alone by {_n('axes_persona_gain')}. The axes must be learned: in "
        f"redemptions, {told[0]}, {told[1]}, {told[2]}. About {_n('axes_near')} of people would be within the told "
        f"distance of a shop."
    )


def _rules(seen: Findings) -> str:
    return (
        f"The two rules for the screen, suggestions and a simpler page for visitors who seem lost, change conversion "
        f"by {_n('screen_value', 'both')} on simulated sessions; {_n('screen_right')} of the interventions meet a lost "
        f"visitor and {_n('screen_bounced', 'both')} of sessions are driven away. The best thresholds found are "
        f"{_n('screen_seconds')} and {_n('screen_clicks')} dead clicks."
    )


def _unknown(seen: Findings) -> str:
    text = (
        f"What immediate delivery is worth, told as {_n('wtp_claimed')} of an order, is not in the orders. A survey of "
        f"synthetic people finds such a figure back: {_n('wtp_people')} people of a group tell it from half of "
        f"it, and at a fee as large as the mean {_n('wtp_payers')} would pay. Feelings leave no trace either. What "
        f"customers do is seen: {_n('silent', 'both')} of orders are followed by silence"
    )
    if _known(seen, "silent_first"):
        text += f", {_n('silent_first', 'both')} of first orders"
    if _known(seen, "after_return"):
        less = seen.value("responses.after_return") < 0
        text += (f". After an order with a return silence is {'rarer' if less else 'likelier'} "
                 f"({_n('after_return', 'both')}){', which fits that large buyers return more' if less else ''}")
    return text + "."
