"""Notebooks and functions in processes that have their imports done."""
