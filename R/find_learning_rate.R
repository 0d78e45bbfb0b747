#' Find a learning rate
#'
#' Trains a model for a few batches with rates that grow from `start` to `end`, takes the loss of each
#' batch, and puts everything back: the range test of Smith (2015), in the form that fastai gave it.
#'
#' \deqn{\eta(i) = start \left(\frac{end}{start}\right)^{i / (steps - 1)}}{rate(i) = start * (end / start)^(i / (steps - 1))}
#'
#' The test begins with the weights, and the state of the optimizer, that the model has. It stops where
#' the smoothed loss is more than four times its lowest value, or no number. Arrays are shuffled, as
#' `fit()` does; they and datasets start again when they are exhausted; a generator ends the test. The
#' loss is that of each batch alone, before its step; smoothed, it is averaged exponentially as
#' \deqn{m_i = 0.98\, m_{i-1} + 0.02\, loss_i, \quad smoothed_i = m_i / (1 - 0.98^{i+1})}{m(i) = 0.98 * m(i - 1) + 0.02 * loss(i),  smoothed(i) = m(i) / (1 - 0.98^(i + 1))}
#'
#' Afterwards the model is what it was, bit for bit: its weights, the optimizer with its state, count
#' and schedule, the metrics, the seeds and the compiled training step. So training goes on as if the
#' test had not been, also where an error or Ctrl-C ended it. A model or an optimizer that was not
#' built yet is built. What was taken from a generator is gone, and a dataset that shuffles itself goes
#' on with its next order.
#'
#' @section Suggestions:
#' Look at the picture, too: no rule knows what a loss means. On quadratic losses the first three lie
#' where training is fast and stable, however steep the problem.
#'
#' - `steep`: the rate from which the smoothed loss falls most steeply over the logarithm of the rate.
#'   Where single batches differ much, it can be a rate at which nothing is learnt yet.
#' - `minimum`: a tenth of the rate at which the smoothed loss is lowest.
#' - `edge`: a quarter of the rate from which training is unstable: from there on the loss only rises, or
#'   stays more than a tenth of its whole fall above its lowest value. A running median over a twentieth
#'   of the steps keeps single batches from deciding. This rule is this package's own.
#'
#' The other two do not scale with the problem: they depend on `start`, and on the size of the loss.
#'
#' - `valley`: of the longest series of falling smoothed losses, which need not be neighbours, the rate
#'   half-way into it.
#' - `slide`: an interval of 15 steps slides from the end to the left for as long as the slopes of the
#'   smoothed loss, from step to step, differ by more than 0.005 between its two sides; the rate at its
#'   left.
#'
#' `steep`, `minimum`, `valley` and `slide` are fastai's, and look at what it looks at: all but the first
#' tenth of the planned steps and the last five. They were made for about 100 steps: with 1000, the
#' smoothing becomes short and `steep` far too low.
#'
#' @param model A compiled Keras model.
#' @param x,y The data, as in `fit()`: `x` as an array, a list of arrays, a dataset of TensorFlow, a
#'   generator (a function that returns a batch, `list(x, y)`, and `NULL` at the end), or a `PyDataset`.
#'   Make a matrix of a data frame, with [as.matrix()], unless its columns are named inputs or outputs.
#' @param ... Not used.
#' @param start The first rate: one finite number greater than 0.
#' @param end The last rate: one finite number greater than `start`.
#' @param steps The number of rates, and of batches: one whole number from 10 to 1e6.
#' @param batch_size The number of samples in a batch: one whole number greater than 0. To be left out
#'   where `x` makes batches of its own.
#' @param sample_weight Weights of the samples, as in `fit()`, or `NULL`.
#' @param class_weight Weights of the classes, as in `fit()`: a list or vector of numbers whose names
#'   are the classes, such as `list("0" = 1, "1" = 5)`, or `NULL`.
#' @param optimizer Which optimizer's rate grows, as in [optimizer_step()]: needed if several train
#'   the model. The others train at their own rates.
#' @param verbose Whether to show a progress bar: `TRUE` or `FALSE`.
#' @returns A list of class `range_test`, which is plain data: it can be saved, and prints and plots
#'   without Python. Its elements are
#'   - `rates`, `losses` and `smoothed_losses`: one number for each step. Only the last loss may be no
#'     finite number;
#'   - `suggestions`: a list of the rates `steep`, `minimum`, `edge`, `valley` and `slide`, `NA` where a
#'     rule finds nothing;
#'   - `reasons`: a list of texts that say why, for each that is `NA`;
#'   - `ended`: `"end"` of the steps, `"diverged"` or the end of the `"data"`;
#'   - `steps`: how many steps were planned.
#'
#'   `as.data.frame()` has a row for each step: `learning_rate`, `loss` and `smoothed_loss`. `plot()`
#'   draws the loss of each batch thin and the smoothed loss thick, and returns it invisibly;
#'   `autoplot()` returns a plot of \pkg{ggplot2}.
#' @references
#' Smith (2017), "Cyclical Learning Rates for Training Neural Networks", \doi{10.1109/WACV.2017.58}.
#'
#' fastai: `Learner.lr_find()`. <https://docs.fast.ai/callback.schedule.html>
#' @family ways to train with a schedule
#' @concept lr_find
#' @concept lr_finder
#' @concept LRFinder
#' @concept learning rate finder
#' @concept suggested_lr
#' @export
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' x <- scale(as.matrix(mtcars[, -1]))
#' model <- keras3::keras_model_sequential(input_shape = ncol(x)) |> keras3::layer_dense(1)
#' model |> keras3::compile(optimizer = keras3::optimizer_sgd(), loss = "mse")
#' found <- find_learning_rate(model, x, mtcars$mpg)
#' found
#' plot(found)
#'
#' # The next training, with it as the peak:
#' schedule <- learning_rate_schedule_one_cycle(found$suggestions$edge, 200)
#' model |> keras3::compile(optimizer = keras3::optimizer_sgd(schedule), loss = "mse")
find_learning_rate <- function(
  model,
  x,
  y = NULL,
  ...,
  start = 1e-7,
  end = 10,
  steps = 100,
  batch_size = 32,
  sample_weight = NULL,
  class_weight = NULL,
  optimizer = NULL,
  verbose = interactive()
) {
  check_dots_empty()
  check_model(model)
  check_required(x)
  check_no_data_frame(x, model, "input")
  check_no_data_frame(y, model, "output")
  start <- check_positive(start)
  end <- check_positive(end)
  if (end <= start) {
    abort_argument(
      end,
      paste0("greater than `start`, which is ", format_number(start)),
      "end",
      current_env()
    )
  }
  steps <- check_whole(
    steps,
    "one whole number from 10 to 1e6",
    10,
    "steps",
    current_env(),
    most = 1e6
  )
  if (makes_batches(x)) {
    if (!missing(batch_size)) {
      cli::cli_abort("{.arg batch_size} must be left out where {.arg x} makes batches of its own.")
    }
    batch_size <- NULL
  } else {
    batch_size <- check_count(batch_size)
  }
  class_weight <- check_class_weight(class_weight)
  optimizer <- check_optimizer(optimizer)
  check_flag(verbose)

  data <- lapply(list(x = x, y = y, sample_weight = sample_weight), as_training_data)
  int <- reticulate::import_builtins(convert = FALSE)$int
  found <- with_errors_of(
    data$x,
    reticulate::py_call(
      keras_module("training.find_learning_rate", "`find_learning_rate()`")$find_learning_rate,
      model,
      data$x,
      data$y,
      start = start,
      end = end,
      steps = int(steps),
      batch_size = if (!is.null(batch_size)) int(batch_size),
      sample_weight = data$sample_weight,
      class_weight = class_weight,
      optimizer = optimizer,
      verbose = verbose
    )
  )
  range_test(found, steps)
}

