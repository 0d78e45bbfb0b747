library(testthat)
library(lrschedules)

test_check("lrschedules")
