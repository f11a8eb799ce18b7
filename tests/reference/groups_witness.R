# Conditional modes of units and their variances by lme4, for units of very different sizes.
# Rscript groups_witness.R FOLDER-OF-DATA > groups_shrunken.json
suppressMessages({library(lme4); library(jsonlite)})
rows <- read.csv(file.path(commandArgs(TRUE)[1], "gen_customers.csv"))
rows <- rows[!is.na(rows$ces), c("unit_id", "ces")]
units <- sort(unique(rows$unit_id))
rows <- do.call(rbind, lapply(seq_along(units), function(i) head(rows[rows$unit_id == units[i], ], 2 + (7 * i) %% 11)))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e6), check.conv.singular = "ignore")
fit <- lmer(ces ~ 1 + (1 | unit_id), data = rows, control = tight)
modes <- ranef(fit, condVar = TRUE)$unit_id
parts <- as.data.frame(VarCorr(fit))$vcov
cat(toJSON(list(
  unit = rownames(modes), predicted = fixef(fit)[[1]] + modes[[1]], variance = as.numeric(attr(modes, "postVar")),
  centre = fixef(fit)[[1]], centre_variance = as.numeric(vcov(fit)[1, 1]), tau2 = parts[1], sigma2 = parts[2]
), digits = 12, auto_unbox = TRUE))
