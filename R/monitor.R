#' Record the learning rate that trains
#'
#' A callback that records the rate of each training step of `fit()`: the rate that the step used, of
#' the schedule that it was compiled with. It is computed at the end of each epoch from that schedule
#' and the optimizer's own count, so that recording costs nothing per step.
#'
#' - `as.data.frame()` is the record, as plain data.
#' - `print()`, `plot()` and ggplot2's `autoplot()` show it, and `lines()` draws it over the schedule
#'   as it was planned.
#' - `history` has `learning_rate`, the rate of each epoch's last step, which `plot(history)` of
#'   keras3 draws. Loggers such as `callback_csv_logger()` write it if they stand after the monitor in
#'   `callbacks`. `callback_tensorboard()` writes a `learning_rate` of its own, that of the next step.
#'
#' A second `fit()` with the same monitor goes on after the first. Of training that is interrupted, the
#' steps of the epoch that was begun are kept. With gradient accumulation there is a row for each
#' batch. Steps that loss scaling leaves out, since their gradients are not finite, have none.
#'
#' After a change by [set_optimizer_schedule()] or [scale_learning_rate()], within an epoch too, the new
#' rates are recorded. Where another schedule was assigned to the optimizer by hand, which TensorFlow
#' and JAX do not notice once a training step is compiled, there is a warning, and what is recorded is
#' what trains. A schedule of another's class, Keras's own too, is recorded as it gives its rates
#' compiled.
#'
#' On TensorFlow, with data whose size `fit()` does not know, Keras counts a step too many in each
#' epoch: that step is missing in the record, as it is in training.
#'
#' Between two sessions, `saveRDS()` keeps a monitor with its record, which needs no Python to be
#' printed and drawn; but in a new session it is no callback any more. After an interrupt, look at it
#' once before it is saved: that fetches the record.
#'
#' @param x,object A monitor, or its record: what `as.data.frame()` returned.
#' @param row.names,optional,... For `plot()` and `lines()`, graphical parameters, as in
#'   [plot.default()]; else not used.
#' @param type,main,xlab,ylab,col Graphical parameters, as in [plot.default()].
#' @returns `callback_learning_rate_monitor()`: a callback, for `fit(callbacks = )`.
#'   `as.data.frame()`: a data frame with a row for each training step, in their order, and the columns
#'   `step` (the optimizer's count, from 0), `epoch` (`step / steps_per_epoch`, and `NA` where `fit()`
#'   does not know how many steps the data have), `fit_epoch` (the epoch of `fit()`, from 1) and
#'   `learning_rate`. `plot()` and `lines()` return it invisibly, `autoplot()` a plot of \pkg{ggplot2}.
#' @family ways to train with a schedule
#' @export
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' model <- keras3::keras_model_sequential(input_shape = 1) |> keras3::layer_dense(1)
#' schedule <- learning_rate_schedule_cosine_decay(0.1, 60)
#' model |> keras3::compile(
#'   optimizer = keras3::optimizer_sgd(learning_rate = schedule), loss = "mse"
#' )
#' monitor <- callback_learning_rate_monitor()
#' x <- matrix(1, 640)
#' model |> keras3::fit(x, x, batch_size = 32, epochs = 2, verbose = 0, callbacks = list(monitor))
#' scale_learning_rate(model, 0.5)
#' model |> keras3::fit(x, x, batch_size = 32, epochs = 1, verbose = 0, callbacks = list(monitor))
#' monitor
#' tail(as.data.frame(monitor), 3)
#'
#' # Planned, and as it trained:
#' plot(schedule, steps = 0:59)
#' lines(monitor)
callback_learning_rate_monitor <- function() {
  monitor <- new.env(parent = emptyenv())
  module <- core_module("training.monitor")
  monitor$callback <- try_python(module$LearningRateMonitor())
  monitor$record <- new_record()
  class(monitor) <- "learning_rate_monitor"
  # One call into R for each `fit()`, so that what is saved has its record.
  fetch <- function(logs = NULL) {
    fetch_record(monitor)
    NULL
  }
  reticulate::py_set_attr(monitor$callback, "on_train_end", fetch)
  monitor
}

new_record <- function(
  step = double(),
  learning_rate = double(),
  fit_epoch = double(),
  size = NULL
) {
  record <- data.frame(
    step,
    epoch = step / (size %||% NA_real_),
    fit_epoch,
    learning_rate
  )
  structure(record, class = c("learning_rate_record", "data.frame"), steps_per_epoch = size)
}

fetch_record <- function(monitor) {
  callback <- monitor$callback
  if (!reticulate::py_is_null_xptr(callback)) {
    columns <- reticulate::py_to_r(try_python(callback$as_bytes()))
    numbers <- lapply(columns[1:3], function(bytes) readBin(bytes, "double", length(bytes) / 8))
    monitor$record <- new_record(numbers[[1]], numbers[[2]], numbers[[3]], columns[[4]])
  }
  monitor$record
}

