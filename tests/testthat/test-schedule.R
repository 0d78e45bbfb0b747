schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)

test_that("a schedule is a function that compares by value", {
  expect_true(is.function(schedule))
  expect_s3_class(schedule, "learning_rate_schedule")
  expect_identical(schedule, learning_rate_schedule_exponential_decay(0.1, 1000L, 0.5))
  expect_false(identical(schedule, learning_rate_schedule_exponential_decay(0.1, 1001, 0.5)))
})

test_that("numbers in, double vector out", {
  skip_if_no_keras()
  expect_identical(schedule(1000), 0.05)
  expect_identical(schedule(1000L), 0.05)
  expect_identical(schedule(c(0, 1000, 2000)), c(0.1, 0.05, 0.025))
  expect_identical(schedule(c(-5L, 0L)), c(0.1, 0.1))
  expect_identical(schedule(-5), 0.1)
  expect_identical(schedule(numeric()), numeric())
  expect_identical(sapply(c(0, 1000), schedule), c(0.1, 0.05))
  expect_identical(do.call(schedule, list(1000)), 0.05)
  expect_length(schedule(0:99999), 100000)
  expect_identical(evaluate_schedule(schedule, 1000), 0.05)
})

test_that("a vector is its elements, to the last bit of a double", {
  skip_if_no_keras()
  steps <- c(-1, 0, 1, 7, 999, 1000, 1001, 2^24 + 1, 2^31, 2^40)
  expect_equal(schedule(steps), vapply(steps, schedule, 0), tolerance = 1e-14)
})

test_that("a tensor in, a tensor out", {
  skip_if_no_keras()
  ops <- reticulate::import("keras")$ops
  rate <- schedule(ops$convert_to_tensor(1000L, dtype = "int32"))
  expect_true(ops$is_tensor(rate))
  expect_identical(reticulate::import("keras")$backend$standardize_dtype(rate$dtype), "float32")
  expect_equal(reticulate::import_builtins()$float(rate), 0.05, tolerance = 1e-7)
})

test_that("bad steps are one error that names them", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule(NA)
    schedule(c(1, NaN))
    schedule(c(1L, NA))
    schedule(Inf)
    schedule(c(2.5, -2^54))
    schedule("1")
    schedule(1i)
    schedule(factor(1))
    schedule(as.Date("2020-01-01"))
    schedule(TRUE)
    schedule(NULL)
    schedule(list(1, 2))
    schedule()
  })
})

test_that("`$` gives the configuration, and members of the Python object", {
  expect_identical(schedule$decay_steps, 1000)
  expect_identical(schedule[["name"]], "ExponentialDecay")
  expect_true(all(c("decay_steps", "get_config") %in% utils:::.DollarNames(schedule, "")))
  skip_if_no_keras()
  expect_equal(
    schedule$get_config(),
    list(
      initial_learning_rate = 0.1,
      decay_steps = 1000,
      decay_rate = 0.5,
      staircase = FALSE,
      name = "ExponentialDecay"
    )
  )
  local_plain_messages()
  expect_snapshot(error = TRUE, schedule$momentum)
})

test_that("saved schedules print, evaluate and train in a new session", {
  skip_if_quick()
  skip_if_no_keras()
  folder <- withr::local_tempdir()
  overlay <- learning_rate_schedule_piecewise_constant_decay(c(100, 200), c(1, 0.5, 0.1)) |>
    learning_rate_schedule_linear_warmup(10, 0) |>
    learning_rate_schedule_polynomial_warmup(5)
  saved <- c(list(schedule, overlay), compositions())
  saveRDS(saved, file.path(folder, "saved.rds"))
  expect_identical(readRDS(file.path(folder, "saved.rds")), saved)
  saveRDS(schedule, file.path(folder, "one.rds"))
  expect_lt(file.size(file.path(folder, "one.rds")), 1000)
  schedule_write(overlay, file.path(folder, "overlay.json"))
  rates_of <- function(schedules) {
    rates <- unlist(lapply(schedules, function(schedule) schedule(c(0, 3, 15, 100, 101))))
    paste(sprintf("%.17g", rates), collapse = " ")
  }
  program <- c(
    "folder <- commandArgs(TRUE)",
    "saved <- readRDS(file.path(folder, 'saved.rds'))",
    "print(saved[[1]])",
    "for (schedule in saved) format(schedule)",
    "stopifnot(!reticulate::py_available())",
    paste("rates_of <-", paste(deparse(rates_of), collapse = "\n")),
    "cat('saved', rates_of(saved), '\\n')",
    "written <- lrschedules::schedule_read(file.path(folder, 'overlay.json'))",
    "cat('written', rates_of(list(written)), '\\n')",
    paste("rates_in_fit <-", paste(deparse(rates_in_fit), collapse = "\n")),
    "stopifnot(all.equal(rates_in_fit(saved[[1]], 5), saved[[1]](0:4), tolerance = 1e-6))",
    "cat('trained\\n')"
  )
  output <- trimws(run_r(program, folder))
  expect_true("<learning_rate_schedule> exponential_decay" %in% output)
  expect_true(paste("saved", rates_of(saved)) %in% output)
  expect_true(paste("written", rates_of(list(overlay))) %in% output)
  expect_identical(tail(output, 1), "trained")
})

