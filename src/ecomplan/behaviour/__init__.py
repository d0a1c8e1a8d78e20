"""How users behave: segments and concentration of revenue."""
