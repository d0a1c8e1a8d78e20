"""How long customers stay and what they are worth."""
