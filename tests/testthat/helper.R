# For tests that only compute rates.
skip_if_no_numpy <- function() {
  skip_if_not(available("numpy"), "Python with NumPy is not available")
}

skip_if_no_keras <- function() {
  skip_if_not(available("keras"), "Python's keras is not available")
}

# Asks once: without Python, reticulate looks for one each time.
available <- local({
  known <- list()
  function(module) {
    if (is.null(known[[module]])) {
      known[[module]] <<- switch(module, numpy = has_numpy(), keras = has_keras())
    }
    known[[module]]
  }
})

# Set by `make quick`.
is_quick <- function() Sys.getenv("LRSCHEDULES_QUICK") == "true"

# CRAN's machines and `make quick` leave these tests out. Call this first in each test that trains or
# starts a process.
skip_if_quick <- function() {
  skip_on_cran()
  skip_if(is_quick(), "only quick tests are wanted")
}

# Set by tools/test for the second run, with older R packages: it tests every mechanism, but not with
# every value.
takes_few <- function() is_quick() || Sys.getenv("LRSCHEDULES_FEW") == "true"

# Every third value if a run takes few, otherwise all.
some <- function(values) {
  if (takes_few()) values[seq_along(values) %% 3 == 1] else values
}

# Debian's packages lack vdiffr, and older versions of ggplot2 draw differently.
expect_picture <- function(title, picture) {
  skip_if_no_numpy()
  skip_if_not_installed("vdiffr")
  vdiffr::expect_doppelganger(title, picture)
}

# Makes snapshots the same for everyone: no colour, no Unicode, one width.
local_plain_messages <- function(env = parent.frame()) {
  withr::local_options(
    cli.num_colors = 1L,
    cli.unicode = FALSE,
    cli.width = 80L,
    width = 80L,
    .local_envir = env
  )
}

# The error that `expr` raises, or "no error".
error_of <- function(expr) {
  tryCatch(
    {
      expr
      "no error"
    },
    error = function(cnd) cnd
  )
}

# Expects that each of `bad`, as `argument` together with the good arguments, is one error that names
# the argument and the value. test-bad_input.R lists what every
# constructor refuses.
expect_bad_input <- function(f, good, argument, bad) {
  for (value in some(bad)) {
    arguments <- good
    arguments[argument] <- list(value)
    error <- error_of(do.call(f, arguments))
    message <- conditionMessage(error)
    given <- lrschedules:::as_given(value)
    expect_true(
      inherits(error, "rlang_error") &&
        is.null(error$parent) &&
        startsWith(message, paste0("`", argument)) &&
        grepl(given, message, fixed = TRUE),
      info = paste0(argument, " = ", given, ": ", message)
    )
  }
}

without <- function(values, value) Filter(function(x) !identical(x, value), values)

NOT_A_NUMBER <- list(
  NA,
  NA_real_,
  NaN,
  Inf,
  -Inf,
  1i,
  "0.1",
  c(.1, .2),
  numeric(),
  NULL,
  list(),
  TRUE,
  factor(1),
  sum
)
NOT_A_RATE <- c(NOT_A_NUMBER, -1)
NOT_STEPS <- c(NOT_A_RATE, 10.7, 2^53 + 2)
NOT_A_VECTOR <- c(
  without(NOT_A_NUMBER, c(.1, .2)),
  list(-1, c(1, NA), c(1, -1), list(1, TRUE), list(factor(1), 2))
)

