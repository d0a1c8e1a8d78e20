"""Further figures held against each other: phases, people, machines, release of money, cuts of cost."""

from __future__ import annotations

from ecomplan.claims import Claims
from ecomplan.investment.budget import ownership, phases, talent
from ecomplan.investment.budget.assumptions import Assumptions
from ecomplan.investment.budget.checks import Check, holds, number
from ecomplan.investment.engine.budget import Budget

MILLION = 1e6
WEEKS_A_MONTH = 365.25 / 12 / 7
TEAMS = ("s3_team_growth_size", "s3_team_conversion_size", "s3_team_value_size")


def cost_checks(claims: Claims, assumed: Assumptions, budget: Budget, person_cost_cny: float) -> list[Check]:
    """Checks of structure, people, scale, release and cuts, in that order."""
    return [
        *_phases(claims), *_nested(claims), *_people(claims, assumed, budget, person_cost_cny),
        *_scale(claims, budget), *_release(claims, budget), _cuts(claims), _yearly_return(claims),
    ]


def _phases(claims: Claims) -> list[Check]:
    found, keys = phases.mixes(claims), (*phases.PHASE_KEYS, *phases.STRUCTURE_KEYS)
    asked = " / ".join(f"{100 * float(share):.0f}" for share in phases.structure(claims))
    told = phases.as_told(found)
    proved = all(item.prices is not None and not item.spread for item in told)
    other = [item for item in found if item.order != phases.PARTS]
    possible = sum(item.spread for item in other)
    balance = phases.balanced_digit(claims)
    beyond = f"; only a lost part of {float(balance):g}, no digit, would do" if balance is not None else ""
    return [
        Check(
            "Phases mix to the structure asked for (S0), parts in the order told", f"{asked} %",
            "no mix that uses the first or last phase" if proved else "a mix exists", holds(not proved),
            phases.proof(claims, found) + beyond, "o04", "s0_invest_share_tech",
            100 * float(phases.structure(claims)[0]), keys,
        ),
        Check(
            "The same with the parts in another order, which S0 leaves open", f"{asked} %",
            f"a mix for {possible} of {len(other)} readings", "holds in part" if 0 < possible < len(other) else
            holds(possible > 0),
            "; ".join(f"x = {item.lost}, {', '.join(item.order)}: "
                      f"{' / '.join(f'{float(100 * weight):.0f} %' for weight in item.weights)}"
                      for item in other if item.spread and item.weights)[:160].rsplit(";", 1)[0] or "none",
            "o03", "s0_phase_evaluation_part2", number(claims, "s0_phase_evaluation_part2"), keys,
        ),
    ]


def _nested(claims: Claims) -> list[Check]:
    parent, rebuild = number(claims, "s0_invest_share_tech"), number(claims, "s0_system_rebuild_budget_share")
    research = number(claims, "s0_algo_rd_budget_share")
    keys = ("s0_invest_share_tech", "s0_system_rebuild_budget_share", "s0_algo_rd_budget_share")
    return [
        Check(
            "Rebuild of the systems fits into technology (S0)", f"{rebuild:g} %", f"at most {parent:g} %",
            holds(rebuild <= parent), f"{parent:g} - {rebuild:g} = {parent - rebuild:g} % left for all else", "c10",
            keys[1], parent, keys[:2],
        ),
        Check(
            "Rebuild and algorithm research fit together (S0)", f"{rebuild + research:g} %", f"at most {parent:g} %",
            holds(rebuild + research <= parent),
            f"{rebuild:g} + {research:g} = {rebuild + research:g} against {parent:g}",
            "c10", keys[2], parent - rebuild, keys,
        ),
    ]


