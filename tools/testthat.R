# Runs testthat files on the installed package.
# Usage: Rscript tools/testthat.R FOLDER [FILTER]
# The environment variable RESULTS names a file, which gets one line per test for tools/test.
# RESULTS.cpu gets the CPU time of each file, without processes that its tests start.
# With CI=true a new snapshot fails; otherwise it is written into FOLDER.

args <- commandArgs(trailingOnly = TRUE)
Sys.setenv(TESTTHAT_MAX_FAILS = "Inf")

results <- testthat::test_dir(
  args[1],
  filter = if (length(args) > 1) args[2],
  package = "lrschedules",
  load_package = "installed",
  # The output goes to a log: one line for each file, no spinner.
  reporter = testthat::ProgressReporter$new(show_praise = FALSE, update_interval = Inf),
  stop_on_failure = FALSE
)

# testthat 3.1 only warns of a new snapshot, even in CI.
new_snapshot <- function(x) {
  inherits(x, "expectation_warning") && grepl("^Adding new (file )?snapshot", conditionMessage(x))
}
fails <- function(x) {
  inherits(x, c("expectation_failure", "expectation_error")) ||
    (identical(Sys.getenv("CI"), "true") && new_snapshot(x))
}
skips <- function(x) inherits(x, "expectation_skip")

line_of <- function(test) {
  skip <- Filter(skips, test$results)
  outcome <- if (any(vapply(test$results, fails, NA))) {
    "failed"
  } else if (length(skip)) {
    "skipped"
  } else {
    "passed"
  }
  reason <- if (outcome == "skipped") sub("^Reason: ", "", conditionMessage(skip[[1]])) else ""
  fields <- c(outcome, paste0(test$file, ": ", test$test), reason)
  paste(gsub("\\s+", " ", fields), collapse = "\t")
}
lines <- vapply(results, line_of, "")
if (nzchar(Sys.getenv("RESULTS"))) {
  writeLines(lines, Sys.getenv("RESULTS"))
  cpu <- vapply(results, function(test) sum(test$user, test$system), 0)
  file <- vapply(results, function(test) test$file, "")
  seconds <- tapply(cpu, file, sum)
  writeLines(sprintf("%.2f\t%s", seconds, names(seconds)), paste0(Sys.getenv("RESULTS"), ".cpu"))
}
failed <- startsWith(lines, "failed")
writeLines(lines[failed])
if (!any(startsWith(lines, "passed"))) {
  cat("no test passed\n")
}
quit(status = any(failed) || !any(startsWith(lines, "passed")))
