# Random slopes and nested intercepts by lme4 with an optimiser that goes on to the end.
# Rscript mixed_witness.R FOLDER-OF-DATA > mixed_witness.json ; bh1996 and sleepstudy are in R's multilevel and lme4.
suppressMessages({library(lme4); library(lmerTest); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e6), check.conv.singular = "ignore")
told <- function(m) {
  s <- summary(m)$coef; v <- as.data.frame(VarCorr(m))
  list(coef = as.numeric(s[, 1]), se = as.numeric(s[, 2]), df = as.numeric(s[, 3]), vcov = v$vcov,
       REMLcrit = as.numeric(REMLcrit(m)), singular = isSingular(m), theta = as.numeric(getME(m, "theta")))
}
long <- function(file) {
  d <- read.csv(file.path(folder, file))
  d <- data.frame(unit = rep(d$unit_id, 4), period = rep(1:4, each = nrow(d)),
                  ex = unlist(d[paste0("ex", 1:4)]), cx = unlist(d[paste0("cx", 1:4)]))
  d$mean <- ave(d$ex, d$unit); d$within <- d$ex - d$mean; d
}
o <- list()
p <- long("gen_panel.csv")
o$panel_raw <- told(lmer(cx ~ ex + (ex | unit), p, control = tight))
o$panel_slopes <- told(lmer(cx ~ within + mean + factor(period) + (within | unit), p, control = tight))
o$panel_within_between <- told(lmer(cx ~ within + mean + factor(period) + (1 | unit), p, control = tight))
m <- lmer(cx ~ ex + (ex | unit), p, control = tight)
o$panel_effects <- as.numeric(as.matrix(ranef(m)$unit)[1:5, ]); o$panel_first <- rownames(ranef(m)$unit)[1:5]
z <- read.csv(file.path(folder, "gen_nearzero.csv"))
o$nearzero <- lapply(split(z, z$set), function(d) told(lmer(y ~ x + (x | g), d, control = tight)))
e <- read.csv(file.path(folder, "gen_employees_clean.csv"))
e$ex_04 <- 6 - e$ex_04; e$ex_10 <- 6 - e$ex_10
e$ex <- rowMeans(e[, sprintf("ex_%02d", 1:12)]); e$mean <- ave(e$ex, e$unit_id); e$within <- e$ex - e$mean
d <- merge(read.csv(file.path(folder, "gen_customers.csv")), e[, c("employee_id", "ex", "mean", "within")], by = "employee_id")
o$within_between <- told(lmer(lat ~ within + mean + (1 | unit_id) + (1 | employee_id), d, control = tight))
o$contextual <- told(lmer(lat ~ ex + mean + (1 | unit_id) + (1 | employee_id), d, control = tight))
s <- told(lmer(Reaction ~ Days + (Days | Subject), sleepstudy, control = tight))
o$sleepstudy <- s
if (requireNamespace("multilevel", quietly = TRUE)) data(bh1996, package = "multilevel") else
  bh1996 <- read.csv(file.path(folder, "pub_bh1996.csv"))
o$bh1996 <- list(
  rs = told(lmer(WBEING ~ HRS + LEAD + G.HRS + (LEAD | GRP), bh1996, control = tight)),
  cross_level = told(lmer(WBEING ~ HRS + LEAD + G.HRS + LEAD:G.HRS + (LEAD | GRP), bh1996, control = tight)))
write(toJSON(o, auto_unbox = TRUE, digits = 12, pretty = TRUE), stdout())
