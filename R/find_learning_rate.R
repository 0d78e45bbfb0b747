#' Find a learning rate
#'
#' Finds learning rates for a model and leaves the model as it was. A sweep of growing rates suggests
#' rates, and short trainings decide between them:
#'
#' - `found$peak` is the peak for a schedule that rises and falls, such as
#'   [learning_rate_schedule_one_cycle()] or a cosine with a warmup;
#' - `found$constant` is the rate for training without a rise: a constant rate, or the start of a
#'   decay.
#'
#' @section Sweep:
#' The sweep is the range test of Smith (2017), as implemented in fastai. It trains for `steps`
#' batches with rates that grow from `start` to `end`:
#' \deqn{\eta(i) = start \left(\frac{end}{start}\right)^{i / (steps - 1)}}{rate(i) = start * (end / start)^(i / (steps - 1))}
#' and records the loss of each batch, before its step. The sweep stops when the smoothed loss is more
#' than four times its lowest value or not finite. The smoothed loss is an exponential average:
#' \deqn{m_i = 0.98\, m_{i-1} + 0.02\, loss_i, \quad smoothed_i = m_i / (1 - 0.98^{i+1})}{m(i) = 0.98 * m(i - 1) + 0.02 * loss(i),  smoothed(i) = m(i) / (1 - 0.98^(i + 1))}
#'
#' @section Short trainings:
#' All short trainings start from the current weights and optimizer state of the model, and use the
#' same batches. They follow one cycle, with peaks a factor of 2 apart, from about `valley` to 8 times
#' `edge` (see *Suggestions of the sweep*), or to the last rate of the sweep if `edge` is `NA`.
#'
#' 1. The model trains with each peak for a quarter of `confirm` steps, unless the loss diverges.
#' 2. It trains with the best peak and its neighbours for `confirm` steps.
#' 3. In both rounds, as long as the best peak is the lowest or the highest, it also trains with the next
#'    peak beyond it.
#'
#' The cycle ends after four fifths of the steps. In the last fifth the rate is almost 0, and the mean
#' loss of these batches is the final loss. The peak with the lowest final loss wins. If other peaks end
#' almost as low (the difference is within 2 % of the improvement by training), `peak` is the middle of
#' these peaks, `equal_peaks` lists them, and `print()` says how many there are. If no short training
#' lowers the loss by more than its noise, or if the loss diverges in all of them, `peak` and `constant`
#' are `NA`, and `reasons` says why.
#'
#' `constant` is found in the same way, by trainings of `confirm` steps with a constant rate: a quarter
#' and a half of the best peak, and further rates beyond them. The final loss is the mean loss of the
#' last fifth.
#'
#' All short trainings together take at most 11 times `confirm` steps. The training step is compiled
#' once for all of them.
#'
#' @section What is restored:
#' Afterwards the model is restored bit for bit: its weights, the optimizer with its state, step and
#' schedule, the metrics, the seeds and the compiled training step. Training then continues as if there
#' had been no test, even if an error or Ctrl-C interrupted it. A model or optimizer that was not built
#' before is built afterwards. Batches taken from a generator are gone, and a dataset that shuffles itself
#' continues with its next order.
#'
#' @section Data:
#' Arrays are shuffled, as in `fit()`. Arrays and datasets start again when they are exhausted. For the
#' short trainings, two kinds of batches are kept in memory: `confirm` batches of a TensorFlow dataset,
#' which may shuffle itself, and the batches that the sweep took from a generator. If a generator ends
#' during the sweep, the short trainings are skipped, and `reasons` says so.
#'
#' @section Suggestions of the sweep:
#' Five rules use only the sweep. They were measured as the peak of one cycle on 13 tasks with three
#' seeds each; the vignette *Choosing a schedule* has the table. The regret of a peak is the share of the
#' possible improvement of the training loss that it misses, compared with the best peak. The regret of
#' `found$peak` was at most 4 %.
#'
#' - `minimum`: a tenth of the rate at which the smoothed loss is lowest. Regret over 5 % in 13 % of the
#'   runs.
#' - `edge`: a quarter of the rate at which training becomes unstable: from there on the loss only rises,
#'   or stays above its lowest value by more than a tenth of its total fall. A running median over a
#'   twentieth of the steps keeps single batches from deciding. Regret over 5 % in 11 % of the runs.
#' - `valley`: the rate halfway through the longest series of falling smoothed losses, which need not be
#'   neighbours. Regret over 5 % in 21 % of the runs.
#' - `slide`: an interval of 15 steps slides from the end to the left, as long as the slopes of the
#'   smoothed loss (from step to step) at its two sides differ by more than 0.005. The suggested rate, at
#'   its left side, depends on the scale of the loss. Regret over 5 % in 33 % of the runs.
#' - `steep`: the rate at which the smoothed loss falls most steeply over the logarithm of the rate.
#'   Regret over 5 % in 15 % of the runs.
#'
#' `minimum`, `edge` and `steep` are `NA` if the loss never falls by more than its noise: no mean over
#' a tenth of the steps is five standard deviations below the mean of all losses before it.
#' `minimum`, `valley`, `slide` and `steep` come from fastai, use all steps except the first tenth and
#' the last five, and were made for about 100 steps. `edge` is this package's own rule.
#'
#' @param model A compiled Keras model.
#' @param x,y The data, as in `fit()`: `x` is an array, a list of arrays, a TensorFlow dataset, a
#'   `PyDataset`, or a generator (a function that returns a batch, `list(x, y)`, and `NULL` at the end).
#'   Convert a data frame with [as.matrix()], unless the model has several inputs (for `y`: outputs) that
#'   are named like its columns. For
#'   `print()`, `plot()` and `as.data.frame()`, `x` is a `range_test`.
#' @param ... For `plot()`, more graphical parameters of the sweep's picture; otherwise not used.
#' @param start The first rate: one finite number greater than 0.
#' @param end The last rate: one finite number greater than `start`.
#' @param steps The number of rates (and batches) in the sweep: one whole number from 10 to 1e6.
#' @param confirm The number of steps of a short training: one whole number from 20 to 1e6, or 0 for no
#'   short trainings.
#' @param batch_size The number of samples in a batch: one whole number greater than 0. It can't be used
#'   if the data in `x` are already in batches.
#' @param sample_weight Weights of the samples, as in `fit()`, or `NULL`.
#' @param class_weight Weights of the classes, as in `fit()`: a list or vector of numbers whose names
#'   are the classes, such as `list("0" = 1, "1" = 5)`, or `NULL`.
#' @param optimizer The optimizer whose rate is tested, as in [optimizer_step()]: needed if several
#'   optimizers train the model. The others train at their own rates.
#' @param monitor The name under which the training step reports the loss: one string. Training must lower
#'   it. A custom training step may use a name such as `"total_loss"`.
#' @param verbose Whether to show a progress bar over the sweep and the short trainings: `TRUE` or
#'   `FALSE`. Its total is the largest possible number of steps.
#' @returns A list of class `range_test`. It is plain data, which you can save, print and plot without
#'   Python. Its elements are
#'   - `peak` and `constant`: the rates described above, or `NA`;
#'   - `equal_peaks`: the best peak, and the peaks whose final losses are almost equally low; if no short
#'     training lowers the loss, all peaks that trained for `confirm` steps;
#'   - `trainings`: a data frame with a row for each short training: its `schedule` (`"one_cycle"` or
#'     `"constant"`), its `rate` (the peak or the constant rate), the planned `steps`, the `steps_taken`
#'     (fewer if the loss diverged before the last step) and the `final_loss` (`Inf` if the loss diverged);
#'   - `rates`, `losses` and `smoothed_losses`: one number for each step of the sweep. Only the last loss
#'     can be infinite or `NaN`;
#'   - `suggestions`: a list of the rates `minimum`, `edge`, `valley`, `slide` and `steep`, each `NA` if
#'     its rule finds no rate;
#'   - `reasons`: a list with an explanation for each rate that is `NA`;
#'   - `ended`: how the sweep ended: at the `"end"` of its steps, because the loss `"diverged"`, or at
#'     the end of the `"data"`;
#'   - `steps`, `confirm` and `monitor`: as given.
#'
#'   `as.data.frame()` has a row for each step of the sweep: `learning_rate`, `loss` and
#'   `smoothed_loss`. `plot()` draws the sweep and, next to it, the final losses of the short trainings of
#'   `confirm` steps that did not diverge, and returns that data frame invisibly. The thick line is a
#'   local regression (lowess), which follows the losses without the lag of the smoothed losses. `autoplot()` returns the same picture as a
#'   \pkg{ggplot2} plot. `print()` returns `x` invisibly.
#'
#'   Invalid arguments are errors. An error in a generator stops the test.
#' @references
#' Smith (2017), "Cyclical Learning Rates for Training Neural Networks",
#' \doi{10.1109/WACV.2017.58}; on arXiv since 2015 as \doi{10.48550/arXiv.1506.01186}.
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
#' # Few steps, so that the example is quick:
#' found <- find_learning_rate(model, x, mtcars$mpg, batch_size = 8, confirm = 20)
#' found
#' plot(found)
#'
#' # The next training:
#' schedule <- learning_rate_schedule_one_cycle(found$peak, 200)
#' model |> keras3::compile(optimizer = keras3::optimizer_sgd(schedule), loss = "mse")
find_learning_rate <- function(
  model,
  x,
  y = NULL,
  ...,
  start = 1e-7,
  end = 10,
  steps = 100,
  confirm = 100,
  batch_size = 32,
  sample_weight = NULL,
  class_weight = NULL,
  optimizer = NULL,
  monitor = "loss",
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
  confirm <- check_number(
    confirm,
    "0, or one whole number from 20 to 1e6",
    function(x) (x == 0 || (x >= 20 && x <= 1e6)) && is_whole(x),
    "confirm",
    current_env()
  )
  if (makes_batches(x)) {
    if (!missing(batch_size)) {
      cli::cli_abort(
        "{.arg batch_size} can't be used together with {.arg x}, whose data are already in batches."
      )
    }
    batch_size <- NULL
  } else {
    batch_size <- check_count(batch_size)
  }
  class_weight <- check_class_weight(class_weight)
  optimizer <- check_optimizer(optimizer)
  if (!is_string(monitor) || is.na(monitor)) {
    abort_argument(
      monitor,
      "the name of a quantity that training reports: one string",
      "monitor",
      current_env()
    )
  }
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
      confirm = int(confirm),
      batch_size = if (!is.null(batch_size)) int(batch_size),
      sample_weight = data$sample_weight,
      class_weight = class_weight,
      optimizer = optimizer,
      monitor = monitor,
      verbose = verbose
    )
  )
  range_test(found, steps, confirm, monitor)
}

