"""What computations cost beside their peers, measured in one run; agreement of the results is asserted."""
