"""Many defensible analyses at once, and prediction of units that were not seen."""
