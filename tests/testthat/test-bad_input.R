# Tests what every constructor refuses, argument by argument. The checks are found in the code, and
# helper.R lists what each check must refuse. Arguments that depend on each other, and the messages,
# are tested with each schedule.

# Arguments without a `check_*()`, each with the reason.
UNCHECKED <- list()

# The functions of `tf.compat.v1` return a rate, which needs NumPy.
test_that("every argument of every constructor is checked", {
  skip_if_no_numpy()
  expect_gt(length(constructors()), 40)
  for (name in constructors()) {
    checked <- checks_of(constructor(name))
    expect_setequal(names(checked), setdiff(names(formals(constructor(name))), UNCHECKED[[name]]))
    expect_identical(setdiff(checked, names(BAD)), character(), info = name)
    expect_no_error(do.call(name, good(name)))
  }
})

test_that("every bad value of every argument is refused, by its name", {
  skip_if_no_numpy()
  local_quick_refusals()
  cases <- 0
  for (name in some(constructors())) {
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
  expect_gt(cases, if (takes_few()) 1000 else 3000)
})

test_that("a refusal is one error of the user's own call, and of nothing else", {
  skip_if_no_numpy()
  for (name in some(constructors())) {
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
    error <- error_of(schedule_hold(0.1, value))
    given <- paste0("not `", lrschedules:::as_given(value), "`.")
    expect_match(conditionMessage(error), given, fixed = TRUE)
  }
})

test_that("a required argument that is left out is an error that names it", {
  for (name in some(constructors())) {
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
