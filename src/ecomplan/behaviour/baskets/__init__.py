"""What is in a basket: value, price response, pairs, returns."""
