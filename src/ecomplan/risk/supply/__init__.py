"""Stage `supply`: goods, parcels, payments, machines and platforms that fail, on the forecast's demand."""