# The plain data of a Python range test.
range_test <- function(found, steps) {
  numbers <- function(name) as.double(reticulate::py_to_r(found[[name]]$tolist()))
  suggestions <- reticulate::py_to_r(found$suggestions)[names(RULES)]
  structure(
    list(
      rates = numbers("rates"),
      losses = numbers("losses"),
      smoothed_losses = numbers("smoothed_losses"),
      suggestions = lapply(suggestions, function(rate) if (is.nan(rate)) NA_real_ else rate),
      reasons = as.list(reticulate::py_to_r(found$reasons)),
      ended = reticulate::py_to_r(found$ended),
      steps = steps
    ),
    class = "range_test"
  )
}

check_model <- function(model, call = caller_env()) {
  check_required(model, call = call)
  requirement <- "a compiled Keras model"
  if (!is_python(model) || !reticulate::py_has_attr(model, "compiled")) {
    abort_argument(model, requirement, "model", call)
  }
  if (!isTRUE(number_to_r(model$compiled))) {
    cli::cli_abort(
      "{.arg model} must be compiled, by {.code compile(model, optimizer = , loss = )}.",
      call = call
    )
  }
}

# Keras takes the columns of a data frame for inputs or outputs of these names.
check_no_data_frame <- function(x, model, what, arg = caller_arg(x), call = caller_env()) {
  if (!is.data.frame(x)) {
    return(invisible())
  }
  all <- paste0(what, "s")
  is_one <- reticulate::py_has_attr(model, all) &&
    reticulate::py_len(reticulate::py_get_attr(model, all)) == 1
  if (is_one || any(grepl("[.]Sequential$", class(model)))) {
    why <- paste0("The model has one ", what, ": write {.code as.matrix(", arg, ")}.")
    abort_argument(x, "an array or a matrix", arg, call, why)
  }
}

