# Each function, its arguments without the step, and the equivalent schedule.
functions <- list(
  exponential_decay = list(
    list(learning_rate = 0.1, decay_steps = 41, decay_rate = 0.5, staircase = TRUE),
    learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  ),
  piecewise_constant = list(
    list(boundaries = c(41, 50), values = c(1, 0.5, 0.1)),
    learning_rate_schedule_piecewise_constant_decay(c(41, 50), c(1, 0.5, 0.1))
  ),
  polynomial_decay = list(
    list(learning_rate = 0.1, decay_steps = 41, cycle = TRUE),
    learning_rate_schedule_polynomial_decay(0.1, 41, cycle = TRUE)
  ),
  natural_exp_decay = list(
    list(learning_rate = 0.1, decay_steps = 41, decay_rate = 0.5),
    learning_rate_schedule_natural_exp_decay(0.1, 41, 0.5)
  ),
  inverse_time_decay = list(
    list(learning_rate = 0.1, decay_steps = 41, decay_rate = 0.5),
    learning_rate_schedule_inverse_time_decay(0.1, 41, 0.5)
  ),
  cosine_decay = list(
    list(learning_rate = 0.1, decay_steps = 100, alpha = 0.1),
    learning_rate_schedule_cosine_decay(0.1, 100, 0.1)
  ),
  cosine_decay_restarts = list(
    list(learning_rate = 0.1, first_decay_steps = 41, t_mul = 1.5),
    learning_rate_schedule_cosine_decay_restarts(0.1, 41, 1.5)
  ),
  linear_cosine_decay = list(
    list(learning_rate = 0.1, decay_steps = 100),
    learning_rate_schedule_linear_cosine_decay(0.1, 100)
  ),
  noisy_linear_cosine_decay = list(
    list(learning_rate = 0.1, decay_steps = 100, initial_variance = 0.01, seed = 5),
    learning_rate_schedule_noisy_linear_cosine_decay(0.1, 100, initial_variance = 0.01, seed = 5)
  )
)

v1 <- function(name) getExportedValue("lrschedules", paste0("v1_", name))
step_name <- function(name) if (name == "piecewise_constant") "x" else "global_step"
at_step <- function(name, step) {
  do.call(v1(name), c(rlang::set_names(list(step), step_name(name)), functions[[name]][[1]]))
}

as_number <- function(tensor) {
  reticulate::py_to_r(reticulate::import_builtins(convert = FALSE)$float(tensor))
}

test_that("a function of no arguments gives the rate at the step, a number", {
  skip_if_no_keras()
  for (name in names(functions)) {
    for (step in list(0L, 40, 41, 60L, 3e9)) {
      rate <- at_step(name, step)
      expect_identical(formals(rate), NULL)
      expect_identical(rate(), functions[[name]][[2]](step))
    }
  }
})

test_that("a function of no arguments follows a variable", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  variable <- keras$Variable(0L, dtype = "int32", trainable = FALSE)
  for (name in names(functions)) {
    rate <- at_step(name, variable)
    for (step in c(0L, 40L, 41L, 1000L)) {
      variable$assign(step)
      expect_s3_class(rate(), "python.builtin.object")
      expect_equal(as_number(rate()), functions[[name]][[2]](step), tolerance = 1e-6)
    }
  }
})

test_that("inside a compiled function it is the rate itself", {
  skip_if_no_keras()
  skip_if_not(reticulate::py_module_available("tensorflow"), "TensorFlow is not available")
  skip_if_not(
    Sys.getenv("KERAS_BACKEND", "tensorflow") == "tensorflow",
    "the backend is not TensorFlow"
  )
  tensorflow <- reticulate::import("tensorflow", convert = FALSE)
  compiled <- tensorflow$`function`(
    function(step) at_step("exponential_decay", step),
    autograph = FALSE
  )
  expect_equal(
    as_number(reticulate::py_call(compiled, tensorflow$constant(41L))),
    0.05,
    tolerance = 1e-6
  )
})

test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    v1_exponential_decay(0.1, decay_steps = 10, decay_rate = 0.5)
    v1_exponential_decay(0.1, NULL, 10, 0.5)
    v1_piecewise_constant(1.5, 10, c(1, 2))
    v1_cosine_decay(-1, 0, 10)
  })
})

test_that("names, order and defaults of the arguments are TensorFlow's", {
  skip_if_no_keras()
  skip_if_not(reticulate::py_module_available("tensorflow"), "TensorFlow is not available")
  inspect <- reticulate::import("inspect")
  train <- reticulate::import("tensorflow", convert = FALSE)$compat$v1$train
  for (name in names(functions)) {
    theirs <- inspect$getfullargspec(reticulate::py_get_attr(train, name))
    ours <- formals(v1(name))
    ours$seed <- NULL
    expect_identical(names(ours), unlist(theirs$args))
    defaults <- utils::tail(ours, length(theirs$defaults))
    expect_identical(unname(as.list(defaults)), unname(as.list(theirs$defaults)))
  }
})
