#' Record the learning rate that trains
#'
#' A callback that records the rate of each training step of `fit()`: the rate that the step used, of
#' the schedule that it was compiled with. It is computed at the end of each epoch from that schedule
#' and the optimizer's own count: in a step, nothing is read from the device. Only a learning rate that
#' is a number, and that another callback sets between batches, is read at each of them.
#'
#' - `as.data.frame()` is the record, as plain data.
#' - `print()`, `plot()` and ggplot2's `autoplot()` show it, and `lines()` draws it over the schedule
#'   as it was planned. If the optimizer began to count again, as after `compile()`, the pictures count
#'   batches trained instead, with a dotted line where it did; `lines()` goes by the steps.
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
#' compiled. If such a schedule was assigned by hand after a `fit()` without this package's callbacks,
#' the monitor can't notice it and records the assigned schedule: use [set_optimizer_schedule()].
#'
#' If a model has several optimizers, the monitor records each of them, or the one that `optimizer`
#' names. The record then has a column of rates for each, such as `learning_rate.d_optimizer`. If the
#' optimizers count differently, as when a training step trains one of them five times, each also has
#' its own columns `step.d_optimizer` and `fit_epoch.d_optimizer`: the rows are then those of each
#' optimizer in their order, with `NA` after its last one. `history` has `learning_rate_d_optimizer`.
#'
#' If the monitor can't know a rate, the record has `NaN`. This and whatever else makes a record
#' doubtful is an R warning at the end of `fit()`.
#'
#' On TensorFlow, with data whose size `fit()` does not know, Keras counts a step too many in each
#' epoch: that step is missing in the record, as it is in training.
#'
#' Between two sessions, `saveRDS()` keeps a monitor with its record, which needs no Python to be
#' printed and drawn; but in a new session it is no callback any more. After an interrupt, look at it
#' once before it is saved: that fetches the record.
#'
#' @param optimizer Which optimizer of the model, as in [optimizer_step()]: `NULL` for all that train.
#' @param x,object A monitor, or its record: what `as.data.frame()` returned.
#' @param row.names,optional,stringsAsFactors,... For `plot()` and `lines()`, graphical parameters, as in
#'   [plot.default()]; else not used.
#' @param n How many rows to print of a record that has more than twice as many.
#' @param type,main,xlab,ylab,col,lwd Graphical parameters, as in [plot.default()].
#' @returns `callback_learning_rate_monitor()`: a callback, for `fit(callbacks = )`.
#'   `as.data.frame()`: a data frame with a row for each training step, in their order, and the columns
#'   `step` (the optimizer's count, from 0), `epoch` (`step / steps_per_epoch`, and `NA` where `fit()`
#'   does not know how many steps the data have), `fit_epoch` (the epoch of `fit()`, from 1) and
#'   `learning_rate`. For several optimizers it has `learning_rate.<name>` for each, and if they count
#'   differently `step.<name>`, `fit_epoch.<name>` and `learning_rate.<name>` alone. `plot()` and
#'   `lines()` return it invisibly, `autoplot()` a plot of \pkg{ggplot2}.
#'   A factor of [optimizer_with_layer_rates()] that is a schedule has a column of its own, such as
#'   `layer_rate.head`.
#' @family ways to train with a schedule
#' @concept LearningRateMonitor
#' @concept lr_monitor
#' @concept lr_history
#' @concept log_lr
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
callback_learning_rate_monitor <- function(optimizer = NULL) {
  optimizer <- check_optimizer(optimizer)
  monitor <- new.env(parent = emptyenv())
  module <- keras_module("training.monitor_for_r", "`callback_learning_rate_monitor()`")
  monitor$callback <- try_python(module$MonitorForR(optimizer))
  monitor$record <- new_record()
  class(monitor) <- "learning_rate_monitor"
  # One call into R for each `fit()`, so that what is saved has its record.
  fetch <- function(logs = NULL) {
    fetch_record(monitor, warn = function(sentences) {
      after_python(function() raise_warnings(sentences))
    })
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
  record_of(list(data.frame(step, fit_epoch, learning_rate)), "", size)
}

# The record of several optimizers, of a table for each. An optimizer may take several steps for each
# batch: if the counts differ, it is unknown how many steps an epoch has.
record_of <- function(tables, names, size) {
  counts <- lapply(tables, function(table) table[c("step", "fit_epoch")])
  if (length(unique(counts)) == 1) {
    rates <- lapply(tables, function(table) table$learning_rate)
    names(rates) <- column_of("learning_rate", names)
    factors <- Map(
      function(table, name) {
        factors <- as.list(table[setdiff(names(table), c("step", "fit_epoch", "learning_rate"))])
        set_names(factors, column_of(names(factors), rep_len(name, length(factors))))
      },
      unname(tables),
      names
    )
    step <- counts[[1]]$step
    columns <- c(
      list(step = step, epoch = step / (size %||% NA_real_), fit_epoch = counts[[1]]$fit_epoch),
      rates,
      unlist(unname(factors), recursive = FALSE)
    )
  } else {
    size <- NULL
    rows <- seq_len(max(vapply(tables, nrow, 1L)))
    columns <- unlist(
      Map(
        function(table, name) {
          set_names(lapply(table, function(column) column[rows]), column_of(names(table), name))
        },
        unname(tables),
        names
      ),
      recursive = FALSE
    )
  }
  structure(
    columns,
    class = c("learning_rate_record", "data.frame"),
    row.names = seq_along(columns[[1]]),
    steps_per_epoch = size
  )
}

# The column of an optimizer: the only one has no name.
column_of <- function(what, name) paste0(what, ifelse(nzchar(name), ".", ""), name)

# The inverse of record_of(): a table with the columns `step` and `learning_rate` for each optimizer,
# also where other columns were added or some were left out.
tables_of <- function(record) {
  columns <- grep("^learning_rate([.]|$)", names(record), value = TRUE)
  names <- sub("^learning_rate[.]?", "", columns)
  steps <- column_of("step", names)
  steps[!steps %in% names(record)] <- "step"
  known <- steps %in% names(record)
  tables <- Map(
    function(step, column) {
      table <- data.frame(step = record[[step]], learning_rate = record[[column]])
      table[!is.na(table$step), ]
    },
    steps[known],
    columns[known]
  )
  set_names(unname(tables), names[known])
}

fetch_record <- function(monitor, warn = raise_warnings) {
  callback <- monitor$callback
  if (!reticulate::py_is_null_xptr(callback)) {
    fetched <- reticulate::py_to_r(try_python(callback$as_bytes()))
    tables <- lapply(fetched[[1]], function(columns) {
      numbers <- lapply(columns[2:4], function(bytes) readBin(bytes, "double", length(bytes) / 8))
      table <- data.frame(
        step = numbers[[1]],
        fit_epoch = numbers[[3]],
        learning_rate = numbers[[2]]
      )
      factors <- lapply(columns[[6]], function(bytes) readBin(bytes, "double", length(bytes) / 8))
      table[column_of("layer_rate", as.character(unlist(columns[[5]])))] <- factors
      table
    })
    names <- vapply(fetched[[1]], function(columns) columns[[1]], "")
    monitor$record <- record_of(tables, names, fetched[[2]])
    # Last: a handler may leave this function.
    warn(unlist(reticulate::py_to_r(callback$fetch_warnings())))
  }
  monitor$record
}

raise_warnings <- function(sentences) {
  for (sentence in sentences) {
    warning(gsub("`LearningRateMonitor`", "the monitor", sentence, fixed = TRUE), call. = FALSE)
  }
}

# Calls `f` when Python returns to R. A handler such as `tryCatch(fit(...), warning = )` leaves the
# functions that run: functions of Python must not be among them, or Python fails from then on.
after_python <- function(f) {
  namespace <- asNamespace("reticulate")
  is_bridge <- vapply(
    seq_len(sys.nframe()),
    function(i) identical(topenv(environment(sys.function(i)) %||% baseenv()), namespace),
    NA
  )
  last <- max(which(is_bridge), 0L)
  if (last == 0L) {
    return(f())
  }
  # The outermost of the frames that called Python, and were called by it.
  first <- max(which(!is_bridge[seq_len(last)]), 0L) + 1L
  do.call(on.exit, list(as.call(list(f)), TRUE), envir = sys.frame(first))
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
as.data.frame.learning_rate_monitor <- function(
  x,
  row.names = NULL,
  optional = FALSE,
  ...,
  stringsAsFactors = FALSE
) {
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
  tables <- tables_of(record)
  if (nrow(record) == 0) {
    return("nothing recorded yet\n")
  }
  if (length(tables) == 1) {
    return(format_table(tables[[1]]))
  }
  named <- paste0(names(tables), ": ", vapply(tables, format_table, ""), collapse = "")
  paste0(count_of(length(tables), "optimizer"), "\n", named)
}

format_table <- function(table) {
  n <- nrow(table)
  at <- function(i) {
    paste0(
      format(table$learning_rate[[i]], digits = 4),
      " at step ",
      format_number(table$step[[i]])
    )
  }
  # If no rate is known, none is the highest or the lowest.
  rows <- unlist(list(
    "first   " = 1L,
    "highest " = which.max(table$learning_rate),
    "lowest  " = which.min(table$learning_rate),
    "last    " = n
  ))
  paste0(
    count_of(n, "training step"),
    ", ",
    format_number(min(table$step)),
    " to ",
    format_number(max(table$step)),
    "\n",
    paste0("  ", names(rows), vapply(rows, at, ""), "\n", collapse = "")
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
print.learning_rate_record <- function(x, ..., n = 10) {
  print_rows(x, n, ...)
  invisible(x)
}

#' @rdname callback_learning_rate_monitor
#' @export
plot.learning_rate_record <- function(
  x,
  ...,
  type = "s",
  main = NULL,
  xlab = NULL,
  ylab = "learning rate"
) {
  shown <- shown_of(x)
  begins <- begins_of(shown)
  shown <- by_batch_if_needed(shown)
  xlab <- xlab %||% if (length(begins) > 0) TRAINED else "step"
  if (length(shown) > 1) {
    if (!identical(type, "s")) {
      abort_argument(type, "\"s\" if several optimizers are drawn", "type", current_env())
    }
    lines <- lines_of(lapply(shown, with_gaps))
    compared <- structure(
      lines,
      class = c("schedule_comparison", "data.frame"),
      steps_per_epoch = attr(x, "steps_per_epoch"),
      quantity = ylab
    )
    plot(compared, main = main, xlab = xlab, ...)
    graphics::abline(v = begins, lty = 3)
    return(invisible(x))
  }
  drawn <- with_gaps(shown[[1]])
  draw_frame(
    drawn$step,
    drawn$learning_rate,
    attr(x, "steps_per_epoch"),
    type = type,
    main = main,
    xlab = xlab,
    ylab = ylab,
    ...
  )
  graphics::abline(v = begins, lty = 3)
  invisible(x)
}

TRAINED <- "batches trained"

# By its steps, one training would be drawn over the other if the optimizer began to count again, as
# after compile(): then a row's step is the number of its batch among all that trained.
by_batch_if_needed <- function(tables) {
  if (length(begins_of(tables)) > 0) {
    tables <- lapply(tables, function(table) {
      table$step <- table$batch
      table
    })
  }
  tables
}

# The batches at which an optimizer began to count again.
begins_of <- function(tables) {
  setdiff(unlist(lapply(tables, function(table) table$begin)), 0)
}

#' @rdname callback_learning_rate_monitor
#' @export
lines.learning_rate_record <- function(x, ..., type = "s", col = NULL, lwd = 2) {
  shown <- shown_of(x)
  # The plan below has the first colour.
  col <- rep_len(col %||% COLOURS[-1], length(shown))
  for (i in seq_along(shown)) {
    drawn <- with_gaps(shown[[i]])
    lines(drawn$step, drawn$learning_rate, type = type, col = col[[i]], lwd = lwd, ...)
    if (length(shown) > 1) {
      last <- shown[[i]][nrow(shown[[i]]), ]
      name <- names(shown)[[i]]
      graphics::text(last$step, last$learning_rate, name, adj = c(1, -0.6), col = col[[i]])
    }
  }
  invisible(x)
}

#' @rdname callback_learning_rate_monitor
#' @usage \method{autoplot}{learning_rate_record}(object, ...)
#' @exportS3Method ggplot2::autoplot
autoplot.learning_rate_record <- function(object, ...) {
  check_dots_empty()
  shown <- shown_of(object)
  begins <- begins_of(shown)
  shown <- by_batch_if_needed(shown)
  lines <- lines_of(shown)
  size <- attr(object, "steps_per_epoch")
  drawn <- if (length(shown) == 1) {
    steps_plot(lines, size, group = .data[["begin"]]) + ggplot2::geom_step(colour = COLOURS[[1]])
  } else {
    steps_plot(
      lines,
      size,
      group = interaction(.data[["schedule"]], .data[["begin"]]),
      colour = .data[["schedule"]]
    ) +
      ggplot2::geom_step() +
      ggplot2::scale_colour_manual("optimizer", values = rep_len(COLOURS, length(shown)))
  }
  if (length(begins) == 0) {
    return(drawn)
  }
  drawn +
    ggplot2::geom_vline(xintercept = begins, linetype = 3, colour = "grey50") +
    ggplot2::labs(x = TRAINED)
}

# The tables of a record with something to draw, by the names of their optimizers.
shown_of <- function(record, call = caller_env()) {
  tables <- tables_of(record)
  if (length(tables) == 0 || nrow(record) == 0) {
    what <- if (nrow(record) == 0) "nothing is recorded yet" else "a column is missing"
    cli::cli_abort("There is nothing to draw: {what}.", call = call)
  }
  lapply(tables, function(table) {
    table$batch <- seq_len(nrow(table)) - 1
    # Where the line that a row is part of begins: a count that was set back begins a new one.
    again <- c(TRUE, diff(table$step) <= 0)
    table$begin <- table$batch[again][cumsum(again)]
    shown_rows(table)
  })
}

# One table of all, in which `schedule` is the name of the optimizer.
lines_of <- function(tables) {
  names <- factor(rep(names(tables), vapply(tables, nrow, 1L)), levels = names(tables))
  cbind(schedule = names, do.call(rbind, unname(tables)))
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

with_gaps <- function(table) {
  do.call(rbind, lapply(split(table, table$begin), function(line) rbind(line, NA)))
}
