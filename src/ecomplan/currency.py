"""How an amount of money names its currency."""

#: signs that stand before an amount; other currencies are written out by their code
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩"}


def sign(currency: str) -> str:
    """A currency's sign before an amount, else its ISO code and a narrow space."""
    return SIGNS.get(currency, f"{currency}\u202f")
