# The package works without testthat.
if (requireNamespace("testthat", quietly = TRUE)) {
  library(testthat)
  library(lrschedules)
  test_check("lrschedules")
}
