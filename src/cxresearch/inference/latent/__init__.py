"""Models of what units and people truly score: two samples a unit, factors and paths on two levels."""
