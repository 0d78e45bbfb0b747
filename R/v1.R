#' Learning-rate decays of TensorFlow 1
#'
#' Replace the functions of `tf.compat.v1.train` in code that was written for them. The names, order and
#' defaults of the arguments are TensorFlow's. Each function gives the rate of the schedule of the same
#' name at the global step: `v1_exponential_decay()` uses [learning_rate_schedule_exponential_decay()],
#' `v1_piecewise_constant()` uses [learning_rate_schedule_piecewise_constant_decay()], and so on. The
#' help pages of the schedules state the formulas. The functions work on every Keras backend.
#'
#' As in TensorFlow, a call returns a function without arguments. Call that function to get the rate
#' at the current value of the global step, which may be a variable that has changed since.
#' Inside a function that is being compiled, for example by `tensorflow::tf_function()`, a call with a
#' tensor or variable returns the rate itself.
#'
#' @param learning_rate The `initial_learning_rate` of the schedule of the same name: one finite number,
#'   0 or more.
#' @param global_step,x The step: one whole number, or a variable or tensor of the Keras backend. It
#'   can't be missing or `NULL`.
#' @inheritParams learning_rate_schedule_noisy_linear_cosine_decay
#' @param decay_steps,first_decay_steps The number of training steps (batches, not epochs) in
#'   one period, or until the end: one whole number greater than 0.
#' @param decay_rate As in the schedule of the same name: one finite number, 0 or more.
#' @param staircase Whether the rate falls in a staircase, once per period: `TRUE` or `FALSE`.
#' @param end_learning_rate,power,cycle As in [learning_rate_schedule_polynomial_decay()].
#' @param alpha,beta,t_mul,m_mul As in [learning_rate_schedule_cosine_decay()],
#'   [learning_rate_schedule_cosine_decay_restarts()] and
#'   [learning_rate_schedule_linear_cosine_decay()].
#' @param boundaries,values As in [learning_rate_schedule_piecewise_constant_decay()], but the boundaries
#'   must be whole numbers.
#' @param name A label: one string or `NULL`.
#' @returns A function without arguments. It returns the rate: a number if the global step is a
#'   number, a tensor if it is a variable or tensor. Inside a function that is being compiled,
#'   the tensor itself. Invalid arguments are errors.
#' @source `tf.compat.v1.train` in TensorFlow, which has no `seed`: its noise differs at each
#'   evaluation.
#' @family schedules of TensorFlow 1
#' @export
#' @examples
#' rate <- v1_exponential_decay(0.1, global_step = 2000, decay_steps = 1000, decay_rate = 0.5)
#' @examplesIf has_numpy()
#' rate()
#'
#' # The others, at step 1,500:
#' v1_natural_exp_decay(0.1, 1500, 1000, 0.5)()
#' v1_inverse_time_decay(0.1, 1500, 1000, 0.5)()
#' v1_polynomial_decay(0.1, 1500, 2000)()
#' v1_piecewise_constant(1500, c(1000, 2000), c(0.1, 0.05, 0.01))()
#' v1_cosine_decay(0.1, 1500, 2000)()
#' v1_cosine_decay_restarts(0.1, 1500, 1000)()
#' v1_linear_cosine_decay(0.1, 1500, 2000)()
#' v1_noisy_linear_cosine_decay(0.1, 1500, 2000)()
#' @examplesIf has_keras()
#' # The global step as a variable:
#' keras <- reticulate::import("keras")
#' step <- keras$Variable(0L, dtype = "int64", trainable = FALSE)
#' rate <- v1_cosine_decay(0.1, step, decay_steps = 1000)
#' rate()
#' invisible(step$assign(500L))
#' rate()
v1_exponential_decay <- function(
  learning_rate,
  global_step,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = NULL
) {
  at_global_step(
    global_step,
    "ExponentialDecay",
    over_time(
      check_rate(learning_rate),
      check_positive_whole_steps(decay_steps),
      check_non_negative(decay_rate),
      staircase,
      name
    )
  )
}

#' @rdname v1_exponential_decay
#' @export
v1_piecewise_constant <- function(x, boundaries, values, name = NULL) {
  at_global_step(
    x,
    "PiecewiseConstantDecay",
    piecewise_constant(check_boundaries(boundaries), values, name, "left")
  )
}

