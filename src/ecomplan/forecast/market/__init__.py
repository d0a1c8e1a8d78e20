"""The market around the platform: size, channels, regions, acquisition cost, growth of users."""