# Values that each check in R/ must refuse, by the name of the check without `check_`.
BAD <- list(
  rate = NOT_A_RATE,
  optional_rate = without(NOT_A_RATE, NULL),
  non_negative = NOT_A_RATE,
  positive = c(NOT_A_RATE, 0),
  finite = NOT_A_NUMBER,
  fraction = c(NOT_A_RATE, 1.5),
  growth = c(NOT_A_RATE, 0, 0.5, 0.999, 2^54),
  divisor = c(NOT_A_RATE, 0.5),
  gamma = c(NOT_A_RATE, 0, 1.5),
  steps = NOT_STEPS,
  positive_whole_steps = c(NOT_STEPS, 0),
  # 10.7 is absent: these checks accept fractions, as keras3 does.
  positive_steps = c(NOT_A_RATE, 0, 1e-7, 2^53 + 2),
  keras_positive_steps = c(NOT_A_RATE, 0, 0.5, 2^53 + 2),
  keras_steps = c(NOT_A_RATE, 2^53 + 2),
  keras_boundaries = c(NOT_A_VECTOR, 2^53 + 2, list(c(1, 1), c(2, 1), c(1.2, 1.7))),
  timescale = without(c(NOT_STEPS, 0), NULL),
  seed = NOT_STEPS,
  stretch_factor = c(NOT_A_RATE, 0, 1e-7, 2^54),
  upper_rate = without(NOT_A_RATE, Inf),
  times = without(c(NOT_STEPS, 0), Inf),
  global_step = without(NOT_STEPS, -1),
  rates = NOT_A_VECTOR,
  boundaries = c(NOT_A_VECTOR, 1.5, 2^53 + 2, list(c(1, 1), c(2, 1))),
  schedule_or_rate = NOT_A_RATE,
  schedules = list(NULL, list(), learning_rate_schedule_constant(1), "a", 0.1, NA, TRUE, sum),
  one_of = list("other", NA, NA_character_, NULL, 1, c("a", "b"), character(), list(), TRUE),
  flag = list(NA, NULL, "no", "TRUE", 1, 0L, c(TRUE, FALSE), list(), NaN),
  label = list(NA, 1, c("a", "b"), character(), list(), TRUE)
)
BAD$one_cycle <- c(NOT_A_RATE, list(0.1, learning_rate_schedule_constant(1)))
BAD$alpha <- BAD$non_negative
BAD$shape <- BAD$one_of
BAD$shape_power <- BAD$positive

# The names of the functions that return a schedule, or a rate of one.
constructors <- function() {
  others <- c("check", "code", "compare", "designer", "explain", "for_batch_size", "read", "values")
  others <- paste0("schedule_", c(others, "write"))
  exports <- getNamespaceExports("lrschedules")
  sort(setdiff(
    grep("^(learning_rate_schedule|momentum_schedule|schedule|v1)_", exports, value = TRUE),
    others
  ))
}

constructor <- function(name) getExportedValue("lrschedules", name)

# The check that each argument of a function gets, by the argument's name.
checks_of <- function(f) vapply(lrschedules:::find_checks(f), `[[`, "", "check")

# Arguments that every constructor which requires them accepts.
GOOD <- list(
  after_warmup_lr_sched = 0.1,
  at = 10,
  boundaries = c(1, 2),
  decay_rate = 0.5,
  decay_steps = 1000,
  every = 10,
  factor = 2,
  first = 0.1,
  first_decay_steps = 1000,
  from = 10,
  global_step = 10,
  gradient_accumulation_steps = 4,
  initial_learning_rate = 0.1,
  learning_rate = 0.1,
  maximal_learning_rate = 1,
  offset = 10,
  schedule = 0.1,
  schedules = list(0.1, 0.2, 0.3),
  sd = 1,
  second = 0.1,
  seed = 1,
  stable_steps = 10,
  step_size = 10,
  steps = 10,
  total_decay_steps = 1000,
  total_steps = 1000,
  values = c(1, 0.5, 0.1),
  warmup_learning_rate = 0,
  warmup_steps = 10,
  x = 10
)
# These functions need as many values as boundaries.
EQUALLY_MANY <- c(
  "learning_rate_schedule_piecewise_interpolate",
  "learning_rate_schedule_step_cosine_decay_with_offset"
)

required <- function(name) {
  arguments <- formals(constructor(name))
  names(arguments)[vapply(arguments, function(x) identical(x, quote(expr = )), NA)]
}

# Arguments with which a call works.
good <- function(name) {
  arguments <- GOOD[required(name)]
  if (name %in% EQUALLY_MANY) {
    arguments$values <- c(1, 0.5)
  }
  if (name == "momentum_schedule_one_cycle") {
    arguments$schedule <- learning_rate_schedule_one_cycle(1, 100)
  }
  arguments
}

with_argument <- function(arguments, argument, value) {
  arguments[argument] <- list(value)
  arguments
}

# Replaces a function of the package for a while, which testthat can't do before 3.1.7.
local_replacement <- function(name, replacement, env = parent.frame()) {
  namespace <- asNamespace("lrschedules")
  put <- function(value) {
    unlockBinding(name, namespace)
    assign(name, value, namespace)
    lockBinding(name, namespace)
  }
  original <- get(name, namespace)
  put(replacement)
  withr::defer(put(original), envir = env)
}

# Replaces cli's messages, which take 13 ms each, in tests with thousands of refusals.
local_quick_refusals <- function(env = parent.frame()) {
  refuse <- function(x, requirement, arg, call, why = NULL) {
    force(call)
    at <- Position(function(frame) identical(frame, call), sys.frames())
    from <- as.character(sys.call(at)[[1]])
    # The requirement may contain cli markup, so it is not formatted.
    stop(errorCondition(arg, x = x, arg = arg, from = from, class = "refused"))
  }
  local_replacement("abort_argument", refuse, env)
}

