"""Stage `dynamics`: traffic, retention and referral as stocks and flows with delays."""
