"""What can go wrong, how likely, at what cost."""
