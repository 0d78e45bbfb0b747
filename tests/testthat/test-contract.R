# Tests that R and Python agree on the arguments, checks, refusals and formula of each constructor.
# Known differences are listed with their reasons. A listed difference that has disappeared fails.

# Gets Python's side in a single call that takes texts and returns a text.
python_side <- function(function_name, argument = NULL) {
  reticulate::py_run_string(
    "
import dataclasses, inspect, json, math, re, typing
from lrschedules_math.core import registry
from lrschedules_math.core.schedule import argument_of
from lrschedules_math.exchange import bridge

def text(value):
    if value is dataclasses.MISSING: return 'required'
    if value is None: return 'NULL'
    if isinstance(value, (bool, str)): return repr(value).upper() if value is True or value is False else value
    return '%.15g' % value

def check_of(hint):
    check = getattr(hint, '__metadata__', [None])[0]
    return check and check.__qualname__.split('.')[0].lstrip('_')

def described(cls):
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = dataclasses.fields(cls)
    return {
        'arguments': [argument_of(f.name) for f in fields],
        'defaults': [text(f.default) for f in fields],
        'checks': [check_of(hints[f.name]) for f in fields],
        'formulas': re.findall(r'```\\n(.*?)```', inspect.getdoc(cls), re.S),
    }

def lrschedules_test_described(_):
    return json.dumps({name: described(cls) for name, cls in registry.CLASSES.items()})

CYCLE = {'class': 'OneCycle', 'config': {'maximal_learning_rate': 1.0, 'total_steps': 100.0}}

def outcome(name, config):
    try:
        bridge.build([CYCLE, {'class': name, 'config': config}])
    except ValueError:
        return 'refused'
    except Exception as error:
        return repr(error)
    return 'accepted'

def lrschedules_test_outcomes(cases):
    values = {'inf': math.inf, 'nan': math.nan, 'math': math, 'None': None, 'True': True}
    cases = json.loads(cases)
    tried = {k: eval(v, values) for k, v in cases['values'].items()}
    return json.dumps({
        name: {a: {k: outcome(name, {**good, a: v}) for k, v in tried.items()} for a in arguments}
        for name, (good, arguments) in cases['classes'].items()
    })
"
  )
  jsonlite::fromJSON(reticulate::py[[function_name]](argument), simplifyDataFrame = FALSE)
}

# The classes with a constructor in R.
described_classes <- function() {
  described <- python_side("lrschedules_test_described")
  others <- c("KerasSchedule", names(lrschedules:::OPERATORS))
  described[!names(described) %in% others]
}

constructor_name <- function(class) lrschedules:::constructor_name(class)

test_that("each class has a constructor, and each constructor a class", {
  skip_if_no_keras()
  built <- vapply(names(described_classes()), constructor_name, "")
  expect_setequal(
    c(built, "schedule_then"), # joins two, as schedule_join() does
    grep("^v1_", constructors(), value = TRUE, invert = TRUE)
  )
})

# A dataclass lists the fields of its base class first, but R has Model Garden's order.
OFFSET_LAST <- c(
  "CosineDecayWithOffset",
  "ExponentialDecayWithOffset",
  "PiecewiseConstantDecayWithOffset",
  "PolynomialDecayWithOffset"
)

test_that("arguments have the names, order and defaults of Python's", {
  skip_if_no_keras()
  default_text <- function(x) {
    if (identical(x, quote(expr = ))) {
      return("required")
    }
    x <- eval(x)
    if (is.null(x)) {
      "NULL"
    } else if (is.numeric(x)) {
      sub("Inf", "inf", sprintf("%.15g", x))
    } else {
      as.character(x)
    }
  }
  classes <- described_classes()
  for (class in names(classes)) {
    theirs <- rlang::set_names(classes[[class]]$defaults, classes[[class]]$arguments)
    if (class %in% OFFSET_LAST) {
      expect_identical(names(theirs)[[length(theirs)]], "offset")
      theirs <- c(theirs["offset"], theirs[names(theirs) != "offset"])
    }
    ours <- formals(constructor(constructor_name(class)))
    expect_identical(vapply(ours, default_text, ""), theirs, info = class)
  }
})

# Arguments for which R refuses more than Python: Python's check and R's check.
STRICTER <- c(
  # Python allows fractional periods because Keras's configurations have them; keras3 truncates.
  "positive_steps > positive_whole_steps",
  "positive_steps > keras_positive_steps",
  # None means infinity in configurations, where nothing else can; R has Inf.
  "times > times",
  "upper_rate > upper_rate"
)

# Arguments for which R accepts more than Python: fractions, which keras3 and Keras truncate.
LOOSER <- c("steps > keras_steps", "boundaries > keras_boundaries")

