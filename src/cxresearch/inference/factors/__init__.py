"""Factor models of items and the draws of their covariances: one factor, correlated factors, minres, polychoric."""
