"""Peers that are not Python: R, where it is installed."""
