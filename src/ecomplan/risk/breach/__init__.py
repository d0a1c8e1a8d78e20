"""Stage `breach`: how customer data leak, what a leak costs, what each control is worth."""
