"""Stage `response`: what is done when something happens - plans, timers, drills, reviews, staff."""