test_that("a schedule is changed by update() alone", {
  expect_identical(
    update(schedule, decay_rate = 0.9),
    learning_rate_schedule_exponential_decay(0.1, 1000, 0.9)
  )
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule$decay_steps <- 5
    schedule[["decay_steps"]] <- 5
    update(schedule, momentum = 0.9)
    update(schedule, 0.9)
    update(schedule, decay_rate = -1)
    update(schedule + 1, decay_rate = 1)
  })
  warm <- schedule_warmup(schedule, 10)
  way <- "update(schedule, schedule = update(schedule$schedule, decay_steps = ...))"
  expect_error(warm$decay_steps <- 5, way, fixed = TRUE)
})

test_that("`[[`, getElement() and wrapped schedules give the configuration", {
  expect_identical(schedule[["decay_steps", exact = TRUE]], 1000)
  expect_identical(getElement(schedule, "decay_steps"), 1000)
  expect_identical(schedule_warmup(schedule, 10)$decay_steps, 1000)
  expect_identical(schedule_warmup(schedule, 10)$steps, 10)
})

test_that("a schedule holds its function and its specification, and no source references", {
  expect_setequal(names(attributes(schedule)), c("class", "spec"))
  expect_null(attributes(body(schedule)))
  expect_lt(length(serialize(schedule, NULL)), 2000)
})

test_that("what is evaluated is the schedule that is called, whatever its name stands for", {
  skip_if_no_keras()
  other <- learning_rate_schedule_constant(7)
  expect_identical(local(schedule(0), list(schedule = other)), 7)
  expect_identical(eval(quote(s(0)), list(s = other)), 7)
  expect_identical(do.call("s", list(0), envir = list2env(list(s = other))), 7)
  expect_identical(list(schedule, other)[[2]](0), 7)
  expect_identical(vapply(list(schedule, other), function(schedule) schedule(0), 0), c(0.1, 7))
  expect_identical(Map(function(f, step) f(step), list(other), 0), list(7))
  called <- other
  expect_identical(
    called({
      called <- schedule
      0
    }),
    7
  )
  # A function with the same name as the schedule calls it.
  f <- other
  f <- function(step) evaluate_schedule(schedule, step)
  expect_identical(f(0), 0.1)
})

test_that("all.equal() names the argument that differs", {
  expect_true(all.equal(schedule, update(schedule, decay_rate = 0.5 + 1e-12)))
  expect_match(all.equal(schedule, update(schedule, decay_rate = 0.6)), "^`decay_rate`: ")
  expect_match(all.equal(schedule, schedule_hold(schedule, 1)), "ExponentialDecay, Hold")
  expect_match(
    all.equal(schedule_hold(schedule, 1), schedule_hold(update(schedule, decay_steps = 5), 1)),
    "`schedule`: `decay_steps`"
  )
})

test_that("range() is the lowest and the highest rate", {
  skip_if_no_keras()
  stairs <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5, staircase = TRUE)
  expect_identical(range(stairs, steps = 0:25), c(0.025, 0.1))
  expect_identical(range(stairs), range(as.data.frame(stairs)$learning_rate))
})