# Data that are no arrays: a generator, or an object that gives batches.
makes_batches <- function(x) {
  is.function(x) && !is_python(x) || is_python(x) && !reticulate::py_has_attr(x, "shape")
}

# Names are class numbers, which Python wants as such.
check_class_weight <- function(x, call = caller_env()) {
  if (is.null(x) || is_python(x)) {
    return(x)
  }
  classes <- suppressWarnings(as.numeric(names(x)))
  weights <- suppressWarnings(as.list(x))
  is_weight <- function(x) is_plain_number(x) && length(x) == 1L && is.finite(x) && x >= 0
  if (
    length(x) == 0 ||
      length(classes) != length(x) ||
      !all(is_whole(classes) & classes >= 0) ||
      !all(vapply(weights, is_weight, NA))
  ) {
    abort_argument(
      x,
      "NULL, or a list of numbers, 0 or more, whose names are the classes: whole numbers from 0 on",
      "class_weight",
      call
    )
  }
  reticulate::py_dict(lapply(classes, as.integer), lapply(unname(weights), as.double))
}

# As keras3's `fit()` takes them: numbers in the precision in which Keras computes, factors as
# numbers from 0 on, functions as generators.
as_training_data <- function(x) {
  if (is.null(x) || is_python(x)) {
    return(x)
  }
  if (is.function(x)) {
    return(as_generator(x))
  }
  if (is.list(x)) {
    return(lapply(x, as_training_data))
  }
  if (is.factor(x)) {
    x <- array(as.integer(x) - 1L, dim(x) %||% length(x))
  }
  keras <- reticulate::import("keras", convert = FALSE)
  reticulate::np_array(x, if (is.double(x)) reticulate::py_to_r(keras$config$floatx()))
}

# Python takes an error of the function for the end of its batches: it is kept for
# with_errors_of().
as_generator <- function(f) {
  errors <- new_environment(list(first = NULL))
  next_batch <- function() {
    batch <- tryCatch(f(), error = function(cnd) {
      errors$first <- cnd
      NULL
    })
    if (!is.null(batch)) as_tuple(lapply(unname(batch), as_training_data))
  }
  # Fetched ahead: another thread asks for them, and only this one can call R.
  batches <- reticulate::py_iterator(next_batch, prefetch = 1L)
  structure(
    reticulate::py_call(keras_core("`find_learning_rate()`")$generator, batches),
    errors = errors
  )
}

# TensorFlow takes no lists within a batch, as of several inputs.
as_tuple <- function(x) {
  if (is_bare_list(x) && is.null(names(x))) reticulate::tuple(lapply(x, as_tuple)) else x
}

with_errors_of <- function(generator, expr, call = caller_env()) {
  errors <- attr(generator, "errors")
  value <- tryCatch(expr, error = function(cnd) {
    if (is.null(errors$first)) try_python(stop(cnd), call)
  })
  if (!is.null(errors$first)) {
    cli::cli_abort("{.arg x} gave no batch.", parent = errors$first, call = call)
  }
  value
}

# What each rule does, those first that scale with the problem.
RULES <- c(
  steep = "where the loss falls most steeply",
  minimum = "a tenth of where it is lowest",
  edge = "a quarter of where it begins to rise for good",
  valley = "half-way into its longest fall",
  slide = "where its slopes become alike, from the end on"
)
SCALING <- c("steep", "minimum", "edge")

#' @rdname find_learning_rate
#' @export
print.range_test <- function(x, ...) {
  tried <- length(x$rates)
  why <- c(
    end = "",
    diverged = ", where the loss diverged",
    data = ", where the data ended"
  )[[x$ended]]
  cat(
    said(
      "",
      paste0(
        "<range_test> ",
        format_number(tried),
        if (tried < x$steps) paste0(" of ", format_number(x$steps)),
        " rates from ",
        format_rates(x$rates[[1]]),
        " to ",
        format_rates(x$rates[[tried]]),
        why
      )
    ),
    sep = "\n"
  )
  print_rules(x, SCALING)
  cat("These do not scale with the problem:\n")
  print_rules(x, setdiff(names(RULES), SCALING))
  invisible(x)
}