def _people(claims: Claims, assumed: Assumptions, budget: Budget, person_cost_cny: float) -> list[Check]:
    low, high = (sum(claims[key].range[side] for key in TEAMS) for side in (0, 1))
    paid = number(claims, "s3_budget_amount_people") * MILLION
    least, most = (paid / heads / budget.months for heads in (high, low))
    users = number(claims, "s3_budget_amount_marketing") * MILLION / number(claims, "s3_cac_target")
    a_day = number(claims, "s3_daily_new_users_target")
    whole, kept = talent.reading_of_whole(claims), talent.kept_if_relative(claims, assumed)
    return [
        Check(
            "The people line pays the teams (S3)", f"{low:g} to {high:g} people",
            f"{least:,.0f} to {most:,.0f} CNY a head and month".replace(",", " "),
            holds(most >= person_cost_cny / 12),
            f"{paid / MILLION:g} m / {high:g} / {budget.months} = {least:.0f}; a person costs "
            f"{person_cost_cny / 12:.0f} (assumed)", "o10", "s3_budget_amount_people",
            low * person_cost_cny * budget.months / 12 / MILLION, (*TEAMS, "s3_budget_amount_people"),
        ),
        Check(
            "The marketing line pays the new users (S3)", f"{a_day:g} a day",
            f"{users:,.0f} in all".replace(",", " "), holds(users >= a_day * 365),
            f"{number(claims, 's3_budget_amount_marketing'):g} m / {number(claims, 's3_cac_target'):g} = {users:.0f}, "
            f"which is {users / a_day:.1f} days of the target", "o09", "s3_budget_amount_marketing",
            a_day * 365 * number(claims, "s3_cac_target") / MILLION,
            ("s3_daily_new_users_target", "s3_cac_target", "s3_budget_amount_marketing"),
        ),
        Check(
            "Training cuts the whole cost of a specialist (S0)",
            f"{number(claims, talent.TRAINING):g} %", f"pay of {whole:.2f} times the trade's mean", holds(whole >= 1),
            f"(1 - {-claims[talent.TRAINING].share:g}) x {claims[talent.SCARCE].range[0]:g} = {whole:.2f}: scarce "
            f"people below average pay; as a cut of the first cost alone it can hold", "own", talent.TRAINING,
            100 * (1 / claims[talent.SCARCE].range[0] - 1), (talent.TRAINING, talent.SCARCE),
        ),
        Check(
            "So many more of the trained stay (S0)", f"+{number(claims, talent.RETENTION):g} %",
            f"{100 * kept:.0f} % stay", holds(kept <= 1),
            f"{100 * (1 - assumed['attrition'].likely):.0f} % (assumed) x {1 + claims[talent.RETENTION].share:g} = "
            f"{100 * kept:.0f} %; as so many fewer leavers it can hold", "own", talent.RETENTION,
            100 * (1 / (1 - assumed["attrition"].likely) - 1), (talent.RETENTION,),
        ),
    ]


def _scale(claims: Claims, budget: Budget) -> list[Check]:
    platform, total = number(claims, "s1_data_platform_cost"), budget.total_high_cny / MILLION
    each, count = number(claims, "s1_ai_server_unit_cost"), number(claims, "s1_ai_server_count")
    people = budget.shares["people"] * budget.total_mid_cny
    expert = talent.expert_years(claims, people, budget.months)
    return [
        Check(
            "One company can buy S1's data platform from S3's budget", f"{platform:g} m CNY", f"{total:g} m CNY",
            holds(platform <= total), f"{platform:g} / {total:g} = {platform / total:.1f} whole plans", "c06",
            "s1_data_platform_cost", total, ("s1_data_platform_cost", "s3_total_budget"),
        ),
        Check(
            "S1's top expert fits into S3's people line", f"{number(claims, talent.EXPERT):g} m CNY a year",
            f"{expert:.1f} times that line's year", holds(expert <= 1),
            f"{number(claims, talent.EXPERT):g} m against {people / MILLION:.2f} "
            f"m for {budget.months} months", "c06", talent.EXPERT, number(claims, talent.EXPERT) / expert,
            (talent.EXPERT, "s3_total_budget", "s3_budget_share_people"),
        ),
        Check(
            "Cost of the AI servers (S1): each or all", f"{each:g} m CNY", f"{each:g} to {each * count:g} m CNY",
            "holds" if count == 1 else "holds in part",
            f"all: {each:g}; each: {count:g} x {each:g} = {each * count:g}", "o34",
            "s1_ai_server_unit_cost", each, ("s1_ai_server_unit_cost", "s1_ai_server_count"),
        ),
    ]