#' @rdname v1_exponential_decay
#' @export
v1_polynomial_decay <- function(
  learning_rate,
  global_step,
  decay_steps,
  end_learning_rate = 0.0001,
  power = 1,
  cycle = FALSE,
  name = NULL
) {
  at_global_step(
    global_step,
    "PolynomialDecay",
    polynomial(
      check_rate(learning_rate),
      check_positive_whole_steps(decay_steps),
      end_learning_rate,
      power,
      cycle,
      name
    )
  )
}

#' @rdname v1_exponential_decay
#' @export
v1_natural_exp_decay <- function(
  learning_rate,
  global_step,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = NULL
) {
  at_global_step(
    global_step,
    "NaturalExpDecay",
    over_time(
      check_rate(learning_rate),
      check_positive_whole_steps(decay_steps),
      check_non_negative(decay_rate),
      staircase,
      name
    )
  )
}

#' @rdname v1_exponential_decay
#' @export
v1_inverse_time_decay <- function(
  learning_rate,
  global_step,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = NULL
) {
  at_global_step(
    global_step,
    "InverseTimeDecay",
    over_time(
      check_rate(learning_rate),
      check_positive_whole_steps(decay_steps),
      check_non_negative(decay_rate),
      staircase,
      name
    )
  )
}

#' @rdname v1_exponential_decay
#' @export
v1_cosine_decay <- function(learning_rate, global_step, decay_steps, alpha = 0, name = NULL) {
  at_global_step(
    global_step,
    "CosineDecay",
    cosine(
      check_rate(learning_rate),
      check_positive_whole_steps(decay_steps),
      alpha,
      name,
      warmup_target = NULL,
      warmup_steps = 0
    )
  )
}

#' @rdname v1_exponential_decay
#' @export
v1_cosine_decay_restarts <- function(
  learning_rate,
  global_step,
  first_decay_steps,
  t_mul = 2,
  m_mul = 1,
  alpha = 0,
  name = NULL
) {
  at_global_step(
    global_step,
    "CosineDecayRestarts",
    restarts(
      check_rate(learning_rate),
      check_positive_whole_steps(first_decay_steps),
      t_mul,
      m_mul,
      alpha,
      name
    )
  )
}

#' @rdname v1_exponential_decay
#' @export
v1_linear_cosine_decay <- function(
  learning_rate,
  global_step,
  decay_steps,
  num_periods = 0.5,
  alpha = 0,
  beta = 0.001,
  name = NULL
) {
  at_global_step(
    global_step,
    "LinearCosineDecay",
    linear_cosine(
      check_rate(learning_rate),
      decay_steps,
      num_periods,
      alpha,
      beta,
      name
    )
  )
}

#' @rdname v1_exponential_decay
#' @export
v1_noisy_linear_cosine_decay <- function(
  learning_rate,
  global_step,
  decay_steps,
  initial_variance = 1,
  variance_decay = 0.55,
  num_periods = 0.5,
  alpha = 0,
  beta = 0.001,
  name = NULL,
  seed = 0
) {
  at_global_step(
    global_step,
    "NoisyLinearCosineDecay",
    noisy_linear_cosine(
      check_rate(learning_rate),
      decay_steps,
      initial_variance,
      variance_decay,
      num_periods,
      alpha,
      beta,
      name,
      seed
    )
  )
}

# Follows TensorFlow's calling rules. The step is checked before `config` is evaluated.
at_global_step <- function(step, class, config, arg = caller_arg(step), call = caller_env()) {
  check_required(step, arg, call)
  is_python <- inherits(step, "python.builtin.object")
  if (!is_python) {
    step <- check_global_step(step, arg, call)
  }
  schedule <- new_schedule(class, config)
  if (is_python && reticulate::py_to_r(keras_core("A tensor", call)$tracing())) {
    return(tensor_rate(schedule, step, call))
  }
  function() if (is_python) tensor_rate(schedule, step) else rates_at(schedule, step)
}

check_global_step <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_whole(x, "one whole number, a variable or a tensor", -MAX_STEP, arg, call)
}
