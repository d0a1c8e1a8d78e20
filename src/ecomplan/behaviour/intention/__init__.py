"""From intention to purchase, less what is regretted."""
