#' Record the learning rate that trains
#'
#' Records the learning rate that each training step of `fit()` used. The monitor computes the rates at
#' the end of each epoch, from the optimizer's count of steps and the schedule that the training step was
#' compiled with, so it reads nothing from the device during a step. Only a learning rate that another
#' callback sets to a number between batches is read for each batch.
#'
#' - `as.data.frame()` returns the record as a data frame.
#' - `print()`, `plot()` and ggplot2's `autoplot()` show the record, and `lines()` draws it over a plot
#'   of the planned schedule. If the optimizer's count started again, as after `compile()`, `plot()` and
#'   `autoplot()` count the batches trained instead, with a dotted line at each restart; `lines()` always
#'   uses steps.
#' - `history` has `learning_rate`, the rate of the last step of each epoch, which keras3's
#'   `plot(history)` draws. Loggers such as `callback_csv_logger()` write it if they come after the monitor
#'   in `callbacks`. `callback_tensorboard()` writes a different `learning_rate`, the rate of the next step.
#'
#' A second `fit()` with the same monitor continues the record. If training is interrupted, the
#' steps of the unfinished epoch are kept. With gradient accumulation there is a row for each
#' batch. Steps that loss scaling skips, because their gradients are not finite, have no row.
#'
#' After [set_optimizer_schedule()] or [scale_learning_rate()], even within an epoch, the monitor
#' records the new rates. If you assign a schedule with `model$optimizer$learning_rate <- schedule`,
#' TensorFlow and JAX ignore it once they have compiled the training step: the monitor warns, and records
#' the rates that train. If the schedule's class is outside this package, such as Keras's own classes, the
#' monitor records the rates that the class returns when compiled. If you assign such a schedule after a
#' `fit()` without this package's callbacks, the monitor can't notice, and records the assigned schedule.
#' Use [set_optimizer_schedule()] instead.
#'
#' If a model has several optimizers, the monitor records each of them, or only the one chosen by
#' `optimizer`. The record then has a column of rates for each, such as `learning_rate.d_optimizer`. If the
#' optimizers count differently, for example because a training step trains one of them five times, each
#' also has columns such as `step.d_optimizer` and `fit_epoch.d_optimizer`. Then the rows
#' list the steps of each optimizer in order, with `NA` after its last step. `history` has
#' `learning_rate_d_optimizer`.
#'
#' If the monitor can't determine a rate, the record has `NaN`. An R warning at the end of `fit()` reports
#' this and any other reason to doubt the record.
#'
#' On TensorFlow, with data of unknown size, Keras may count one step too many in each epoch. That step
#' is missing from the record because it does not train.
#'
#' `saveRDS()` keeps a monitor with its record, which you can print and plot in a new session without
#' Python. There, the monitor can't be used as a callback. If you interrupt `fit()`, print the monitor
#' once before you save it: that fetches the record.
#'
#' @param optimizer Which optimizer of the model, as in [optimizer_step()]; `NULL` for all that train.
#' @param x,object A monitor, or its record, as `as.data.frame()` returns it.
#' @param row.names,optional,stringsAsFactors,... For `plot()` and `lines()`, graphical parameters, as in
#'   [plot.default()]; for `print()` of a record, arguments of [print.data.frame()]; otherwise not used.
#' @param n The number of rows to print if a record has more than twice as many: one whole number
#'   greater than 0.
#' @param type,main,xlab,ylab,col,lwd Graphical parameters, as in [plot.default()].
#' @returns `callback_learning_rate_monitor()`: a callback, for `fit(callbacks = )`.
#'   `as.data.frame()`: a data frame with a row for each training step, in order, and the columns
#'   `step` (the optimizer's count, from 0), `epoch` (`step / steps_per_epoch`, or `NA` if `fit()`
#'   does not know how many steps the data have), `fit_epoch` (the epoch of `fit()`, from 1) and
#'   `learning_rate`. For several optimizers it has `learning_rate.<name>` for each, and if they count
#'   differently only `step.<name>`, `fit_epoch.<name>` and `learning_rate.<name>`. A scheduled factor of
#'   [optimizer_with_layer_rates()] has its own column, such as `layer_rate.head`. `print()`, `plot()` and
#'   `lines()` return `x` or its record invisibly, and `autoplot()` returns a \pkg{ggplot2} plot.
#' @section Errors:
#' It is an error to plot a monitor that has not recorded a step, or to use a monitor from another
#' session as a callback.
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
#' # Compare the plan with the training:
#' plot(schedule, steps = 0:59)
#' lines(monitor)
callback_learning_rate_monitor <- function(optimizer = NULL) {
  optimizer <- check_optimizer(optimizer)
  monitor <- new.env(parent = emptyenv())
  module <- keras_module("training.monitor", "`callback_learning_rate_monitor()`")
  monitor$callback <- try_python(module$LearningRateMonitor(optimizer))
  monitor$record <- new_record()
  class(monitor) <- "learning_rate_monitor"
  # Fetch the record once per `fit()`, so that a saved monitor has it.
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
  record_of(list(data.frame(step, fit_epoch, learning_rate)), "", size)
}

