# Witness of the synthesis tests: random-effects meta-analyses by metafor; run in this folder.
suppressMessages({library(metafor); library(jsonlite)})
units <- read.csv("unit_table.csv")
panel <- read.csv("data/gen_panel.csv")
told <- function(fit, knha, dl) {
  predicted <- predict(fit); adjusted <- predict(knha)
  list(est = as.numeric(fit$b), se = fit$se, ci = c(fit$ci.lb, fit$ci.ub), tau2 = fit$tau2, i2 = fit$I2 / 100, q = fit$QE,
    q_p = fit$QEp, pi = c(predicted$pi.lb, predicted$pi.ub), loglik = as.numeric(logLik(fit)), knha_se = knha$se,
    knha_ci = c(knha$ci.lb, knha$ci.ub), knha_pi = c(adjusted$pi.lb, adjusted$pi.ub), dl_tau2 = dl$tau2, dl_est = as.numeric(dl$b),
    dl_se = dl$se, tau2_ci = unname(confint(fit)$random["tau^2", c("ci.lb", "ci.ub")]))
}
all <- function(y, v) {
  control <- list(threshold = 1e-13, maxiter = 10000)
  told(rma(y, v, control = control), rma(y, v, test = "knha", control = control), rma(y, v, method = "DL"))
}
out <- list()

by_region <- lapply(split(units, units$region), function(u) c(r = cor(u$EX, u$csat), n = nrow(u)))
regions <- as.data.frame(do.call(rbind, by_region))
out$regions <- c(list(r = regions$r, n = regions$n), all(atanh(regions$r), 1 / (regions$n - 3)))

# Six companies of the panel's first wave, in blocks whose slopes differ by construction.
ends <- cumsum(c(0, 20, 35, 60, 45, 90, 150)); sizes <- diff(ends)
set <- lapply(1:6, function(k) panel[(ends[k] + 1):ends[k + 1], ])
effect <- sapply(0:5, function(k) atanh(cor(set[[k + 1]]$ex1, set[[k + 1]]$cx1 + (k - 2.5) / 5 * set[[k + 1]]$ex1)))
out$companies <- c(list(z = effect, n = sizes), all(effect, 1 / (sizes - 3)))

# The published correlations of conscientiousness and medication adherence (Molloy et al. 2014), to full convergence.
r <- c(.187, .162, .34, .32, .27, 0, .175, .05, .26, .01, -.09, .37, 0, .15, .24, .04)
n <- c(109, 749, 55, 107, 72, 65, 174, 326, 58, 771, 56, 91, 116, 537, 158, 65)
out$medication <- c(list(r = r, n = n), all(atanh(r), 1 / (n - 3)))

# Three waves of the same units: correlated errors.
V <- 1 / 60 * (diag(3) * .5 + .5); y <- c(.21, .48, .05)
fit <- rma.mv(y, V, random = ~ 1 | wave, data = data.frame(wave = 1:3), control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15))
out$correlated <- list(y = y, variance = 1 / 60, correlation = .5, est = as.numeric(fit$b), se = fit$se, tau2 = fit$sigma2,
  q = fit$QE, loglik = as.numeric(logLik(fit)))
write(toJSON(out, auto_unbox = TRUE, digits = 12, pretty = TRUE), "meta_witness.json")