test_that("between two whole steps the rate is that of the step before", {
  skip_if_no_keras()
  expect_identical(schedule(2.5), schedule(2))
  expect_identical(schedule(c(0.999, 1, 1999.5, -0.5, -1.5)), schedule(c(0, 1, 1999, 0, 0)))
  # Steps just below and above R's largest integer, and zero, are not rounded.
  edges <- c(2^31 - 1.5, 2^31 - 1, 2^31 - 0.5, 2^31 + 0.5, 2^52 + 0.5)
  slow <- learning_rate_schedule_polynomial_decay(1, 2^53, 0)
  for (edge in edges) {
    expect_identical(slow(edge), slow(floor(edge)))
  }
  expect_identical(slow(edges), slow(floor(edges)))
  expect_identical(slow(-c(edges, 2^53)), rep(slow(0), 6))
  expect_identical(schedule(double()), double())
  expect_identical(schedule(integer()), double())
  expect_identical(as.data.frame(schedule, steps = c(2, 2.5))$step, c(2, 2.5))
  compared <- schedule_compare(a = schedule, b = slow, steps = c(2, 2.5))
  expect_identical(compared$learning_rate, c(schedule(c(2, 2)), slow(c(2, 2))))
})

test_that("functions that take a function of a number take a schedule", {
  skip_if_no_keras()
  stairs <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5, staircase = TRUE)
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  drawn <- curve(stairs, 0, 25, n = 11)
  expect_identical(drawn$y, stairs(floor(drawn$x)))
  expect_equal(integrate(stairs, 0, 20)$value, 1.5, tolerance = 1e-3)
  expect_identical(stairs(seq(0, 25, length.out = 3)), c(0.1, 0.05, 0.025))
  skip_if_not_installed("ggplot2")
  layer <- ggplot2::geom_function(fun = stairs, n = 11, xlim = c(0, 25))
  built <- ggplot2::layer_data(ggplot2::ggplot() + layer)
  expect_identical(built$y, stairs(built$x))
})

test_that("a million rates cost little more than their computation", {
  skip_if_quick()
  skip_if_no_keras()
  # Take the median of several runs, because the machine may be busy.
  seconds <- function(expr) {
    expr <- substitute(expr)
    frame <- parent.frame()
    median(replicate(9, cpu_time(eval(expr, frame))))
  }
  python <- reticulate::r_to_py(schedule)
  numpy <- reticulate::import("numpy", convert = FALSE)
  in_python <- numpy$arange(1000000L)
  computed <- seconds(python$rates(in_python))
  whole <- 0:999999
  between <- whole + 0.5
  # The measured ratio is at most 1.7, or 2.1 with Debian's reticulate.
  expect_lt(seconds(schedule(whole)), 4 * computed)
  expect_lt(seconds(schedule(between)), 5 * computed)
})

test_that("an invalid step among many is named, and many steps are each evaluated", {
  skip_if_no_numpy()
  many <- seq(-1000.5, by = 0.5, length.out = 20001)
  expect_identical(schedule(many), schedule(as.integer(pmax(floor(many), 0))))
  square <- matrix(many[-1], 100)
  expect_identical(schedule(square), matrix(schedule(many[-1]), 100))
  for (bad in list(NA_real_, NaN, Inf, -2^53 - 2, 2^53 + 2)) {
    many[[15000]] <- bad
    message <- paste0("`step[15000]` must be numbers from -2^53 to 2^53, not `", as_given(bad), "`")
    expect_error(schedule(many), message, fixed = TRUE)
    expect_error(
      schedule_values(schedule, many),
      sub("step", "steps", message, fixed = TRUE),
      fixed = TRUE
    )
    expect_error(summary(schedule, steps = many), "`steps[15000]` must be", fixed = TRUE)
  }
})

test_that("rates have the shape and the names of their steps", {
  skip_if_no_keras()
  steps <- matrix(c(0, 1000, 2000, 3000), 2, dimnames = list(c("a", "b"), NULL))
  expect_identical(dim(schedule(steps)), c(2L, 2L))
  expect_equal(schedule(steps)[["b", 1]], 0.05)
  expect_identical(schedule(c(start = 0, later = 1000)), c(start = 0.1, later = 0.05))
  expect_identical(schedule(c(start = 0)), c(start = 0.1))
})

test_that("`[[` takes one string", {
  expect_error(schedule[[1]], "`name` must be one string, not `1`")
})

test_that("classes and arguments of S4 hold schedules", {
  holder <- methods::setClass(
    "Holder",
    methods::representation(schedule = "learning_rate_schedule")
  )
  withr::defer(methods::removeClass("Holder"))
  expect_identical(holder(schedule = schedule)@schedule, schedule)
  expect_error(holder(schedule = sum), "learning_rate_schedule")
})