# Makes the record of several optimizers from a table for each. An optimizer may take several steps per
# batch, so if the counts differ, the number of steps in an epoch is unknown.
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

# The name of an optimizer's column. A single optimizer has no name.
column_of <- function(what, name) {
  paste0(what, ifelse(nzchar(name), ".", ""), name, recycle0 = TRUE)
}

# The inverse of record_of(): a table with the columns `step` and `learning_rate` for each optimizer,
# even if the user added or removed columns.
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

fetch_record <- function(monitor) {
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
  }
  monitor$record
}

#' @exportS3Method reticulate::r_to_py
r_to_py.learning_rate_monitor <- function(x, convert = FALSE) {
  if (reticulate::py_is_null_xptr(x$callback)) {
    cli::cli_abort(
      c(
        "This monitor is from another R session: its record can be read, but it can't be used as a callback.",
        i = "{.fn callback_learning_rate_monitor} makes a new monitor."
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
      format(table$learning_rate[[i]], digits = 4, decimal.mark = "."),
      " at step ",
      in_prose(table$step[[i]])
    )
  }
  # If no rate is known, which.max() and which.min() are empty.
  rows <- unlist(list(
    "first   " = 1L,
    "highest " = which.max(table$learning_rate),
    "lowest  " = which.min(table$learning_rate),
    "last    " = n
  ))
  paste0(
    count_of(n, "training step"),
    ", ",
    in_prose(min(table$step)),
    " to ",
    in_prose(max(table$step)),
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
      abort_argument(type, "\"s\" for several optimizers", "type", current_env())
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

# If the optimizer's count started again, as after compile(), one training would be drawn over the
# other. Then this replaces the steps by the number of the batch among all that trained.
by_batch_if_needed <- function(tables) {
  if (length(begins_of(tables)) > 0) {
    tables <- lapply(tables, function(table) {
      table$step <- table$batch
      table
    })
  }
  tables
}

# The batches at which an optimizer's count started again.
begins_of <- function(tables) {
  setdiff(unlist(lapply(tables, function(table) table$begin)), 0)
}

#' @rdname callback_learning_rate_monitor
#' @export
lines.learning_rate_record <- function(x, ..., type = "s", col = NULL, lwd = 2) {
  shown <- shown_of(x)
  # The first colour belongs to the planned schedule.
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

# The tables of a record that is not empty, named by optimizer.
shown_of <- function(record, call = caller_env()) {
  tables <- tables_of(record)
  if (length(tables) == 0 || nrow(record) == 0) {
    why <- if (nrow(record) == 0) {
      "the monitor has not recorded a step yet"
    } else {
      "the record has no column of rates, or none of steps"
    }
    cli::cli_abort("Nothing to plot: {why}.", call = call)
  }
  lapply(tables, function(table) {
    table$batch <- seq_len(nrow(table)) - 1
    # The batch at which the row's line begins: a count that goes back starts a new line.
    again <- c(TRUE, diff(table$step) <= 0)
    table$begin <- table$batch[again][cumsum(again)]
    shown_rows(table)
  })
}

# Binds the tables into one, with the name of the optimizer as `schedule`.
lines_of <- function(tables) {
  names <- factor(rep(names(tables), vapply(tables, nrow, 1L)), levels = names(tables))
  cbind(schedule = names, do.call(rbind, unname(tables)))
}

# Reduces a long record to the first, lowest, highest and last row of each of 1,000 parts.
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
