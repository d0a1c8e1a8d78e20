"""The stages of the line in reading order, each with its notebook."""

NOTEBOOKS = {
    "prepare": "10_prepare", "segments": "20_segments", "lifetime": "21_lifetime", "baskets": "22_baskets",
    "journey": "23_journey", "attribution": "24_attribution", "experiments": "25_experiments",
    "campaigns": "26_campaigns", "intention": "27_intention", "panels": "29_panels", "forecast": "30_forecast",
    "drivers": "31_drivers", "demand": "32_demand", "market": "33_market", "dynamics": "40_dynamics",
    "responses": "41_responses", "budget": "42_budget", "returns": "43_returns", "allocation": "44_allocation",
    "scenarios": "45_scenarios", "cases": "46_cases", "breach": "50_breach", "supply": "51_supply",
    "risks": "52_risks", "losses": "53_losses", "bias": "54_bias", "conduct": "55_conduct",
    "monitoring": "56_monitoring", "watch": "57_watch", "response": "58_response", "report": "90_report",
}
