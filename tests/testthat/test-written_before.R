# What version 0.1.0 wrote by saveRDS(): the arguments of every function, schedules of every
# kind, and of each what it printed and its rates.
written <- readRDS(test_path("fixtures", "written_by_0.1.0.rds"))

test_that("every function takes the arguments that it took, with their defaults", {
  for (name in names(written$formals)) {
    # As lists: a pairlist that was read differs in what no one sees.
    now <- as.list(formals(getExportedValue("lrschedules", name)))
    before <- as.list(written$formals[[name]])
    expect_identical(now[seq_along(before)], before, info = name)
    # A new argument stands behind them, and may be left out.
    for (new in now[-seq_along(before)]) {
      expect_false(identical(new, quote(expr = )), info = name)
    }
  }
  expect_gt(length(written$formals), 60)
})

test_that("schedules that were written are the ones that are built, and print as they did", {
  for (i in seq_along(written$schedules)) {
    schedule <- written$schedules[[i]]
    spec <- attr(schedule, "spec")
    expect_identical(schedule, lrschedules:::new_schedule(spec$class, spec$config))
    # Keras's own, then, and now the schedule of that name here.
    printed <- sub("keras.PiecewiseConstantDecay", "PiecewiseConstantDecay", written$printed[[i]])
    expect_identical(capture.output(print(schedule)), printed)
  }
  expect_gt(length(written$schedules), 100)
})

test_that("schedules that were written have the rates that they had", {
  skip_if_no_keras()
  steps <- c(0, 1, 5, 40, 41, 42, 1000, 123456)
  for (i in seq_along(written$schedules)) {
    schedule <- written$schedules[[i]]
    then <- written$rates[[i]]
    # The file is text, which keeps 16 digits of a number.
    expect_true(
      all(abs(schedule(steps) - then) <= 1e-15 * then),
      info = paste(written$printed[[i]], collapse = "\n")
    )
  }
})
