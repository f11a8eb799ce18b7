"""What a notebook shows of the analyses beside the main results."""

from __future__ import annotations

from dataclasses import dataclass

from cxresearch.exhibits.common_method import common_method
from cxresearch.exhibits.comparisons import comparisons
from cxresearch.exhibits.cross_lagged import cross_lagged
from cxresearch.exhibits.decisions import decisions
from cxresearch.exhibits.dimensions import dimensions
from cxresearch.exhibits.drivers import drivers
from cxresearch.exhibits.estimators import estimators
from cxresearch.exhibits.honesty import honesty
from cxresearch.exhibits.latent import latent
from cxresearch.exhibits.mechanism import mechanism
from cxresearch.exhibits.mixed import mixed
from cxresearch.exhibits.nonresponse import nonresponse
from cxresearch.exhibits.planning import planning
from cxresearch.exhibits.reliability import reliability
from cxresearch.exhibits.screening import screening
from cxresearch.exhibits.specifications import specifications
from cxresearch.exhibits.synthesis import synthesis
from cxresearch.workflow.shown import Opened, Shown


@dataclass(frozen=True)
class Examined(Opened):
    """One method per analysis beside the main results."""

    def screening(self) -> Shown:
        """Careless answers: how many each index flags, and the main result without them."""
        return self._shown(screening(self.findings), "screening", *self._parts("screening"))

    def nonresponse(self) -> Shown:
        """Whether those who did not answer may differ."""
        return self._shown(nonresponse(self.findings), "nonresponse", "weights")

    def reliability(self) -> Shown:
        """How reliably scales and questionnaires measure, beyond alpha."""
        return self._shown(reliability(self.findings), "scale", "questionnaire", "validity")

    def dimensions(self) -> Shown:
        """Whether items measure the scales they were written for, alike in groups and waves."""
        return self._shown(dimensions(self.findings), "cfa", "invariance")

    def common_method(self) -> Shown:
        """How much answers share by method alone."""
        return self._shown(common_method(self.findings), "common_method", *self._parts("split_sample", "marker"))

    def comparisons(self) -> Shown:
        """Differences between waves and units, and metrics beside each other."""
        return self._shown(comparisons(self.findings), "compare", "mdd", "alternatives")

    def decisions(self) -> Shown:
        """Whether each measure may be aggregated to units."""
        return self._shown(decisions(self.findings), "aggregation")

    def latent(self) -> Shown:
        """The correlation between units that sampling of people does not weaken."""
        parts = ("omega_within", "omega_between", "two_level_fit")
        scales = (f"scale.{measure}.{part}" for measure in self.findings.spec.measures for part in parts)
        return self._shown(latent(self.findings), *self._parts("latent", "contextual"), *scales)

    def mixed(self) -> Shown:
        """Where the variance lies, and whether units differ in their slopes."""
        return self._shown(
            mixed(self.findings), "variance", *self._parts("random_slope", "within_between", "cross_level")
        )

    def estimators(self) -> Shown:
        """The same question by estimators for few clusters, categories and panels."""
        return self._shown(
            estimators(self.findings),
            *self._parts("cr2", "wild", "cluster_bootstrap", "gee", "ordinal", "logit", "glmm", "fixed_effects", "wls"),
        )

    def cross_lagged(self) -> Shown:
        """Panel models of both directions."""
        return self._shown(cross_lagged(self.findings), *self._parts("clpm", "riclpm"))

    def mechanism(self) -> Shown:
        """Through what, for whom and in what form the association holds."""
        return self._shown(
            mechanism(self.findings),
            *self._parts("mediation", "moderation", "johnson_neyman", "quadratic", "two_lines", "spline", "baseline"),
        )

    def drivers(self) -> Shown:
        """Which touchpoints matter most."""
        return self._shown(drivers(self.findings), "driver")

    def specifications(self) -> Shown:
        """The association over all defensible ways of computing it."""
        return self._shown(specifications(self.findings), *self._parts("specifications"))

    def honesty(self) -> Shown:
        """Bayes factor, prediction of new units, robustness against what was not measured."""
        return self._shown(
            honesty(self.findings),
            *self._parts("bayes_factor", "cross_validation", "robustness_value", "leave_one_period_out", "permutation"),
        )

    def synthesis(self) -> Shown:
        """Results of waves or regions combined, and what earlier studies found."""
        return self._shown(synthesis(self.findings), "synthesis", *self._parts("synthesis"))

    def planning(self) -> Shown:
        """How large the next survey should be."""
        return self._shown(planning(self.findings), "plan", *self._parts("plan"))