test_that("arguments have the same checks, and R refuses what Python refuses", {
  skip_if_quick()
  skip_if_no_keras()
  local_quick_refusals()
  values <- c(
    "0" = "0.0",
    "1" = "1.0",
    "2" = "2.0",
    "0.5" = "0.5",
    "-0.5" = "-0.5",
    "-1" = "-1.0",
    "1e-7" = "1e-7",
    "10.7" = "10.7",
    "3e9" = "3e9",
    "1e300" = "1e300",
    "2^53" = "2.0**53",
    "2^53 + 2" = "2.0**53 + 2",
    "Inf" = "inf",
    "-Inf" = "-inf",
    "NaN" = "nan",
    "NULL" = "None",
    "TRUE" = "True",
    "'0.1'" = "'0.1'",
    "'linear'" = "'linear'",
    "'cosine'" = "'cosine'",
    "'right'" = "'right'",
    "c(1, 2)" = "[1.0, 2.0]",
    "c(2, 1)" = "[2.0, 1.0]",
    "c(1, 2, 3)" = "[1.0, 2.0, 3.0]",
    "c(0, 1.5)" = "[0.0, 1.5]",
    "c(1, -1)" = "[1.0, -1.0]",
    "c(1, NaN)" = "[1.0, nan]",
    "list()" = "[]",
    "list('a', 1)" = "['a', 1.0]"
  )
  tried <- lapply(names(values), function(value) eval(parse(text = value)))
  classes <- described_classes()
  cases <- lapply(rlang::set_names(names(classes)), function(class) {
    # Any schedule is replaced by the schedule that Python uses there.
    config <- lapply(good(constructor_name(class)), function(x) {
      if (is.function(x)) list(node = 0) else x
    })
    list(config, I(classes[[class]]$arguments))
  })
  refused_there <- python_side(
    "lrschedules_test_outcomes",
    jsonlite::toJSON(
      list(values = as.list(values), classes = cases),
      auto_unbox = TRUE,
      digits = NA
    )
  )

  number <- 0
  stricter <- character()
  looser <- character()
  for (class in names(classes)) {
    name <- constructor_name(class)
    checks <- checks_of(constructor(name))
    call <- good(name)
    for (argument in classes[[class]]$arguments) {
      there <- unlist(refused_there[[class]][[argument]])
      here <- vapply(
        tried,
        function(value) {
          error <- suppressMessages(error_of(do.call(name, with_argument(call, argument, value))))
          if (inherits(error, "error")) "refused" else "accepted"
        },
        ""
      )
      number <- number + length(here)
      info <- paste(name, argument)
      expect_identical(setdiff(there, c("accepted", "refused")), character(), info = info)
      # Translate the names: a rate is a non-negative number, and only R has checks for shapes.
      word <- classes[[class]]$checks[classes[[class]]$arguments == argument]
      ours <- sub("^shape$", "one_of", sub("^shape_power$", "positive", checks[[argument]]))
      both <- paste(word, ">", ours)
      more <- names(values)[there == "refused" & here == "accepted"]
      if (length(more) > 0) {
        looser <- c(looser, both)
        # Without a target, a warmup of any length is ignored.
        fractions <- c("0.5", "10.7", "c(0, 1.5)")
        allowed <- if (argument == "warmup_steps") names(values) else fractions
        expect_identical(setdiff(more, allowed), character(), info = info)
      } else if (any(here == "refused" & there == "accepted")) {
        stricter <- c(stricter, both)
      } else {
        same <- sub("^(non_negative|alpha)$", "rate", c(word, ours))
        expect_identical(same[[1]], same[[2]], info = info)
      }
    }
  }
  expect_setequal(stricter, STRICTER)
  expect_setequal(looser, LOOSER)
  expect_gt(number, 4000)
})

# The formulas of a help page, as they appear in text help.
formulas_of_page <- function(name, pages) {
  tag <- function(x) attr(x, "Rd_tag") %||% ""
  text <- function(x) paste(unlist(x), collapse = "")
  aliases <- function(page) vapply(Filter(function(x) tag(x) == "\\alias", page), text, "")
  page <- Filter(function(page) name %in% aliases(page), pages)[[1]]
  deqns <- function(x) {
    if (tag(x) == "\\deqn") {
      text(x[[2]])
    } else if (is.list(x)) {
      unlist(lapply(x, deqns))
    }
  }
  deqns(page)
}

# Removes white space, and conditions such as "for step < ...", which docstrings state below the
# formula. R's `[[i]]` becomes Python's `[i]`, R's `from` becomes `from_`, and an inner schedule gets the
# name of R's constructor.
plain_formula <- function(text) {
  text <- gsub("\\s+", " ", text)
  text <- sub(" for .*", "", gsub("[[", "[", gsub("]]", "]", text, fixed = TRUE), fixed = TRUE))
  gsub(" ", "", sub("^rate\\(step\\) = ", "", text))
}
plain_docstring <- function(text) {
  text <- gsub("from_", "from", paste(text, collapse = " "), fixed = TRUE)
  base <- regmatches(text, regexpr("\\w+(?=\\(\\.\\.\\.\\))", text, perl = TRUE))
  if (length(base)) {
    text <- sub(paste0(base, "(...)"), lrschedules:::constructor_label(base), text, fixed = TRUE)
  }
  gsub("\\s+", "", text)
}

OTHER_FORMULA <- c(
  Scale = "one help page is for all of arithmetic",
  Tabulated = "R counts the values from 1"
)

test_that("help page and docstring have the same formula", {
  skip_if_no_keras()
  classes <- described_classes()
  pages <- help_pages()
  agrees <- vapply(
    names(classes),
    function(class) {
      ours <- plain_formula(formulas_of_page(constructor_name(class), pages))
      theirs <- plain_docstring(classes[[class]]$formulas)
      # A page for two classes contains the formulas of both.
      several <- length(ours) > 1 && grepl("LinearCosine", class)
      found <- vapply(ours, grepl, NA, theirs, fixed = TRUE)
      if (several) any(found) else all(found)
    },
    NA
  )
  expect_setequal(names(agrees)[!agrees], names(OTHER_FORMULA))
})
