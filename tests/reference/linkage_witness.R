# Witnesses of the linkage tests that need more than the shared reference values: run in this folder.
suppressMessages({library(lme4); library(sandwich); library(jsonlite)})
units <- read.csv("unit_table.csv")
customers <- merge(read.csv("data/gen_customers.csv"), units[, c("unit_id", "EX", "region")], by = "unit_id",
                   suffixes = c("", ".u"))
panel <- read.csv("data/gen_panel.csv")
named <- function(fit, V, columns) list(coef = unname(coef(fit)[columns]), se = unname(sqrt(diag(V))[columns]))
out <- list()

fit <- lm(NPS ~ EX + region, units)
out$ols_region <- c(named(fit, vcovHC(fit, "HC3"), c("EX", "region")), ci = list(unname(
  coef(fit)["EX"] + c(-1, 1) * qt(.975, df.residual(fit)) * sqrt(vcovHC(fit, "HC3")["EX", "EX"]))))

mixed <- lmer(lat ~ EX + region + (1 | unit_id), customers, control = lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-12)))
profile <- suppressMessages(confint(mixed, parm = c(".sig01", ".sigma"), quiet = TRUE))
out$mixed_region <- list(coef = unname(fixef(mixed)), se = unname(sqrt(diag(as.matrix(vcov(mixed))))),
  tau2 = as.data.frame(VarCorr(mixed))$vcov[1], sigma2 = sigma(mixed)^2, REMLcrit = as.numeric(REMLcrit(mixed)),
  sd_ci = unname(profile[1, ]), sigma_ci = unname(profile[2, ]))

long <- do.call(rbind, lapply(1:4, function(t) data.frame(unit = panel$unit_id, period = t,
  ex = panel[[paste0("ex", t)]], cx = panel[[paste0("cx", t)]])))
shift <- function(data, by) { moved <- data; moved$period <- moved$period + by; moved }
pairs <- merge(long, shift(long, 1), by = c("unit", "period"), suffixes = c("", ".before"))
ahead <- merge(long, shift(long, -1), by = c("unit", "period"), suffixes = c("", ".after"))
clustered <- function(fit, data) vcovCL(fit, cluster = data$unit, type = "HC1", cadjust = TRUE)
first <- pairs[pairs$period == 2, ]
fit <- lm(cx ~ ex.before + cx.before, first); out$lagged_one <- named(fit, vcovHC(fit, "HC3"), "ex.before")
fit <- lm(cx ~ ex.before + cx.before + factor(period), pairs); out$lagged <- named(fit, clustered(fit, pairs), "ex.before")
fit <- lm(ex ~ cx.before + ex.before + factor(period), pairs); out$reverse <- named(fit, clustered(fit, pairs), "cx.before")
fit <- lm(cx ~ ex.after + ex + factor(period), ahead); out$placebo <- named(fit, clustered(fit, ahead), "ex.after")
centre <- function(x) x - ave(x, long$unit)
dummies <- sapply(2:4, function(t) centre(as.numeric(long$period == t)))
fit <- lm(centre(long$cx) ~ centre(long$ex) + dummies)
V <- vcovCL(fit, cluster = long$unit, type = "HC1", cadjust = TRUE)
out$within <- list(coef = unname(coef(fit)[2]), se = sqrt(V[2, 2]))
fe <- lm(cx ~ ex + factor(period) + factor(unit), long); out$within$dummy_coef <- unname(coef(fe)["ex"])
write(toJSON(out, auto_unbox = TRUE, digits = 14, pretty = TRUE), "linkage_witness.json")