print_rules <- function(x, rules) {
  rates <- unlist(x$suggestions[rules])
  shown <- ifelse(is.na(rates), "NA", format_rates(rates))
  what <- RULES[rules]
  nothing <- rules %in% names(x$reasons)
  what[nothing] <- unlist(x$reasons[rules[nothing]])
  labels <- paste0("  ", formatC(rules, width = -8), formatC(shown, width = -9))
  for (i in seq_along(rules)) {
    cat(said(labels[[i]], what[[i]]), sep = "\n")
  }
}

#' @rdname find_learning_rate
#' @param row.names,optional As in [as.data.frame()].
#' @export
as.data.frame.range_test <- function(x, row.names = NULL, optional = FALSE, ...) {
  data.frame(
    learning_rate = x$rates,
    loss = x$losses,
    smoothed_loss = x$smoothed_losses,
    row.names = row.names
  )
}

#' @param object What `find_learning_rate()` returned.
#' @param main,xlab,ylab,ylim Graphical parameters, as in [plot.default()]. By default `ylim` leaves out
#'   how far the loss rises where it diverges.
#' @rdname find_learning_rate
#' @export
plot.range_test <- function(
  x,
  ...,
  main = NULL,
  xlab = "learning rate",
  ylab = "loss",
  ylim = NULL
) {
  table <- as.data.frame(x)
  plot(
    table$learning_rate,
    table$loss,
    log = "x",
    type = "l",
    col = "grey60",
    main = main,
    xlab = xlab,
    ylab = ylab,
    ylim = ylim %||% losses_shown(x),
    ...
  )
  lines(table$learning_rate, table$smoothed_loss, lwd = 2)
  marks <- marks_of(x)
  graphics::abline(v = marks$rate, col = marks$colour, lty = marks$line, lwd = 2)
  # Along the lines, at the top and at the bottom in turn, for neighbours to have room.
  usr <- graphics::par("usr")
  at_top <- rank(marks$rate, ties.method = "first") %% 2 == 0
  for (i in seq_len(nrow(marks))) {
    graphics::text(
      marks$rate[[i]],
      usr[[if (at_top[[i]]) 4 else 3]],
      paste0(" ", marks$label[[i]], " "),
      srt = 90,
      adj = c(if (at_top[[i]]) 1 else 0, -0.25),
      col = marks$colour[[i]],
      cex = 0.8
    )
  }
  invisible(table)
}

#' @rdname find_learning_rate
#' @exportS3Method ggplot2::autoplot
autoplot.range_test <- function(object, ...) {
  check_dots_empty()
  marks <- marks_of(object)
  ggplot2::ggplot(as.data.frame(object), ggplot2::aes(.data[["learning_rate"]])) +
    ggplot2::geom_line(ggplot2::aes(y = .data[["loss"]]), colour = "grey60") +
    ggplot2::geom_line(ggplot2::aes(y = .data[["smoothed_loss"]])) +
    ggplot2::geom_vline(
      ggplot2::aes(
        xintercept = .data[["rate"]],
        colour = .data[["label"]],
        linetype = .data[["label"]]
      ),
      data = marks
    ) +
    ggplot2::scale_colour_manual("suggestions", values = marks$colour, breaks = marks$label) +
    ggplot2::scale_linetype_manual("suggestions", values = marks$line, breaks = marks$label) +
    ggplot2::scale_x_log10() +
    ggplot2::coord_cartesian(ylim = losses_shown(object)) +
    ggplot2::labs(x = "learning rate", y = "loss")
}

# The suggestions that there are, with their colours and lines.
marks_of <- function(x) {
  rates <- unlist(x$suggestions[names(RULES)])
  marks <- data.frame(
    rate = rates,
    label = paste(names(RULES), format_rates(rates)),
    colour = COLOURS[seq_along(RULES)],
    line = ifelse(names(RULES) %in% SCALING, 1, 2)
  )
  marks[!is.na(rates), ]
}

# Without how far the loss rises where it diverges.
losses_shown <- function(x) {
  smoothed <- x$smoothed_losses
  if (!is.finite(smoothed[[1]])) {
    return(c(0, 1))
  }
  lowest <- min(smoothed, na.rm = TRUE)
  shown <- smoothed[is.finite(smoothed) & smoothed <= lowest + 3 * abs(lowest)]
  low <- min(x$losses[is.finite(x$losses)], shown)
  top <- max(shown, x$losses[x$losses <= max(shown) + (max(shown) - low) / 2], na.rm = TRUE)
  c(low, top)
}
