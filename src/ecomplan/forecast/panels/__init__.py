"""What other series teach a short history: how errors grow, what carries over."""
