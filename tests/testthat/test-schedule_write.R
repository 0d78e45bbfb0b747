decay <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, staircase = TRUE)

schedules <- list(
  decay,
  decay |>
    schedule_warmup(100, from = 0.01) |>
    schedule_then(0.001, at = 5000) |>
    schedule_clamp(min = 1e-5),
  schedule_repeat(decay, 100) * 0.5 + decay / 3,
  schedule_join(list(0.1, 0.2), 10),
  learning_rate_schedule_tabulated(c(0.1, 1 / 3, 0.2), every = 10),
  learning_rate_schedule_tabulated(0.1),
  learning_rate_schedule_piecewise_constant_decay(10, c(0.1, 0.2)),
  learning_rate_schedule_constant(0.1, name = NULL),
  learning_rate_schedule(function(step) 0.1 / (1 + step), 20)
)

test_that("what was written is read, and identical", {
  skip_if_no_keras()
  path <- withr::local_tempfile(fileext = ".json")
  for (schedule in schedules) {
    expect_identical(schedule_write(schedule, path), schedule)
    expect_identical(schedule_read(path), schedule)
  }
})

test_that("a file written here is read in Python", {
  skip_if_no_keras()
  path <- withr::local_tempfile(fileext = ".json")
  schedule_write(schedules[[2]], path)
  python <- reticulate::import("lrschedules", convert = FALSE)
  expect_identical(reticulate::py_to_r(python$read(path)), schedules[[2]])
})

test_that("the text is one that a person can read", {
  skip_if_no_keras()
  path <- withr::local_tempfile(fileext = ".json")
  schedule_write(decay |> schedule_then(0.001, at = 5000) |> schedule_clamp(1e-5), path)
  expect_snapshot_output(writeLines(readLines(path)))
})

test_that("schedules of Keras are written as data of their class", {
  skip_if_no_keras()
  path <- withr::local_tempfile(fileext = ".json")
  keras <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  schedule <- keras$PiecewiseConstantDecay(list(10L), list(0.5, 0.25))
  schedule_write(schedule, path)
  expect_identical(schedule_read(path), as_learning_rate_schedule(schedule))
  schedule_write(schedule_warmup(schedule, 5), path)
  expect_identical(schedule_read(path), schedule_warmup(schedule, 5))
})

test_that("a file that is not a schedule is an error", {
  skip_if_no_keras()
  local_plain_messages()
  withr::local_dir(withr::local_tempdir())
  read <- function(text) {
    writeLines(text, "bad.json")
    error <- error_of(schedule_read("bad.json"))
    reason <- conditionMessage(error$parent)
    cat(strsplit(conditionMessage(error), "\n")[[1]][[1]], "\n ", reason, "\n")
    expect_identical(error$call[[1]], quote(schedule_read))
  }
  schedule_write(decay, "good.json")
  good <- readLines("good.json")
  expect_snapshot_output({
    read("")
    read(head(good, -1))
    read("rate <- function(step) system('ls')")
    read('{"lrschedules": 2, "schedule": {}}')
    read(sub("ExponentialDecay", "os.system", good))
    read(sub("0.5", "-0.5", good))
    read(sub("decay_rate", "rate", good))
    read(strrep("[", 1e5))
  })
  writeBin(as.raw(c(0x1f, 0x8b, 0xff)), "bad.json")
  expect_error(schedule_read("bad.json"), "Can't read a schedule from")
})

test_that("bad arguments are errors that name them", {
  expect_bad_input(schedule_read, list(path = "a"), "path", list(1, NA, c("a", "b"), NULL, ""))
  expect_bad_input(
    schedule_write,
    list(schedule = decay, path = "a"),
    "path",
    list(1, NA, c("a", "b"), NULL, "")
  )
  expect_bad_input(
    schedule_write,
    list(schedule = decay, path = "a"),
    "schedule",
    list(0.1, "a", NULL, sum)
  )
  local_plain_messages()
  withr::local_dir(withr::local_tempdir())
  expect_snapshot(error = TRUE, {
    schedule_read("missing.json")
    schedule_read(".")
  })
})

test_that("what readLines() opens is read", {
  skip_if_no_numpy()
  skip_if_not(l10n_info()[["UTF-8"]], "the locale is not UTF-8")
  folder <- withr::local_tempdir("\u00e4")
  path <- file.path(folder, "schedule.json")
  named <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, name = "\u00e4\u65e5")
  schedule_write(named, path)
  expect_identical(schedule_read(path), named)
  expect_identical(schedule_read(paste0("file://", normalizePath(path))), named)
  connection <- file(path, encoding = "UTF-8")
  withr::defer(close(connection))
  expect_identical(schedule_read(connection), named)
  text <- textConnection(readLines(path, encoding = "UTF-8"))
  withr::defer(close(text))
  expect_identical(schedule_read(text), named)
  packed <- gzfile(file.path(folder, "packed.gz"), "w")
  writeLines(readLines(path), packed)
  close(packed)
  expect_identical(schedule_read(file.path(folder, "packed.gz")), named)
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_read(textConnection("{"))
    schedule_read(3)
  })
})
