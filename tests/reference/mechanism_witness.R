# Witnesses of mediation, moderation, bends and starting points with robust errors: run in this folder.
suppressMessages({library(sandwich); library(jsonlite); library(mgcv)})
units <- read.csv("unit_table.csv"); units$TP <- rowMeans(units[, paste0("tp_", 1:6)])
customers <- read.csv("data/gen_customers.csv")
panel <- read.csv("data/gen_panel.csv")
named <- function(fit, V, columns) list(coef = unname(coef(fit)[columns]), se = unname(sqrt(diag(V))[columns]),
                                        df = df.residual(fit))
hc3 <- function(fit, columns) named(fit, vcovHC(fit, "HC3"), columns)
out <- list()

out$path_a <- hc3(lm(TP ~ EX + region, units), "EX")
out$path_b <- hc3(lm(NPS ~ TP + EX + region, units), c("TP", "EX"))
out$path_total <- hc3(lm(NPS ~ EX + region, units), "EX")
out$interaction <- hc3(lm(NPS ~ EX * region, units), "EX:region")
slopes <- lm(NPS ~ EX * region, units); V <- vcovHC(slopes, "HC3")
out$simple <- lapply(c(0, 3), function(w) c(coef(slopes)[["EX"]] + w * coef(slopes)[["EX:region"]],
  sqrt(V["EX", "EX"] + 2 * w * V["EX", "EX:region"] + w^2 * V["EX:region", "EX:region"])))
out$quadratic <- hc3(lm(NPS ~ EX + I(EX^2), units), "I(EX^2)")
at <- 3.4
parted <- transform(units, low = ifelse(EX <= at, EX - at, 0), high = ifelse(EX > at, EX - at, 0), above = as.numeric(EX > at))
out$two_lines <- c(list(at = at), hc3(lm(NPS ~ low + high + above, parted), c("low", "high")))
knot <- median(units$EX)
out$spline <- c(list(knot = knot), hc3(lm(NPS ~ EX + pmax(EX - knot, 0), units), c("EX", "pmax(EX - knot, 0)")))

one <- lm(cx2 ~ cx1 + ex1, panel); out$baseline <- hc3(one, "cx1")

# cluster-robust covariance of two stacked equations, by brute force over the estimating functions
x <- merge(customers, units[, c("unit_id", "EX")], by = "unit_id"); x <- x[order(x$customer_id), ]
x$TP <- rowMeans(x[, paste0("tp_", 1:6)])
first <- lm(TP ~ EX, x); second <- lm(lat ~ TP + EX, x); g <- x$unit_id; J <- length(unique(g)); n <- nrow(x)
part <- function(fit) { X <- model.matrix(fit); s <- rowsum(X * resid(fit), g)
  sqrt(J / (J - 1) * (n - 1) / (n - ncol(X))) * s %*% solve(crossprod(X)) }
A <- part(first); B <- part(second)
out$stacked <- list(a = coef(first)[["EX"]], b = coef(second)[["TP"]], var_a = sum(A[, "EX"]^2), var_b = sum(B[, "TP"]^2),
                    cov_ab = sum(A[, "EX"] * B[, "TP"]))

# Simonsohn's break by his own recipe, with mgcv's smooth, on data with a known turn at 0
turned <- read.csv("data/gen_turned.csv"); y <- turned$y; v <- turned$x
smooth <- gam(y ~ s(v, bs = "cr")); fit <- predict(smooth, se.fit = TRUE)
inner <- v > quantile(v, .1) & v < quantile(v, .9); top <- max(fit$fit[inner]); chosen <- which(inner & fit$fit == top)[1]
flat <- v[inner & fit$fit >= top - fit$se.fit[chosen]]
lines <- function(at) lm(y ~ ifelse(v <= at, v - at, 0) + ifelse(v > at, v - at, 0) + as.numeric(v > at))
middle <- lines(median(flat)); t <- abs(coef(middle)[2:3] / sqrt(diag(vcovHC(middle, "HC3")))[2:3])
at <- unname(quantile(flat, t[2] / sum(t)))
out$robin_hood <- list(at = at, flat = range(flat), edf = sum(smooth$edf), se = range(fit$se.fit), fitted = range(fit$fit))
write(toJSON(out, auto_unbox = TRUE, digits = 14, pretty = TRUE), "mechanism_witness.json")
