# Runs testthat files on the installed package.
# Usage: Rscript tools/testthat.R FOLDER [COUNTS SKIPPED]
# COUNTS is a file for "passed failed skipped", in tests; SKIPPED one for their names and reasons.
# With CI=true a new snapshot fails; without, it is written into FOLDER.

args <- commandArgs(trailingOnly = TRUE)
Sys.setenv(TESTTHAT_MAX_FAILS = "Inf")

results <- testthat::test_dir(
  args[1],
  package = "lrschedules",
  load_package = "installed",
  # One line for each file, no spinner: this goes to a log.
  reporter = testthat::ProgressReporter$new(show_praise = FALSE, update_interval = Inf),
  stop_on_failure = FALSE
)

# testthat 3.1 only warns of a new snapshot, in CI too.
new_snapshot <- function(x) {
  inherits(x, "expectation_warning") && grepl("^Adding new (file )?snapshot", conditionMessage(x))
}
fails <- function(x) {
  inherits(x, c("expectation_failure", "expectation_error")) ||
    identical(Sys.getenv("CI"), "true") && new_snapshot(x)
}
skips <- function(x) inherits(x, "expectation_skip")
any_of <- function(is) vapply(results, function(test) any(vapply(test$results, is, NA)), NA)

failed <- any_of(fails)
skipped <- any_of(skips) & !failed
passed <- !failed & !skipped

if (length(args) > 2) {
  reason <- function(test) {
    message <- conditionMessage(Filter(skips, test$results)[[1]])
    sub("^Reason: ", "", gsub("\\s+", " ", message))
  }
  writeLines(paste(sum(passed), sum(failed), sum(skipped)), args[2])
  writeLines(
    vapply(
      results[skipped],
      function(test) paste0(test$file, ": ", test$test, ": ", reason(test)),
      ""
    ),
    args[3]
  )
}
for (test in results[failed]) {
  cat("failed: ", test$file, ": ", test$test, "\n", sep = "")
}
if (!any(passed)) {
  cat("no test passed\n")
}
quit(status = any(failed) || !any(passed))