# Converts a Python range test to plain R data.
range_test <- function(found, steps, confirm, monitor) {
  numbers <- function(name) as.double(reticulate::py_to_r(found[[name]]$tolist()))
  or_na <- function(rate) if (is.nan(rate)) NA_real_ else rate
  rate <- function(name) or_na(as.double(reticulate::py_to_r(found[[name]])))
  suggestions <- reticulate::py_to_r(found$suggestions)[names(RULES)]
  structure(
    list(
      peak = rate("peak"),
      constant = rate("constant"),
      equal_peaks = as.double(unlist(reticulate::py_to_r(found$equal_peaks))),
      trainings = table_of_trainings(found$trainings),
      rates = numbers("rates"),
      losses = numbers("losses"),
      smoothed_losses = numbers("smoothed_losses"),
      suggestions = lapply(suggestions, or_na),
      reasons = as.list(reticulate::py_to_r(found$reasons)),
      ended = reticulate::py_to_r(found$ended),
      steps = steps,
      confirm = confirm,
      monitor = monitor
    ),
    class = "range_test"
  )
}

table_of_trainings <- function(trainings) {
  trainings <- reticulate::iterate(trainings, simplify = FALSE)
  column <- function(name, type) {
    vapply(trainings, function(training) reticulate::py_to_r(training[[name]]), type)
  }
  numbers <- function(name) as.double(column(name, 1))
  data.frame(
    schedule = column("schedule", ""),
    rate = numbers("rate"),
    steps = as.double(column("steps", 1L)),
    steps_taken = as.double(column("steps_taken", 1L)),
    final_loss = numbers("final_loss")
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
      "{.arg model} must be compiled. Call {.code compile(model, optimizer = , loss = )} first.",
      call = call
    )
  }
}

