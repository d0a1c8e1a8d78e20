"""Which channels earn the credit for a conversion."""
