# Witnesses of tests/sem that need more than the shared reference values: run in this folder.
suppressMessages({library(lavaan); library(jsonlite)})
employees <- read.csv("data/gen_employees_clean.csv")
employees$ex_04 <- 6 - employees$ex_04; employees$ex_10 <- 6 - employees$ex_10
items <- sprintf("ex_%02d", 1:12)
holed <- employees
# every third respondent lacks ex_02, every fifth ex_07 and ex_08, every seventh ex_11
holed$ex_02[seq(1, nrow(holed), 3)] <- NA; holed[seq(1, nrow(holed), 5), c("ex_07", "ex_08")] <- NA
holed$ex_11[seq(1, nrow(holed), 7)] <- NA
model <- "a =~ ex_01 + ex_02 + ex_03 + ex_04\nb =~ ex_05 + ex_06 + ex_07 + ex_08\nc =~ ex_09 + ex_10 + ex_11 + ex_12"
one <- paste("g =~", paste(items, collapse = " + "))
measures <- c("chisq", "df", "chisq.scaled", "chisq.scaling.factor", "baseline.chisq.scaling.factor", "cfi", "tli",
  "rmsea", "srmr", "cfi.robust", "tli.robust", "rmsea.robust", "rmsea.ci.lower.robust", "rmsea.ci.upper.robust", "logl")
fit_of <- function(f) { m <- fitMeasures(f); as.list(m[intersect(measures, names(m))]) }
standard <- function(f) { s <- standardizedSolution(f); s[s$op %in% c("=~", "~~") & s$lhs != s$rhs,
  c("lhs", "op", "rhs", "est.std", "se", "ci.lower", "ci.upper")] }
raw <- function(f) parameterEstimates(f)[, c("lhs", "op", "rhs", "est", "se")]
describe <- function(f) list(fit = fit_of(f), raw = raw(f), standard = standard(f))
out <- list()
out$ml <- describe(cfa(model, employees)); out$mlr <- describe(mlr <- cfa(model, employees, estimator = "MLR"))
out$fiml <- describe(cfa(model, holed, missing = "fiml"))
out$fiml_mlr <- describe(cfa(model, holed, missing = "fiml", estimator = "MLR"))
out$clustered <- describe(cfa(model, employees, estimator = "MLR", cluster = "unit_id"))
single <- cfa(one, employees, estimator = "MLR"); test <- anova(mlr, single)
out$one_factor_difference <- list(chi2 = test$`Chisq diff`[2], df = test$`Df diff`[2], p = test$`Pr(>Chisq)`[2])
groups <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
  strict = c("loadings", "intercepts", "residuals"))
ladder <- lapply(groups, function(equal) cfa(model, holed, group = "region", group.equal = equal, missing = "fiml",
  estimator = "MLR"))
out$ladder <- lapply(ladder, fit_of)
steps <- lapply(2:4, function(i) { t <- anova(ladder[[i - 1]], ladder[[i]]); list(chi2 = t$`Chisq diff`[2], df = t$`Df diff`[2], p = t$`Pr(>Chisq)`[2]) })
out$ladder_steps <- setNames(steps, names(groups)[-1])
two <- employees[employees$region %in% unique(employees$region)[1:2], ]
scores <- lavTestScore(cfa(model, two, group = "region", group.equal = "loadings", std.lv = TRUE))$uni
out$release <- setNames(scores$X2, items)
panel <- read.csv("data/gen_panel.csv")
panel$ex2[seq(1, nrow(panel), 4)] <- NA; panel$cx3[seq(2, nrow(panel), 5)] <- NA; panel$ex4[seq(3, nrow(panel), 6)] <- NA
reference <- fromJSON("panel_lavaan.json")
holed_panel <- lavaan(reference$riclpm_equal$syntax, panel, meanstructure = TRUE, int.ov.free = TRUE, missing = "fiml")
out$panel_fiml <- describe(holed_panel)
write(toJSON(out, auto_unbox = TRUE, digits = 10, pretty = TRUE), "sem_witness.json")