# Keras takes the columns of a data frame as inputs or outputs of the same names.
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

# Whether the data are a generator, or an object that gives batches, instead of arrays.
makes_batches <- function(x) {
  is.function(x) && !is_python(x) || is_python(x) && !reticulate::py_has_attr(x, "shape")
}

# The names are class numbers, which Python needs as integers.
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
      "NULL, or a list of numbers, 0 or more, named after the classes (whole numbers from 0 on)",
      "class_weight",
      call
    )
  }
  reticulate::py_dict(lapply(classes, as.integer), lapply(unname(weights), as.double))
}

# Converts data as keras3's `fit()` does: numbers to Keras's default precision, factors to integers
# from 0 on, functions to generators.
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

# Python would mistake an error in the function for the end of the data, so the error is kept for
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
  # Prefetch: batches are requested from another thread, and only the main thread can call R.
  batches <- reticulate::py_iterator(next_batch, prefetch = 1L)
  structure(
    reticulate::py_call(keras_core("`find_learning_rate()`")$generator, batches),
    errors = errors
  )
}

# TensorFlow accepts tuples within a batch, for several inputs for example, but not lists.
as_tuple <- function(x) {
  if (is_bare_list(x) && is.null(names(x))) reticulate::tuple(lapply(x, as_tuple)) else x
}

