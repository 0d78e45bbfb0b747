# What every constructor refuses, argument by argument: the checks are found in the code, and
# what each must refuse is in helper.R. Arguments that depend on each other, and the messages,
# are tested beside each schedule.

# Arguments that no `check_*()` is called on, each with its reason.
UNCHECKED <- list()

decay <- learning_rate_schedule_constant(0.1)

# Arguments that every constructor which requires them accepts.
GOOD <- list(
  after_warmup_lr_sched = decay,
  at = 10,
  boundaries = c(1, 2),
  decay_rate = 0.5,
  decay_steps = 1000,
  every = 10,
  factor = 2,
  first = decay,
  first_decay_steps = 1000,
  from = 10,
  global_step = 10,
  gradient_accumulation_steps = 4,
  initial_learning_rate = 0.1,
  learning_rate = 0.1,
  maximal_learning_rate = 1,
  offset = 10,
  schedule = decay,
  schedules = list(decay, 0.1, 0.2),
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
# As many values as boundaries.
EQUALLY_MANY <- c(
  "learning_rate_schedule_piecewise_interpolate",
  "learning_rate_schedule_step_cosine_decay_with_offset"
)

required <- function(name) {
  arguments <- formals(constructor(name))
  names(arguments)[vapply(arguments, function(x) identical(x, quote(expr = )), NA)]
}

good <- function(name) {
  arguments <- GOOD[required(name)]
  if (name %in% EQUALLY_MANY) {
    arguments$values <- c(1, 0.5)
  }
  arguments
}

with_argument <- function(arguments, argument, value) {
  arguments[argument] <- list(value)
  arguments
}

# Puts a function of the package aside: testthat before 3.1.7 cannot.
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

test_that("every argument of every constructor is checked", {
  expect_gt(length(constructors()), 40)
  for (name in constructors()) {
    checked <- checks_of(constructor(name))
    expect_setequal(names(checked), setdiff(names(formals(constructor(name))), UNCHECKED[[name]]))
    expect_identical(setdiff(checked, names(BAD)), character(), info = name)
    expect_no_error(do.call(name, good(name)))
  }
})

test_that("every bad value of every argument is refused, by its name", {
  # In the place of a message by cli, which takes 13 ms: here are thousands.
  local_replacement("abort_argument", function(x, requirement, arg, call) {
    force(call)
    at <- Position(function(frame) identical(frame, call), sys.frames())
    from <- as.character(sys.call(at)[[1]])
    stop(errorCondition(requirement, x = x, arg = arg, from = from, class = "refused"))
  })
  cases <- 0
  for (name in constructors()) {
    checked <- checks_of(constructor(name))
    for (argument in names(checked)) {
      bad <- BAD[[checked[[argument]]]]
      was_refused <- vapply(
        bad,
        function(value) {
          error <- error_of(do.call(name, with_argument(good(name), argument, value)))
          inherits(error, "refused") &&
            identical(error$arg, argument) &&
            identical(error$x, value) &&
            identical(error$from, name)
        },
        NA
      )
      cases <- cases + length(bad)
      expect_identical(bad[!was_refused], list(), info = paste(name, argument))
    }
  }
  expect_gt(cases, 3000)
})

test_that("a refusal is one error of the user's own call, and of nothing else", {
  for (name in constructors()) {
    checked <- checks_of(constructor(name))
    argument <- names(checked)[[length(checked)]]
    value <- BAD[[checked[[argument]]]][[1]]
    error <- error_of(do.call(name, with_argument(good(name), argument, value)))
    expect_true(inherits(error, "rlang_error") && is.null(error$parent))
    expect_identical(error$call[[1]], as.name(name))
    message <- conditionMessage(error)
    given <- paste0(", not `", lrschedules:::as_given(value), "`.")
    expect_true(
      startsWith(message, paste0("`", argument, "` must be ")) && endsWith(message, given),
      info = message
    )
  }
})

test_that("a refusal shows what was given", {
  for (value in NOT_STEPS) {
    error <- error_of(schedule_hold(decay, value))
    given <- paste0("not `", lrschedules:::as_given(value), "`.")
    expect_match(conditionMessage(error), given, fixed = TRUE)
  }
})

test_that("a required argument that is left out is an error that names it", {
  for (name in constructors()) {
    messages <- vapply(
      required(name),
      function(argument) {
        given <- good(name)
        conditionMessage(error_of(do.call(name, given[names(given) != argument])))
      },
      ""
    )
    expect_identical(
      unname(messages),
      sprintf("`%s` is absent but must be supplied.", required(name)),
      info = name
    )
  }
})
