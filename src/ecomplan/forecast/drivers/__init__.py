"""What moves sales: shares of season, diffusion, promotion and macro, refreshed month by month."""
