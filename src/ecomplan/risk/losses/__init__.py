"""Stage `losses`: what a year can cost, which risks make the tail, which controls pay."""
