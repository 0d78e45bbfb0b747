skip_if_no_keras <- function() {
  skip_if_not(reticulate::py_module_available("keras"), "Python's keras is available")
}

# Snapshots must not depend on who runs the tests: no colour, no Unicode, one width.
local_plain_messages <- function(env = parent.frame()) {
  withr::local_options(
    cli.num_colors = 1L,
    cli.unicode = FALSE,
    cli.width = 80L,
    width = 80L,
    .local_envir = env
  )
}

# The message of the error that `expr` gives, without the bullets below it.
error_of <- function(expr) {
  tryCatch(
    {
      expr
      "no error"
    },
    error = function(cnd) cnd
  )
}

# Each of `bad`, given as `argument` beside the good arguments, must be an error of the
# constructor's own call whose one message names the argument and the value; Python
# must not have been asked.
expect_bad_input <- function(constructor, good, argument, bad) {
  for (value in bad) {
    arguments <- good
    arguments[argument] <- list(value)
    error <- error_of(do.call(constructor, arguments))
    given <- lrschedules:::as_given(value)
    expect_s3_class(error, "rlang_error")
    message <- conditionMessage(error)
    expect_true(
      startsWith(message, paste0("`", argument)) && grepl(given, message, fixed = TRUE),
      info = paste0(argument, " = ", given, ": ", message)
    )
    expect_null(error$parent)
  }
}

NOT_A_RATE <- list(
  NA,
  NA_real_,
  NaN,
  Inf,
  -Inf,
  -1,
  "0.1",
  c(.1, .2),
  numeric(),
  NULL,
  list(),
  TRUE,
  factor(1),
  sum
)
NOT_POSITIVE <- c(NOT_A_RATE, 0)
NOT_STEPS <- c(NOT_A_RATE, 10.7, 2^53 + 2, 1i)
NOT_POSITIVE_STEPS <- c(NOT_STEPS, 0)
NOT_A_FLAG <- list(NA, NULL, "no", "TRUE", 1, 0L, c(TRUE, FALSE), list(), NaN)
NOT_A_LABEL <- list(NA, 1, c("a", "b"), character(), list(), TRUE)
NOT_A_CHOICE <- list(
  "other",
  NA,
  NA_character_,
  NULL,
  1,
  c("linear", "cosine"),
  character(),
  list(),
  TRUE
)
NOT_RATES <- list(
  list(0.1, TRUE),
  list(factor(1), 2),
  NA,
  NaN,
  Inf,
  -1,
  "0.1",
  c(.1, NA),
  c(.1, -1),
  numeric(),
  NULL,
  list(),
  TRUE,
  factor(1),
  sum
)
NOT_BOUNDARIES <- list(
  list(1, TRUE),
  list(factor(1), 2),
  NA,
  NaN,
  Inf,
  -1,
  1.5,
  c(1, 1),
  c(2, 1),
  c(1, NA),
  2^53 + 2,
  "1",
  numeric(),
  NULL,
  list(),
  TRUE,
  factor(1),
  sum
)

# The rates that `fit()` really used, through Python's keras alone: step i trains weight
# i alone with gradient 1, so that SGD leaves minus the rate of step i there.
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

# Runs an R program in a process of its own, with the packages and Python of this one.
run_r <- function(program, ...) {
  file <- withr::local_tempfile(fileext = ".R")
  writeLines(program, file)
  output <- suppressWarnings(system2(
    file.path(R.home("bin"), "Rscript"),
    c(shQuote(file), shQuote(c(...))),
    stdout = TRUE,
    stderr = TRUE,
    env = paste0("R_LIBS=", shQuote(paste(.libPaths(), collapse = .Platform$path.sep)))
  ))
  status <- attr(output, "status")
  if (!is.null(status)) {
    stop("the R process failed:\n", paste(output, collapse = "\n"))
  }
  as.character(output)
}
