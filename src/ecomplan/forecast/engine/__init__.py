"""Forecasts of any number of series: calendar, members, combination, intervals, accuracy."""