with_errors_of <- function(generator, expr, call = caller_env()) {
  errors <- attr(generator, "errors")
  value <- tryCatch(expr, error = function(cnd) {
    if (is.null(errors$first)) try_python(stop(cnd), call)
  })
  if (!is.null(errors$first)) {
    cli::cli_abort("Can't get a batch from {.arg x}.", parent = errors$first, call = call)
  }
  value
}

RULES <- c(
  minimum = "a tenth of the rate at which the smoothed loss is lowest",
  edge = "a quarter of the rate at which the loss starts to rise for good",
  valley = "halfway through the longest fall",
  slide = "the first rate from the end at which the slopes are alike",
  steep = "the rate at which the smoothed loss falls most steeply"
)

#' @rdname find_learning_rate
#' @export
print.range_test <- function(x, ...) {
  tried <- length(x$rates)
  why <- c(
    end = "",
    diverged = ", where the loss diverged",
    data = ", where the data ended"
  )[[x$ended]]
  has_trainings <- !is.null(x$peak)
  cat(
    said(
      "",
      paste0(
        "<range_test> ",
        in_prose(tried),
        if (tried < x$steps) paste0(" of ", in_prose(x$steps)),
        " rates from ",
        format_rates(x$rates[[1]]),
        " to ",
        format_rates(x$rates[[tried]]),
        why,
        if (has_trainings && nrow(x$trainings) > 0) {
          paste0(", and ", count_of(nrow(x$trainings), "short training"))
        }
      )
    ),
    sep = "\n"
  )
  # Range tests saved by older versions contain only suggestions.
  if (has_trainings) {
    rates <- list(peak = x$peak, constant = x$constant)
    what <- c(peak = choice_of(x), constant = "for a constant rate, or the start of a decay")
    print_rates(rates, what, x)
    cat("The sweep alone suggests:\n")
  }
  print_rates(x$suggestions[names(RULES)], RULES, x)
  invisible(x)
}

# Says what the peak is for, and how clear the choice is.
choice_of <- function(x) {
  others <- length(x$equal_peaks)
  paste0(
    "for a schedule that rises and falls",
    if (others > 1) {
      paste0(
        "; the ",
        format_number(others),
        " peaks from ",
        format_rates(min(x$equal_peaks)),
        " to ",
        format_rates(max(x$equal_peaks)),
        " are almost equally good"
      )
    }
  )
}

