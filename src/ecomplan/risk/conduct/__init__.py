"""Stage `conduct`: are like customers treated alike - prices, promotions, reviews, messages, rules."""
