"""The migrations of a released image, as Django's own loader sees them there."""
