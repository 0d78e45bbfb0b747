# What version 0.1.0 wrote by saveRDS(): the arguments of every function, schedules of every
# kind, and of each what it printed and its rates.
written <- readRDS(test_path("fixtures", "written_by_0.1.0.rds"))

test_that("every function takes the arguments that it took, with their defaults and in their order", {
  for (name in names(written$formals)) {
    # As lists: a pairlist that was read differs in what no one sees.
    now <- as.list(formals(getExportedValue("lrschedules", name)))
    then <- as.list(written$formals[[name]])
    # A new argument may be left out.
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
    # Their function looks for evaluate_schedule() without its package.
    expect_identical(attributes(schedule), attributes(built))
    expect_true(all.equal(schedule, built))
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
