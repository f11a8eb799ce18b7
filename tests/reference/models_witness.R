# Witnesses of models for few units, categories and panels: run in this folder.
suppressMessages({library(clubSandwich); library(sandwich); library(ordinal); library(lme4); library(geepack)
  library(MASS); library(jsonlite)})
units <- read.csv("unit_table.csv")
customers <- merge(read.csv("data/gen_customers.csv"), units[, c("unit_id", "EX", "region")], by = "unit_id",
                   suffixes = c("", ".u"))
customers <- customers[order(customers$unit_id), ]
customers$unit <- as.integer(factor(customers$unit_id))
customers$category <- factor(ifelse(customers$nps >= 9, 3, ifelse(customers$nps <= 6, 1, 2)), ordered = TRUE)
out <- list()
cr <- function(fit, cluster, keep, types = c("CR1S", "CR2", "CR3")) {
  tests <- lapply(types, function(type) {
    found <- coef_test(fit, vcov = type, cluster = cluster, test = "Satterthwaite")
    as.list(found[keep, c("SE", "df_Satt", "p_Satt")])
  })
  names(tests) <- types
  c(list(coef = unname(coef(fit)[keep])), lapply(tests, function(x) lapply(x, unname)))
}

fit <- lm(lat ~ EX + region, customers)
out$cr_region <- cr(fit, customers$unit_id, c("(Intercept)", "EX", "region"))
fit <- lm(lat ~ EX + tp_1, customers)
out$cr_rows <- cr(fit, customers$unit_id, c("(Intercept)", "EX", "tp_1"))
few <- customers[customers$unit <= 8, ]
out$cr_eight <- cr(lm(lat ~ EX, few), few$unit_id, c("(Intercept)", "EX"))

panel <- read.csv("data/gen_panel.csv")
long <- do.call(rbind, lapply(1:4, function(t) data.frame(unit = panel$unit_id, period = t,
  ex = panel[[paste0("ex", t)]], cx = panel[[paste0("cx", t)]])))
small <- long[long$unit %in% panel$unit_id[1:30], ]
small <- small[-c(1, 33, 64, 95, 36), ]
fit <- lm(cx ~ ex + factor(period) + factor(unit), small)
out$fixed_effects <- cr(fit, small$unit, "ex", c("CR1S", "CR2"))

fit <- lm(NPS ~ EX, units, weights = n_c)
out$wls <- list(coef = unname(coef(fit)), HC3 = unname(sqrt(diag(vcovHC(fit, "HC3")))))

gee <- function(formula, family) {
  fit <- geeglm(formula, id = unit, data = customers, family = family, corstr = "exchangeable",
                control = geese.control(epsilon = 1e-12, maxit = 200))
  list(coef = unname(coef(fit)), se = unname(summary(fit)$coef[, 2]), alpha = unname(fit$geese$alpha))
}
out$gee_region <- gee(lat ~ EX + region, gaussian)
out$gee_churn_region <- gee(churned ~ EX + region, binomial)

exact <- clmm.control(gradTol = 1e-8)
mixed <- function(formula, points, data = customers) {
  data$unit <- factor(data$unit)
  fit <- clmm(formula, data = data, nAGQ = points, control = exact)
  list(coef = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))), logLik = as.numeric(logLik(fit)),
       sd = as.numeric(attr(VarCorr(fit)$unit, "stddev")))
}
out$clmm_region <- mixed(category ~ EX + region + (1 | unit), 9)
out$clmm_laplace <- mixed(category ~ EX + (1 | unit), 1)
customers$four <- factor(pmin(pmax(customers$csat, 2), 5), ordered = TRUE)
out$clmm_four <- mixed(four ~ EX + (1 | unit), 11)
fit <- polr(category ~ EX + region, customers, Hess = TRUE, control = list(reltol = 1e-14))
out$polr_region <- list(coef = unname(c(fit$zeta, coef(fit))), se = unname(sqrt(diag(vcov(fit)))[c(3, 4, 1, 2)]),
                        logLik = as.numeric(logLik(fit)))

glmm <- function(points) {
  fit <- glmer(churned ~ EX + (1 | unit_id), customers, family = binomial, nAGQ = points,
               control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))
  list(coef = unname(fixef(fit)), se = unname(sqrt(diag(as.matrix(vcov(fit))))), logLik = as.numeric(logLik(fit)),
       sd = as.numeric(attr(VarCorr(fit)$unit_id, "stddev")))
}
out$glmer_laplace <- glmm(1)
out$glmer_agq15 <- glmm(15)
fit <- glm(churned ~ EX, binomial, customers, control = list(epsilon = 1e-14))
out$logit_cluster <- list(coef = unname(coef(fit)), naive = unname(sqrt(diag(vcov(fit)))),
                          CR0 = unname(sqrt(diag(vcovCL(fit, customers$unit_id, type = "HC0", cadjust = FALSE)))),
                          CR1S = unname(sqrt(diag(vcovCL(fit, customers$unit_id, type = "HC1", cadjust = TRUE)))))
write(toJSON(out, auto_unbox = TRUE, digits = 14, pretty = TRUE), "models_witness.json")
