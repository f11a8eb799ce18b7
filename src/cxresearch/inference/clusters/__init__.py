"""Regression of rows in units: robust errors, bootstraps, marginal models, fixed effects."""
