"""What the plan costs and what it returns: budget, levers, cash flows."""