#' @exportS3Method reticulate::r_to_py
r_to_py.learning_rate_monitor <- function(x, convert = FALSE) {
  if (reticulate::py_is_null_xptr(x$callback)) {
    cli::cli_abort(
      c(
        "A monitor of another session is no callback any more: only its record is left.",
        i = "{.fn callback_learning_rate_monitor} makes a new one."
      ),
      call = NULL
    )
  }
  x$callback
}

#' @rdname callback_learning_rate_monitor
#' @export
as.data.frame.learning_rate_monitor <- function(x, row.names = NULL, optional = FALSE, ...) {
  check_dots_empty()
  if (!is.null(row.names)) {
    abort_argument(row.names, "NULL", "row.names", current_env())
  }
  fetch_record(x)
}

#' @rdname callback_learning_rate_monitor
#' @export
print.learning_rate_monitor <- function(x, ...) {
  cat("<learning_rate_monitor> ", format_record(fetch_record(x)), sep = "")
  invisible(x)
}

format_record <- function(record) {
  n <- nrow(record)
  if (n == 0) {
    return("nothing recorded yet\n")
  }
  at <- function(i) {
    paste0(
      format(record$learning_rate[[i]], digits = 4),
      " at step ",
      format_number(record$step[[i]])
    )
  }
  highest <- which.max(record$learning_rate)
  lowest <- which.min(record$learning_rate)
  paste0(
    count_of(n, "training step"),
    ", ",
    format_number(min(record$step)),
    " to ",
    format_number(max(record$step)),
    "\n",
    paste0(
      "  ",
      c("first", "highest", "lowest", "last"),
      c("   ", " ", "  ", "    "),
      vapply(c(1, highest, lowest, n), at, ""),
      "\n",
      collapse = ""
    )
  )
}

#' @rdname callback_learning_rate_monitor
#' @export
plot.learning_rate_monitor <- function(x, ...) {
  plot(fetch_record(x), ...)
}

#' @rdname callback_learning_rate_monitor
#' @export
lines.learning_rate_monitor <- function(x, ...) {
  lines(fetch_record(x), ...)
}

#' @rdname callback_learning_rate_monitor
#' @usage \method{autoplot}{learning_rate_monitor}(object, ...)
#' @exportS3Method ggplot2::autoplot
autoplot.learning_rate_monitor <- function(object, ...) {
  check_dots_empty()
  autoplot.learning_rate_record(fetch_record(object))
}

#' @rdname callback_learning_rate_monitor
#' @export
plot.learning_rate_record <- function(
  x,
  ...,
  type = "s",
  main = NULL,
  xlab = "step",
  ylab = "learning rate"
) {
  check_record(x)
  shown <- with_gaps(shown_rows(x))
  draw_frame(
    shown$step,
    shown$learning_rate,
    attr(x, "steps_per_epoch"),
    type = type,
    main = main,
    xlab = xlab,
    ylab = ylab,
    ...
  )
  invisible(x)
}

#' @rdname callback_learning_rate_monitor
#' @export
lines.learning_rate_record <- function(x, ..., type = "s", col = COLOURS[[2]]) {
  check_record(x)
  shown <- with_gaps(shown_rows(x))
  lines(shown$step, shown$learning_rate, type = type, col = col, ...)
  invisible(x)
}

#' @rdname callback_learning_rate_monitor
#' @usage \method{autoplot}{learning_rate_record}(object, ...)
#' @exportS3Method ggplot2::autoplot
autoplot.learning_rate_record <- function(object, ...) {
  check_dots_empty()
  check_record(object)
  shown <- shown_rows(object)
  steps_plot(shown, attr(object, "steps_per_epoch"), group = runs_of(shown)) +
    ggplot2::geom_step(colour = COLOURS[[1]])
}

check_record <- function(record, call = caller_env()) {
  if (!all(c("step", "epoch", "learning_rate") %in% names(record)) || nrow(record) == 0) {
    what <- if (nrow(record) == 0) "nothing is recorded yet" else "a column is missing"
    cli::cli_abort("There is nothing to draw: {what}.", call = call)
  }
}

# Of a long record, the first, lowest, highest and last row of each of 1000 parts.
shown_rows <- function(record) {
  n <- nrow(record)
  if (n <= 4000) {
    return(record)
  }
  part <- ceiling(seq_len(n) / n * 1000)
  sorted <- order(part, record$learning_rate)
  ends <- function(i) i[!duplicated(part[i]) | !duplicated(part[i], fromLast = TRUE)]
  record[sort(unique(c(ends(seq_len(n)), ends(sorted)))), ]
}

# A count that was set back, or begun again, begins a new line.
runs_of <- function(record) cumsum(c(TRUE, diff(record$step) <= 0))

with_gaps <- function(record) {
  runs <- split(record, runs_of(record))
  do.call(rbind, lapply(runs, function(run) rbind(run, NA)))
}
