# Runs scripts that were written for keras3, and saves what each returns.
# Usage: Rscript run.R RESULTS.rds keras3|lrschedules SCRIPT...
# The second argument is the last package to be attached.

arguments <- commandArgs(trailingOnly = TRUE)
library(keras3)
if (arguments[2] == "lrschedules") {
  library(lrschedules)
}
results <- list()
for (script in arguments[-(1:2)]) {
  results[[basename(script)]] <- source(script, local = new.env())$value
}
saveRDS(results, arguments[1])
