decay <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, staircase = TRUE)

test_that("to_keras() gives Keras's own class, or says why not", {
  skip_if_no_keras()
  converted <- to_keras(decay)
  expect_s3_class(
    converted,
    "keras.src.optimizers.schedules.learning_rate_schedule.ExponentialDecay"
  )
  config <- reticulate::py_to_r(converted$get_config())
  expect_equal(
    config[c("initial_learning_rate", "decay_steps", "decay_rate", "staircase")],
    list(initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5, staircase = TRUE)
  )
  value <- as_learning_rate_schedule(converted)
  expect_equal(value(c(0, 999, 1000)), c(0.1, 0.1, 0.05), tolerance = 1e-6)
  error <- error_of(to_keras(schedule_clamp(decay, 0.01)))
  expect_match(conditionMessage(error), "Keras has no schedule like this one")
  expect_match(conditionMessage(error$parent), "Keras has no schedule that does what Clamp does")
})

test_that("bad arguments are errors that name them", {
  expect_bad_input(to_keras, list(schedule = decay), "schedule", list(0.1, "a", NULL, sum))
})

test_that("schedules that Keras made are composed, and become plain data", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  piecewise <- keras$optimizers$schedules$PiecewiseConstantDecay(list(10L), list(0.5, 0.25))
  schedule <- piecewise |> schedule_warmup(5) |> schedule_clamp(max = 0.4)
  expect_identical(schedule(c(0, 5, 15, 16)), c(0, 0.4, 0.4, 0.25))
  expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  expect_identical(unserialize(serialize(schedule, NULL)), schedule)
})

test_that("a composition of a schedule that Keras made trains at the rates that are read", {
  skip_if_quick()
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  piecewise <- keras$PiecewiseConstantDecay(list(10L), list(0.5, 0.25))
  schedule <- piecewise |> schedule_warmup(5) |> schedule_clamp(max = 0.4)
  expect_equal(rates_in_fit(schedule, 20), schedule(0:19), tolerance = 1e-6)
})

test_that("schedules of keras3's functions are composed", {
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  schedule <- schedule_offset(keras3::learning_rate_schedule_cosine_decay(0.1, 100), 10)
  expect_equal(schedule(c(0, 10, 60, 200)), c(0.1, 0.1, 0.05, 0), tolerance = 1e-6)
})

# Arguments that Keras's classes accept and ours refuse.
only_keras_takes <- function() {
  keras <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  list(
    alpha = keras$CosineDecay(0.1, 20, alpha = -0.1),
    t_mul = keras$CosineDecayRestarts(0.1, 10, t_mul = 0.5),
    # A single number in a list.
    boundaries = keras$PiecewiseConstantDecay(list(-1.5), list(0.1, 0.05))
  )
}

test_that("what Keras's class ignores or cuts off is left out of ours", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  expect_identical(
    as_learning_rate_schedule(keras$CosineDecay(0.1, 50, warmup_steps = 100L)),
    learning_rate_schedule_cosine_decay(0.1, 50)
  )
  expect_identical(
    as_learning_rate_schedule(keras$PiecewiseConstantDecay(list(781.5), list(0.1, 0.05))),
    learning_rate_schedule_piecewise_constant_decay(781, c(0.1, 0.05))
  )
})

test_that("what only Keras's class takes is read, drawn, checked, saved and scaled", {
  skip_if_quick()
  skip_if_no_keras()
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  file <- withr::local_tempfile()
  plan <- training_plan(steps_per_epoch = 10, epochs = 3)
  rates <- list(
    alpha = c(0.1, 0.045, -0.01),
    t_mul = c(0.1, 0.1, NaN),
    boundaries = c(0.05, 0.05, 0.05)
  )
  objects <- only_keras_takes()
  for (name in names(objects)) {
    theirs <- objects[[name]]
    schedule <- as_learning_rate_schedule(theirs)
    expect_equal(schedule(c(0, 10, 20)), rates[[name]], tolerance = 1e-6, info = name)
    expect_equal((schedule * 0.5)(c(0, 10, 20)), rates[[name]] / 2, tolerance = 1e-6)
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
    expect_identical(unserialize(serialize(schedule, NULL)), schedule)
    schedule_write(schedule * 0.5, file)
    expect_identical(schedule_read(file), schedule * 0.5)
    expect_identical(as_learning_rate_schedule(to_keras(schedule)), schedule)
    expect_silent(plot(theirs, steps = 0:29))
    expect_silent(plot(schedule_compare(schedule, schedule * 2, steps = 0:29)))
    expect_output(print(summary(schedule, plan = plan)), "<summary of ", fixed = TRUE)
    expect_s3_class(schedule_check(theirs, plan), "schedule_findings")
    expect_output(print(schedule_explain(schedule, plan)), "step")
  }
})

test_that("print() says that Keras's class computes a schedule that only it accepts", {
  skip_if_no_keras()
  local_plain_messages()
  expect_snapshot({
    as_learning_rate_schedule(only_keras_takes()$alpha)
    schedule_check(only_keras_takes()$alpha, training_plan(steps_per_epoch = 10, epochs = 3))
  })
  phases <- schedule_explain(
    as_learning_rate_schedule(only_keras_takes()$t_mul),
    training_plan(steps_per_epoch = 10, epochs = 3)
  )
  expect_output(print(phases), "steps 20 to 29 .* is not a number")
})

test_that("an optimizer with what only Keras's class takes is read and scaled", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  for (theirs in only_keras_takes()[1:2]) {
    optimizer <- keras$optimizers$SGD(theirs)
    schedule <- as_learning_rate_schedule(theirs)
    expect_identical(optimizer_schedule(optimizer), schedule)
    scale_learning_rate(optimizer, 0.5)
    expect_identical(optimizer_schedule(optimizer), schedule_scale(schedule, 0.5))
    expect_identical(optimizer_learning_rate(optimizer), 0.5 * schedule(0))
    set_optimizer_schedule(optimizer, theirs)
    expect_identical(optimizer_schedule(optimizer), schedule)
  }
})

test_that("objects of Keras 2 are refused in one sentence", {
  skip_if_no_keras()
  local_plain_messages()
  # This imitates a class of tf_keras, which is not installed here.
  theirs <- reticulate::py_run_string(
    "
class CosineDecay:
    __module__ = 'tf_keras.src.optimizers.schedules.learning_rate_schedule'
theirs = CosineDecay()
",
    local = TRUE,
    convert = FALSE
  )$theirs
  expect_snapshot(error = TRUE, {
    as_learning_rate_schedule(theirs)
    schedule_warmup(theirs, 10)
    schedule_check(theirs, training_plan(steps_per_epoch = 10, epochs = 3))
    optimizer_schedule(theirs)
    optimizer_with_schedules(theirs, momentum = 0.5)
  })
})
