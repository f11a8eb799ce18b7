# Witnesses of the latent two-source model, of two-level factors and of contextual effects: run in this folder.
suppressMessages({library(nlme); library(lavaan); library(semTools); library(jsonlite)})
e <- read.csv("data/gen_employees_clean.csv"); e$ex_04 <- 6 - e$ex_04; e$ex_10 <- 6 - e$ex_10
items <- sprintf("ex_%02d", 1:12); e$EX <- rowMeans(e[, items])
cu <- read.csv("data/gen_customers.csv"); out <- list()

control <- lmeControl(opt = "optim", msTol = 1e-12, tolerance = 1e-10, maxIter = 500, msMaxIter = 1000, niterEM = 200)
two_source <- function(e, cu, fixed, method, u = NULL) {
  rows <- rbind(data.frame(unit_id = e$unit_id, src = "EX", y = e$EX, region = e$region),
                data.frame(unit_id = cu$unit_id, src = "CX", y = cu$lat, region = NA))
  regions <- tapply(e0$region, e0$unit_id, function(x) x[1]); rows$region <- as.numeric(regions[rows$unit_id])
  rows$src <- factor(rows$src, levels = c("EX", "CX"))
  fit <- lme(fixed, random = ~ 0 + src | unit_id, weights = varIdent(form = ~ 1 | src), data = rows, method = method,
             control = control)
  G <- getVarCov(fit); s <- fit$sigma * coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  list(rho = G[1, 2] / sqrt(G[1, 1] * G[2, 2]), tau2_ex = G[1, 1], tau2_cx = G[2, 2], sigma2_ex = s[["EX"]]^2,
       sigma2_cx = s[["CX"]]^2, slope = G[1, 2] / G[1, 1], logLik = as.numeric(logLik(fit)))
}
e0 <- e
units <- sort(unique(e$unit_id))
e1 <- e[!e$unit_id %in% units[1:6], ]; cu1 <- cu[!cu$unit_id %in% units[50:60], ]
out$one_source <- list(reml = two_source(e1, cu1, y ~ 0 + src, "REML"), ml = two_source(e1, cu1, y ~ 0 + src, "ML"))
out$region <- list(reml = two_source(e, cu, y ~ 0 + src + src:region, "REML"), ml = two_source(e, cu, y ~ 0 + src + src:region, "ML"))

scales <- list(S1 = items[1:4], S2 = items[5:8], S3 = items[9:12])
factors <- function(names) {
  model <- paste0("level: 1\n fw =~ ", paste(names, collapse = "+"), "\nlevel: 2\n fb =~ ", paste(names, collapse = "+"))
  fit <- cfa(model, e, cluster = "unit_id", std.lv = TRUE, optim.force.converged = FALSE, em.h1.iter.max = 20000L,
             em.h1.tol = 1e-12)
  est <- parameterEstimates(fit); wanted <- est$op %in% c("=~", "~~") & est$lhs != "fw" & est$lhs != "fb" | est$op == "=~"
  model <- function(obs) unlist(compRelSEM(fit, obs.var = obs))
  list(logLik = as.numeric(logLik(fit)), unrestricted = fitMeasures(fit, "unrestricted.logl")[[1]],
       chi2 = fitMeasures(fit, "chisq")[[1]], df = fitMeasures(fit, "df")[[1]],
       loadings_within = est$est[est$op == "=~" & est$level == 1], loadings_between = est$est[est$op == "=~" & est$level == 2],
       se_within = est$se[est$op == "=~" & est$level == 1], se_between = est$se[est$op == "=~" & est$level == 2],
       residuals_within = est$est[est$op == "~~" & est$level == 1 & est$lhs %in% names],
       residuals_between = est$est[est$op == "~~" & est$level == 2 & est$lhs %in% names],
       omega_model = unname(model(FALSE)), omega_observed = unname(model(TRUE)))
}
out$factors <- lapply(scales, factors)

e$x <- rowMeans(e[, scales$S1]); e$y <- rowMeans(e[, scales$S2])
fit <- sem("level: 1\n y ~ w*x\nlevel: 2\n y ~ b*x\n context := b - w", e, cluster = "unit_id", fixed.x = FALSE)
est <- parameterEstimates(fit); pick <- function(label) list(est = est$est[est$label == label], se = est$se[est$label == label])
out$path <- list(within = pick("w"), between = pick("b"), contextual = pick("context"), logLik = as.numeric(logLik(fit)))
write(toJSON(out, auto_unbox = TRUE, digits = 12, pretty = TRUE), "latent_witness.json")
