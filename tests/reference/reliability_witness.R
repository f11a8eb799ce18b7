# One-factor models of each scale, and three correlated factors with errors clustered by unit (lavaan 0.6-14).
# Run in this folder: Rscript reliability_witness.R
suppressMessages({library(lavaan); library(semTools); library(jsonlite)})
e <- read.csv("data/gen_employees_clean.csv")
e$ex_04 <- 6 - e$ex_04
e$ex_10 <- 6 - e$ex_10
one <- list()
for (s in 0:2) {
  it <- sprintf("ex_%02d", 4 * s + 1:4)
  model <- paste0("f =~ ", paste0(letters[1:4], "*", it, collapse = " + "), "\n",
    paste0(it, " ~~ t", 1:4, "*", it, collapse = "\n"),
    "\nomega := (a+b+c+d)^2 / ((a+b+c+d)^2 + t1+t2+t3+t4)",
    "\nave := (a^2/(a^2+t1) + b^2/(b^2+t2) + c^2/(c^2+t3) + d^2/(d^2+t4)) / 4",
    "\nave_weighted := (a^2+b^2+c^2+d^2) / (a^2+b^2+c^2+d^2 + t1+t2+t3+t4)")
  f <- cfa(model, e, std.lv = TRUE)
  p <- parameterEstimates(f)
  d <- p[p$op == ":=", ]
  one[[paste0("S", s + 1)]] <- list(chisq = unname(fitMeasures(f, "chisq")), loadings = p$est[p$op == "=~"],
    unique = p$est[p$op == "~~" & p$lhs != "f"], omega_observed = unname(unclass(compRelSEM(f))[1]),
    est = as.list(setNames(d$est, d$lhs)), se = as.list(setNames(d$se, d$lhs)))
}
model <- "S1 =~ a1*ex_01 + a2*ex_02 + a3*ex_03 + a4*ex_04\nS2 =~ ex_05 + ex_06 + ex_07 + ex_08\nS3 =~ ex_09 + ex_10 + ex_11 + ex_12
ex_01 ~~ t1*ex_01\nex_02 ~~ t2*ex_02\nex_03 ~~ t3*ex_03\nex_04 ~~ t4*ex_04
cr := (a1+a2+a3+a4)^2 / ((a1+a2+a3+a4)^2 + t1+t2+t3+t4)"
joint <- list()
for (kind in c("normal", "clustered")) {
  f <- if (kind == "normal") cfa(model, e, std.lv = TRUE) else cfa(model, e, std.lv = TRUE, cluster = "unit_id", information = "expected")
  p <- parameterEstimates(f)
  q <- p[(p$op == "~~" & p$lhs != p$rhs) | p$op == ":=", ]
  joint[[kind]] <- list(chisq = unname(fitMeasures(f, "chisq")), est = as.list(setNames(q$est, paste0(q$lhs, q$rhs))),
    se = as.list(setNames(q$se, paste0(q$lhs, q$rhs))))
}
write(toJSON(list(one_factor = one, joint = joint), auto_unbox = TRUE, digits = 12, pretty = TRUE), "reliability_witness.json")