# A schedule with every verb and every operator.
compositions <- function() {
  decay <- learning_rate_schedule_exponential_decay(0.8, 41, 0.5, staircase = TRUE)
  list(
    schedule_warmup(decay, 10, from = 0.1, shape = "cosine", shift = FALSE),
    schedule_warmup(decay, 10, to = 1),
    schedule_offset(decay, 10),
    schedule_join(list(0.1, decay, 0.2), c(10, 20)),
    schedule_join(list(0.1, 0.2), 10),
    schedule_then(decay, 0.1, at = 10),
    schedule_hold(decay, 10),
    schedule_repeat(decay, 10),
    schedule_repeat(decay, 10, times = 3),
    schedule_stretch(decay, 2.5),
    schedule_cooldown(decay, 10, 20, shape = "polynomial", power = 3),
    schedule_clamp(decay),
    schedule_clamp(decay, 1e-5, 1e-3),
    schedule_scale(decay, 2),
    schedule_accumulate(decay, 4),
    schedule_noise(decay, 0.1, 1),
    decay * decay,
    decay / 3,
    3 / decay,
    decay + 0.1,
    0.1 - decay,
    0.5 * schedule_clamp(schedule_warmup(decay + decay, 3), 0.1) - 0.01
  )
}

# The rates that `fit()` really used, with Python's keras and without keras3: step i trains only
# weight i, with gradient 1, so that SGD leaves minus the rate of step i there.
rates_in_fit <- function(schedule, steps) {
  reticulate::py_run_string(
    "
import keras, numpy as np
def lrschedules_test_rates_in_fit(schedule, steps):
    model = keras.Sequential([keras.Input((steps,)),
        keras.layers.Dense(1, use_bias=False, kernel_initializer='zeros')])
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=schedule), loss=lambda y, p: p)
    model.fit(np.eye(steps, dtype='float32'), np.zeros((steps, 1)), batch_size=1, shuffle=False, verbose=0)
    return [-float(w) for w in model.get_weights()[0][:, 0]]
"
  )
  reticulate::py$lrschedules_test_rates_in_fit(schedule, as.integer(steps))
}

# CPU seconds of this process, without a garbage collection first, which would take longer.
cpu_time <- function(expr) {
  sum(system.time(expr, gcFirst = FALSE)[c("user.self", "sys.self")])
}

# CPU time in multiples of the time for a fixed piece of work on this machine. Time limits use it.
cpu_units <- function(expr) {
  work <- function() {
    sum <- 0
    for (i in 1:1000000) {
      sum <- sum + sqrt(i)
    }
    sum
  }
  # The first call is slower: R compiles the loop.
  unit <- min(replicate(4, cpu_time(work())))
  cpu_time(expr) / unit
}

# A test's process that takes longer than this many seconds has stopped responding.
STANDSTILL <- 600

# Runs an R program in a separate process, with the packages and Python of this one, on JAX, which
# starts in half of TensorFlow's time. With `console`, it is typed at R's prompt, where R continues
# after an error.
run_r <- function(program, ..., console = FALSE, fails = FALSE, backend = "jax") {
  file <- withr::local_tempfile(fileext = ".R")
  writeLines(program, file)
  output <- suppressWarnings(system2(
    file.path(R.home("bin"), if (console) "R" else "Rscript"),
    if (console) c("--interactive", "--quiet", "--no-save") else c(shQuote(file), shQuote(c(...))),
    stdin = if (console) file else "",
    stdout = TRUE,
    stderr = TRUE,
    timeout = STANDSTILL,
    env = c(
      paste0("R_LIBS=", shQuote(paste(.libPaths(), collapse = .Platform$path.sep))),
      paste0("KERAS_BACKEND=", backend)
    )
  ))
  status <- rlang::`%||%`(attr(output, "status"), 0L)
  if ((status != 0L) != fails) {
    stop("the R process ended with status ", status, ":\n", paste(output, collapse = "\n"))
  }
  as.character(output)
}

# A schedule of a user's class, registered with Keras, whose rate is always 0.25.
schedule_of_own_class <- function() {
  reticulate::py_run_string(
    "
import keras
@keras.saving.register_keras_serializable(package='own')
class LRSchedulesTestOwn(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate):
        self.rate = rate
    def __call__(self, step):
        return keras.ops.convert_to_tensor(self.rate)
    def get_config(self):
        return {'rate': self.rate}
lrschedules_test_own = LRSchedulesTestOwn(0.25)
"
  )
  as_learning_rate_schedule(reticulate::py$lrschedules_test_own)
}
