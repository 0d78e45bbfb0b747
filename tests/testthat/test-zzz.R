test_that("a message says that keras3 masks six functions, until this package is detached", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  program <- '
    message_of <- function(expr) {
      said <- character()
      withCallingHandlers(expr, packageStartupMessage = function(cnd) {
        said <<- c(said, conditionMessage(cnd))
        invokeRestart("muffleMessage")
      })
      grep("lrschedules", said, value = TRUE)
    }
    library(lrschedules)
    first <- message_of(library(keras3, warn.conflicts = FALSE))
    cat(length(first), first)
    detach("package:keras3")
    ours <- intersect(getNamespaceExports("lrschedules"), getNamespaceExports("keras3"))
    cat(length(message_of(library(keras3, warn.conflicts = FALSE, exclude = ours))), "")
    detach("package:keras3")
    detach("package:lrschedules")
    cat(length(message_of(library(keras3, warn.conflicts = FALSE))), "\n")
    suppressPackageStartupMessages(library(lrschedules))
    cat(environmentName(environment(learning_rate_schedule_cosine_decay)), "\n")
  '
  expect_snapshot_output(writeLines(run_r(program)))
})
