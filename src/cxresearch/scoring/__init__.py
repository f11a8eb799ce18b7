"""From answers to scores: scale scores and customer metrics with their intervals."""

from cxresearch.scoring.difference import detectable_difference, difference
from cxresearch.scoring.distribution import share_at, skewness, tally
from cxresearch.scoring.metrics import METRICS, Metric, metric_estimate, metric_results, sample_interval
from cxresearch.scoring.scales import ScaleScores, reverse, scale_scores
from cxresearch.scoring.weighted import effective_n, weighted_mean

__all__ = [
    "METRICS",
    "Metric",
    "ScaleScores",
    "detectable_difference",
    "difference",
    "effective_n",
    "metric_estimate",
    "metric_results",
    "reverse",
    "sample_interval",
    "scale_scores",
    "share_at",
    "skewness",
    "tally",
    "weighted_mean",
]
