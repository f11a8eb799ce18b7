"""Analyses beside the main results, one module each; `registry.py` lists them."""
