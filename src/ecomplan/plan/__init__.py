"""Where the plan stands: the ledger of claims."""
