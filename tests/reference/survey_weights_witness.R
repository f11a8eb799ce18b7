# Survey-weighted means, post-stratification and raking by R's survey package, on our own generated employees.
# Rscript tests/reference/survey_weights_witness.R, from the root of the repository.
suppressMessages({library(survey); library(jsonlite)})
e <- read.csv("tests/reference/data/gen_employees_clean.csv")
e$y <- rowMeans(e[, sprintf("ex_%02d", 1:12)])
e$w <- 1 + (e$tenure %% 4) / 2
e$long <- ifelse(e$tenure >= 8, "long", "short")
e$area <- paste0("r", e$region)
e$units <- ave(seq_along(e$unit_id), e$area, FUN = function(i) length(unique(e$unit_id[i]))) * 3
whole <- svydesign(ids = ~unit_id, weights = ~w, data = e)
strat <- svydesign(ids = ~unit_id, strata = ~area, weights = ~w, fpc = ~units, data = e)
known <- data.frame(long = c("long", "short"), Freq = c(900, 1100))
post <- postStratify(whole, ~long, known)
areas <- data.frame(area = sort(unique(e$area)), Freq = 2000 * seq_along(unique(e$area)) / sum(seq_along(unique(e$area))))
raked <- rake(whole, list(~long, ~area), list(known, areas), control = list(maxit = 200, epsilon = 1e-12))
one <- function(d) { m <- svymean(~y, d); c(mean = coef(m)[[1]], se = SE(m)[[1]]) }
write(toJSON(list(
  whole = as.list(one(whole)), strat = as.list(one(strat)), post = as.list(one(post)), raked = as.list(one(raked)),
  areas = setNames(as.list(areas$Freq), areas$area), raked_weights = head(weights(raked), 20),
  kish = sum(e$w)^2 / sum(e$w^2), n = nrow(e), df = c(degf(whole), degf(strat))
), auto_unbox = TRUE, digits = 12, pretty = TRUE), "tests/reference/survey_weights_witness.json")