def _release(claims: Claims, budget: Budget) -> list[Check]:
    seen, pilot = round(number(claims, "s3_milestone_5")), round(number(claims, "s3_milestone_2"))
    early = budget.tranche_ends["early"]
    spent = 100 * float(budget.profile()[:seen].sum())
    week, month = (claims[f"s1_fund_audit_interval_v{k}"].range[0] for k in (1, 2))
    floor, case = number(claims, "s1_fund_efficiency_min"), number(claims, "s3_fund_efficiency_case")
    return [
        Check(
            "Results are there when the second tranche is due (S3)", f"month {early}",
            f"{max(early - pilot, 0)} months of pilot", holds(early > pilot),
            f"the pilot starts in month {pilot}, the tranche ends in month {early}: nothing has been seen", "own",
            "s3_milestone_2", pilot, ("s3_milestone_2", "s3_tranche_early"),
        ),
        Check(
            "Most money is left when effects show (S3)", f"month {seen}", f"{100 - spent:.0f} % left",
            holds(spent <= 50), f"by month {seen} the tranches have spent {spent:.0f} %", "own", "s3_milestone_5",
            next(m for m in range(1, budget.months + 1) if budget.profile()[:m].sum() >= 0.5 - 1e-9),
            ("s3_milestone_5", *(f"s3_tranche_{name}" for name in budget.tranches)),
        ),
        Check(
            "The case with tranches reaches the floor for tied spending", f"at least {floor:g} %", f"{case:g} %",
            holds(case >= floor), f"{case:g} is above {floor:g}; neither document defines it", "own",
            "s3_fund_efficiency_case", floor, ("s1_fund_efficiency_min", "s3_fund_efficiency_case"),
        ),
        Check(
            "One interval between audits (S1)", f"{week:g} week", f"{month:g} month",
            holds(abs(week - month * WEEKS_A_MONTH) < 0.5),
            f"{month:g} month is {month * WEEKS_A_MONTH:.1f} weeks, for the same audit in 4.4 and 6.4", "o24",
            "s1_fund_audit_interval_v1", month * WEEKS_A_MONTH,
            ("s1_fund_audit_interval_v1", "s1_fund_audit_interval_v2"),
        ),
    ]


def _cuts(claims: Claims) -> Check:
    cuts = [-claims[ownership.CLAIMS[name]].value for name in ownership.OPTIONS]  # type: ignore[operator]
    total = sum(cuts)
    return Check(
        "Leasing, open source and outsourcing cut one total (S1)", " + ".join(f"{cut:g}" for cut in cuts) + " %",
        f"{total:g} %", holds(total < 100),
        f"they change different parts, which add up to 100 %: cuts of the whole would need {total:g} %; each can hold "
        f"of its own part only", "own", ownership.CLAIMS["open"], -(100 - cuts[0]), tuple(ownership.CLAIMS.values()),
    )


def _yearly_return(claims: Claims) -> Check:
    yearly, praised = number(claims, "s1_annualised_return"), number(claims, "s1_payback_named_case")
    months = 1200 / yearly
    return Check(
        "A yearly return agrees with the payback praised (S1)", f"{praised:g} months", f"{months:.0f} months",
        holds(abs(months - praised) < 1), f"100 / {yearly:g} x 12 = {months:.0f}", "o13", "s1_annualised_return",
        1200 / praised, ("s1_annualised_return", "s1_payback_named_case"),
    )
