"""What recommendations and campaigns did: off-policy estimates, difference in differences."""