test_that("a schedule is a member of an R6 class, in a session that has not attached this package", {
  skip_if_not_installed("R6")
  skip_if_no_numpy()
  # This is like a package that does not import evaluate_schedule().
  elsewhere <- new.env(parent = baseenv())
  Trainer <- R6::R6Class(
    "Trainer",
    public = list(schedule = schedule, rate = function(step) self$schedule(step)),
    parent_env = elsewhere
  )
  trainer <- Trainer$new()
  expect_identical(trainer$schedule(c(0, 1000)), c(0.1, 0.05))
  expect_identical(trainer$rate(1000), 0.05)
  expect_identical(trainer$clone()$schedule(1000), 0.05)
  expect_true(all.equal(trainer$schedule, schedule))
})

test_that("an active binding is asked once, and the schedule that it gave is evaluated", {
  skip_if_no_numpy()
  calls <- 0
  makeActiveBinding(
    "changing",
    function() {
      calls <<- calls + 1
      learning_rate_schedule_constant(calls)
    },
    environment()
  )
  expect_identical(c(changing(0), changing(0)), c(1, 2))
  expect_identical((function() changing(0))(), 3)
  # A variable that is not a function does not hide the schedule.
  f <- function() {
    schedule <- 3
    schedule(0)
  }
  expect_identical(f(), 0.1)
})

test_that("a schedule is asked for its configuration as a list", {
  expect_identical(as.list(schedule)$decay_steps, 1000)
  expect_named(
    as.list(schedule),
    c("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")
  )
  expect_identical(as.list(schedule_hold(schedule, 5)), list(schedule = schedule, from = 5))
  own <- lrschedules:::new_schedule(
    "KerasSchedule",
    list(class_name = "A", config = list(rate = 1))
  )
  expect_identical(as.list(own), list(rate = 1))
  expect_true(is_learning_rate_schedule(schedule))
  expect_false(is_learning_rate_schedule(sum))
})

test_that("min(), max() and mean() are numbers, and other functions of numbers are errors", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    round(schedule)
    cumsum(schedule)
    sum(schedule)
    schedule[1:3]
    head(schedule)
    tail(schedule, 3)
    as.numeric(schedule)
  })
  expect_length(schedule, 1)
  skip_if_no_numpy()
  expect_identical(max(schedule), 0.1)
  expect_identical(min(schedule, steps = 0:1000), 0.05)
  expect_equal(mean(schedule, steps = 0:9), mean(0.1 * 0.5^((0:9) / 1000)))
})

test_that("schedule_then() is updated by its own arguments", {
  both <- schedule_then(schedule, 0.1, at = 5)
  expect_identical(update(both, at = 9), schedule_then(schedule, 0.1, at = 9))
  expect_identical(update(both, second = 0.2), schedule_then(schedule, 0.2, at = 5))
  expect_identical(update(both, boundaries = 9), schedule_then(schedule, 0.1, at = 9))
  expect_error(update(both, at = 0), "`at` must be")
  three <- schedule_join(list(1, 2, 3), c(5, 9))
  expect_error(update(three, at = 9), "arguments of `schedule_join()`", fixed = TRUE)
})

test_that("the shape of one step beyond R's integers is kept", {
  skip_if_no_numpy()
  rate <- schedule(5e9)
  expect_identical(schedule(matrix(5e9)), matrix(rate))
  expect_identical(schedule(array(5e9, 1)), array(rate, 1))
  expect_identical(schedule(c(a = 5e9)), c(a = rate))
  expect_identical(schedule(matrix(5)), matrix(schedule(5)))
})

test_that("jsonlite does not write a schedule's code", {
  skip_if_not_installed("jsonlite")
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    jsonlite::toJSON(schedule)
    jsonlite::toJSON(list(rate = schedule))
  })
})

test_that("update() of a schedule that holds another says the way to its arguments", {
  local_plain_messages()
  warm <- learning_rate_schedule_cosine_decay(0.1, 100) |> schedule_warmup(10)
  expect_snapshot(error = TRUE, {
    update(warm, initial_learning_rate = 0.2)
    update(schedule_clamp(warm, 0.01), decay_steps = 5)
    update(warm, momentum = 0.9)
  })
  clamped <- schedule_clamp(warm, 0.01)
  meant <- update(
    clamped,
    schedule = update(clamped$schedule, schedule = update(clamped$schedule$schedule, alpha = 0.5))
  )
  expect_identical(meant$alpha, 0.5)
})

test_that("update() of a class outside the package says which class it is", {
  own <- lrschedules:::new_schedule(
    "KerasSchedule",
    list(class_name = "mine>Halving", config = list(rate = 0.5))
  )
  expect_error(
    update(own, rate = 0.1),
    "`update()` can't change a schedule of class <Halving>.",
    fixed = TRUE
  )
})
