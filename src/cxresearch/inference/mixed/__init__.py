"""Random intercepts and slopes, and nested random intercepts, by REML from moments of units."""
