"""The stages of the line in reading order, each with its notebook."""

NOTEBOOKS = {
    "prepare": "10_prepare", "segments": "20_segments", "lifetime": "21_lifetime", "baskets": "22_baskets",
    "journey": "23_journey", "attribution": "24_attribution", "experiments": "25_experiments", "campaigns":
    "26_campaigns", "intention": "27_intention", "panels": "29_panels", "forecast":
    "30_forecast", "drivers": "31_drivers", "demand": "32_demand", "market": "33_market", "dynamics": "40_dynamics",
    "responses": "41_responses", "budget": "42_budget", "returns": "43_returns", "allocation": "44_allocation",
    "scenarios": "45_scenarios", "cases": "46_cases", "losses": "51_losses", "report": "90_report",
}
