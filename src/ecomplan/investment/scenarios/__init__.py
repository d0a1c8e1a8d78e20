"""Stage `scenarios`: many futures of the plan, the chance of each target, and what decides them."""
