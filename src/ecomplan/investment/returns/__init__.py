"""Stage `returns`: what the plan as written costs, what it brings, lever by lever and month by month."""
