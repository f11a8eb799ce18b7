"""Evidence on each scale: its items and how consistently they measure together."""

from cxresearch.measurement.alpha import alpha, alpha_bootstrap, standardised_alpha
from cxresearch.measurement.items import item_statistics, item_statistics_of_counts

__all__ = [
    "alpha",
    "alpha_bootstrap",
    "item_statistics",
    "item_statistics_of_counts",
    "standardised_alpha",
]
