"""Stage `allocation`: what to fund, how much and when, under a budget and a limit on risk."""
