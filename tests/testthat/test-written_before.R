# Tests files that version 0.1.0 wrote with saveRDS(): the arguments of every function, and schedules
# of every kind with their printed text and rates.
written <- readRDS(test_path("fixtures", "written_by_0.1.0.rds"))

test_that("every function takes the arguments that it took, with their defaults and in their order", {
  for (name in names(written$formals)) {
    # Compare lists: a pairlist that was read from a file differs invisibly.
    now <- as.list(formals(getExportedValue("lrschedules", name)))
    then <- as.list(written$formals[[name]])
    # New arguments are allowed if they have defaults.
    expect_identical(now[names(now) %in% names(then)], then, info = name)
    added <- now[setdiff(names(now), c(names(then), "..."))]
    expect_false(any(vapply(added, identical, NA, quote(expr = ))), info = name)
  }
  expect_gt(length(written$formals), 60)
})

test_that("schedules that were written equal the ones that are built, and print as they did", {
  for (i in seq_along(written$schedules)) {
    schedule <- written$schedules[[i]]
    spec <- attr(schedule, "spec")
    built <- lrschedules:::new_schedule(spec$class, spec$config)
    # Their function calls evaluate_schedule() without naming its package.
    expect_identical(attributes(schedule), attributes(built))
    expect_true(all.equal(schedule, built))
    # This was Keras's schedule then, and is the schedule of the same name now.
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
    # The file is text, which keeps 16 digits of each number.
    expect_true(
      all(abs(schedule(steps) - then) <= 1e-15 * then),
      info = paste(written$printed[[i]], collapse = "\n")
    )
  }
})