print_rates <- function(rates, what, x) {
  rates <- unlist(rates)
  shown <- ifelse(is.na(rates), "NA", format_rates(rates))
  nothing <- names(rates) %in% names(x$reasons)
  what[nothing] <- unlist(x$reasons[names(rates)[nothing]])
  labels <- paste0("  ", formatC(names(rates), width = -9), formatC(shown, width = -9))
  for (i in seq_along(rates)) {
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

#' @param object A `range_test`, returned by `find_learning_rate()`.
#' @param main,xlab,ylab,ylim Graphical parameters of the sweep's picture, as in [plot.default()]. By
#'   default, `ylim` cuts off the rise of a diverging loss.
#' @rdname find_learning_rate
#' @export
plot.range_test <- function(
  x,
  ...,
  main = NULL,
  xlab = "learning rate",
  ylab = NULL,
  ylim = NULL
) {
  table <- as.data.frame(x)
  monitor <- x$monitor %||% "loss"
  trainings <- trainings_shown(x)
  if (nrow(trainings) > 0) {
    # Upright numbers need room between the axis and its title.
    old <- graphics::par(
      mfrow = c(1, 2),
      mar = c(4.7, 4.7, if (is.null(main)) 1 else 3, 0.5),
      mgp = c(3.6, 0.8, 0)
    )
    on.exit(graphics::par(old))
  }
  shown <- losses_shown(x)
  # A line that leaves the picture would cross the labels above the losses.
  within <- function(loss) ifelse(is.null(ylim) & loss > shown[[2]], NA, loss)
  plot(
    table$learning_rate,
    within(table$loss),
    log = "x",
    type = "l",
    col = THIN,
    main = main,
    xlab = xlab,
    ylab = ylab %||% paste(monitor, "in the sweep"),
    ylim = ylim %||% with_room_above(shown),
    ...
  )
  trend <- trend_of(x)
  lines(trend$learning_rate, within(trend$loss), lwd = 2)
  marks <- marks_of(x)
  draw_marks(marks)
  if (nrow(trainings) > 0) {
    chosen <- marks[marks$name %in% c("peak", "constant"), ]
    draw_trainings(trainings, chosen, "rate of short trainings", paste("final", monitor))
  }
  invisible(table)
}

# Labels stand in a band above the losses, which with_room_above() keeps free. Each label has a separate
# line, ordered so that no mark crosses a label: the further a mark is to the side to which the labels
# extend, the lower its label.
draw_marks <- function(marks) {
  usr <- graphics::par("usr")
  to_left <- isTRUE(log10(min(marks$rate, Inf)) > usr[[1]] + 0.4 * (usr[[2]] - usr[[1]]))
  marks <- marks[order(marks$rate, decreasing = to_left), ]
  for (i in seq_len(nrow(marks))) {
    at <- usr[[4]] - (usr[[4]] - usr[[3]]) * BAND * (i - 0.4) / MOST_MARKS
    draw_mark(marks[i, ], at)
    draw_label(marks[i, ], at, to_left)
  }
}

draw_label <- function(mark, at, to_left) {
  graphics::text(
    mark$rate,
    at,
    mark$label,
    pos = if (to_left) 2 else 4,
    offset = 0.3,
    col = mark$colour,
    cex = 0.8
  )
}

draw_mark <- function(mark, to) {
  bottom <- graphics::par("usr")[[3]]
  graphics::segments(mark$rate, bottom, mark$rate, to, col = mark$colour, lty = mark$line, lwd = 2)
}

draw_trainings <- function(trainings, marks, xlab, ylab) {
  limits <- with_room_above(range(trainings$final_loss))
  plot(range(trainings$rate), limits, log = "x", type = "n", xlab = xlab, ylab = ylab)
  usr <- graphics::par("usr")
  for (mark in split(marks, seq_len(nrow(marks)))) {
    draw_mark(mark, usr[[4]] - (usr[[4]] - usr[[3]]) * BAND)
  }
  kinds <- unique(trainings$what)
  shapes <- POINTS[kinds]
  for (kind in kinds) {
    one <- trainings[trainings$what == kind, ]
    lines(one$rate, one$final_loss, col = THIN)
    graphics::points(one$rate, one$final_loss, pch = shapes[[kind]])
  }
  graphics::legend("topleft", kinds, pch = shapes, lty = 1, col = THIN, bty = "n", cex = 0.8)
}

#' @rdname find_learning_rate
#' @usage \method{autoplot}{range_test}(object, ...)
#' @exportS3Method ggplot2::autoplot
autoplot.range_test <- function(object, ...) {
  check_dots_empty()
  monitor <- object$monitor %||% "loss"
  panels <- paste(c("", "final "), monitor, c(" in the sweep", " of short trainings"), sep = "")
  in_panel <- function(table, panel) {
    table$panel <- factor(rep(panels[[panel]], nrow(table)), panels)
    table
  }
  marks <- in_panel(marks_of(object), 1)
  shown <- losses_shown(object)
  sweep <- as.data.frame(object)
  trend <- trend_of(object)
  # ggplot2 can't set limits for a single panel.
  sweep$loss[!(sweep$loss <= shown[[2]])] <- NA
  trend$loss[!(trend$loss <= shown[[2]])] <- NA
  line <- ggplot2::aes(y = .data[["loss"]])
  picture <- ggplot2::ggplot(in_panel(sweep, 1), ggplot2::aes(.data[["learning_rate"]])) +
    ggplot2::geom_line(line, colour = THIN, na.rm = TRUE) +
    ggplot2::geom_line(
      line,
      in_panel(trend, 1),
      colour = COLOURS[[7]],
      linewidth = 1,
      na.rm = TRUE
    ) +
    ggplot2::scale_x_log10() +
    ggplot2::labs(x = "learning rate", y = NULL)
  trainings <- trainings_shown(object)
  if (nrow(trainings) > 0) {
    chosen <- in_panel(marks[marks$name %in% c("peak", "constant"), names(marks) != "panel"], 2)
    marks <- rbind(marks, chosen)
    trainings <- in_panel(trainings, 2)
    what <- ggplot2::aes(.data[["rate"]], .data[["final_loss"]], group = .data[["what"]])
    shape <- ggplot2::aes(.data[["rate"]], .data[["final_loss"]], shape = .data[["what"]])
    picture <- picture +
      ggplot2::geom_line(what, data = trainings, colour = THIN) +
      ggplot2::geom_point(shape, data = trainings, colour = COLOURS[[7]]) +
      ggplot2::scale_shape_manual("short trainings", values = POINTS) +
      ggplot2::facet_wrap("panel", ncol = 1, scales = "free_y")
  }
  if (nrow(marks) > 0) {
    rate <- ggplot2::aes(
      xintercept = .data[["rate"]],
      colour = .data[["label"]],
      linetype = .data[["label"]]
    )
    first <- !duplicated(marks$label)
    picture <- picture +
      ggplot2::geom_vline(rate, data = marks) +
      ggplot2::scale_colour_manual(
        "rates",
        values = marks$colour[first],
        breaks = marks$label[first]
      ) +
      ggplot2::scale_linetype_manual(
        "rates",
        values = marks$line[first],
        breaks = marks$label[first]
      )
  }
  picture
}

MOST_MARKS <- 3
# The share of a picture's height that is kept free for labels.
BAND <- 0.24

# Translucent grey is visible on light and dark backgrounds.
THIN <- "#99999999"
POINTS <- c("one cycle" = 16, "constant rate" = 2)

# The rates to mark: first those found by short trainings, then suggestions of the best rules.
marks_of <- function(x) {
  found <- unlist(x[c("peak", "constant")])
  rates <- c(found[!is.na(found)], unlist(x$suggestions[c("edge", "minimum", "valley")]))
  rates <- utils::head(rates[!is.na(rates)], MOST_MARKS)
  colours <- c(
    peak = COLOURS[[1]],
    constant = COLOURS[[2]],
    edge = COLOURS[[3]],
    minimum = COLOURS[[4]],
    valley = COLOURS[[6]]
  )
  data.frame(
    name = names(rates),
    rate = unname(rates),
    label = paste(names(rates), format_rates(rates)),
    colour = unname(colours[names(rates)]),
    line = match(names(rates), names(colours)) %% 2 + 1
  )
}

# The full-length short trainings that did not diverge, ordered by rate.
trainings_shown <- function(x) {
  table <- x$trainings
  if (is.null(table)) {
    return(data.frame())
  }
  table <- table[is.finite(table$final_loss) & table$steps == max(table$steps, 0), ]
  table$what <- c(one_cycle = "one cycle", constant = "constant rate")[table$schedule]
  table[order(table$what, table$rate), ]
}

# A local regression over the logarithm of the rate, which has no lag.
trend_of <- function(x) {
  finite <- is.finite(x$losses)
  rates <- x$rates[finite]
  losses <- x$losses[finite]
  if (length(losses) > 2) {
    # A steep rise at the end must not bend the line before it.
    losses <- pmin(losses, 2 * losses_shown(x)[[2]] - min(losses))
    losses <- stats::lowess(log(rates), losses, f = max(0.15, 8 / length(losses)), iter = 0)$y
  }
  data.frame(learning_rate = rates, loss = losses)
}

with_room_above <- function(limits) {
  limits[[2]] <- limits[[2]] + diff(limits) * BAND / (1 - BAND)
  limits
}

# The range of losses to show, without the rise of a diverging loss.
losses_shown <- function(x) {
  losses <- x$losses[is.finite(x$losses)]
  if (length(losses) == 0) {
    return(c(0, 1))
  }
  lowest <- min(losses)
  highest <- max(losses[seq_len((length(losses) + 1) %/% 2)])
  c(lowest, highest + 0.3 * (highest - lowest))
}
