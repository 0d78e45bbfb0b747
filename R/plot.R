#' Plot a schedule
#'
#' Draws the rate against the training step: as the step function that it is, so that a staircase
#' has flat steps and a restart is a vertical line, however far away it is looked at.
#'
#' @inheritParams schedule_values
#' @param x A learning-rate schedule.
#' @param steps_per_epoch The number of training steps in an epoch, for a second axis in epochs
#'   at the top: one whole number greater than 0, or `NULL`.
#' @param plan A [training_plan()]: instead of `steps_per_epoch`, for the axis in epochs, and to
#'   draw what lies beyond the last step that it trains pale.
#'   A schedule of a class that is not this package's is asked for at most 1000 steps, and the
#'   picture says so.
#' @param add Whether to add to the picture there is, as `lines()` does.
#' @param type,main,xlab,ylab,... Graphical parameters, as in [plot.default()].
#' @param object A learning-rate schedule.
#' @returns The data frame that is drawn, as `as.data.frame()` gives it, invisibly. `autoplot()`: a
#'   plot of \pkg{ggplot2}; `ggplot(as.data.frame(schedule), aes(step, learning_rate)) + geom_step()`
#'   shows the same.
#' @importFrom graphics axis mtext
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, staircase = TRUE)
#' @examplesIf reticulate::py_module_available("keras")
#' plot(schedule, plan = training_plan(steps_per_epoch = 500, epochs = 8))
#' plot(schedule, steps = 0:3000, log = "y")
#' lines(schedule * 0.5, steps = 0:3000, lty = 2)
plot.learning_rate_schedule <- function(
  x,
  steps = NULL,
  steps_per_epoch = NULL,
  ...,
  plan = NULL,
  add = FALSE,
  type = "s",
  main = NULL,
  xlab = "step",
  ylab = "learning rate"
) {
  check_flag(add)
  if (!is.null(plan) && add) {
    cli::cli_abort("{.arg add} must be left out where {.arg plan} is given.")
  }
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  rates <- rates_table(x, steps, steps_per_epoch, least = plan$steps %||% 0)
  if (add) {
    lines(rates$step, rates$learning_rate, type = type, ...)
  } else {
    draw_rates(rates, steps_per_epoch, type, main, xlab, ylab, ...)
    cover_untrained(plan)
    others <- if (is.null(steps)) foreign_classes(x)
    if (length(others) > 0) {
      note <- paste("at most 1000 steps were asked of", paste(others, collapse = ", "))
      mtext(note, side = 4, line = 0.3, cex = 0.7)
    }
  }
  invisible(rates)
}

# The rates of a table against its steps, and epochs above.
draw_rates <- function(rates, steps_per_epoch, type, main, xlab, ylab, ...) {
  above <- if (is.null(steps_per_epoch)) main
  upright <- (list(...)$las %||% graphics::par("las")) %in% 1:2
  if (upright) {
    # Numbers closer to their axis, for their name to have room beside them.
    before <- graphics::par(mgp = graphics::par("mgp") * c(1, 0.6, 1))
    on.exit(graphics::par(before))
  }
  plot(
    rates$step,
    rates$learning_rate,
    type = type,
    main = above,
    xlab = xlab,
    ylab = if (upright) "" else ylab,
    ...
  )
  if (upright) {
    label_beside_numbers(ylab)
  }
  epoch_axis(rates, steps_per_epoch, main)
}

# Beside upright numbers on the axis, which may be wider than the room they have.
label_beside_numbers <- function(ylab) {
  numbers <- format(graphics::axTicks(2))
  line <- graphics::par("mai")[[2]] / graphics::par("mar")[[2]]
  width <- max(graphics::strwidth(numbers, units = "inches")) / line
  mgp <- graphics::par("mgp")
  room <- graphics::par("mar")[[2]] - 0.9
  graphics::title(ylab = ylab, line = min(max(mgp[[1]], mgp[[2]] + width + 0.3), room))
}

# What lies beyond the last step of a plan becomes pale.
cover_untrained <- function(plan) {
  if (!is.null(plan)) {
    edges <- graphics::par("usr")
    right <- if (graphics::par("xlog")) 10^edges[[2]] else edges[[2]]
    y <- if (graphics::par("ylog")) 10^edges[3:4] else edges[3:4]
    pale <- grDevices::adjustcolor(graphics::par("bg"), 0.75)
    if (graphics::par("bg") == "transparent") {
      pale <- grDevices::adjustcolor("white", 0.75)
    }
    if (plan$steps < right) {
      graphics::rect(plan$steps, y[[1]], right, y[[2]], col = pale, border = NA)
      graphics::abline(v = plan$steps, lty = 3)
      graphics::box()
    }
  }
}

# Epochs at the top, and a title above them, in the margins that R's pictures have.
epoch_axis <- function(rates, steps_per_epoch, main) {
  if (is.null(steps_per_epoch)) {
    return()
  }
  shown <- range(rates$epoch, na.rm = TRUE)
  epochs <- pretty(shown)
  epochs <- epochs[epochs >= shown[[1]] & epochs <= shown[[2]]]
  # Upright, whatever `las` is.
  axis(3, at = epochs * steps_per_epoch, labels = epochs, las = 1, tcl = -0.3, mgp = c(3, 0.4, 0))
  left <- graphics::par("usr")[[1]]
  left <- if (graphics::par("xlog")) 10^left else left
  mtext("epoch ", side = 3, line = 0.4, at = left, adj = 1, las = 1, cex = graphics::par("cex"))
  if (!is.null(main)) {
    graphics::title(main = main, line = 2)
  }
}

#' @rdname plot.learning_rate_schedule
#' @importFrom graphics lines
#' @export
lines.learning_rate_schedule <- function(x, steps = NULL, ..., type = "s") {
  plot.learning_rate_schedule(x, steps = steps, ..., add = TRUE, type = type)
}

#' @rdname plot.learning_rate_schedule
#' @importFrom graphics points
#' @export
points.learning_rate_schedule <- function(x, steps = NULL, ..., type = "p") {
  plot.learning_rate_schedule(x, steps = steps, ..., add = TRUE, type = type)
}

#' @rdname plot.learning_rate_schedule
#' @usage \method{autoplot}{learning_rate_schedule}(object, ..., steps = NULL, steps_per_epoch = NULL, plan = NULL)
#' @exportS3Method ggplot2::autoplot
autoplot.learning_rate_schedule <- function(
  object,
  ...,
  steps = NULL,
  steps_per_epoch = NULL,
  plan = NULL
) {
  check_dots_empty()
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  rates <- rates_table(object, steps, steps_per_epoch, least = plan$steps %||% 0)
  drawn <- steps_plot(rates, steps_per_epoch)
  if (!is.null(plan) && plan$steps < max(rates$step)) {
    drawn$data <- rates[rates$step <= plan$steps, ]
    untrained <- rates[rates$step >= max(drawn$data$step), ]
    drawn <- drawn +
      ggplot2::geom_step(data = untrained, alpha = 0.3) +
      ggplot2::geom_vline(xintercept = plan$steps, linetype = 3)
  }
  drawn
}

# The steps in an epoch: those of the plan, where one is given.
epochs_of <- function(plan, steps_per_epoch, call = caller_env()) {
  if (is.null(plan)) {
    return(steps_per_epoch)
  }
  if (!is.null(steps_per_epoch)) {
    cli::cli_abort(
      "{.arg steps_per_epoch} must be left out where {.arg plan} is given.",
      call = call
    )
  }
  check_plan(plan, call)$steps_per_epoch
}

steps_plot <- function(rates, steps_per_epoch, ..., room = ggplot2::waiver()) {
  epochs <- if (!is.null(steps_per_epoch)) {
    ggplot2::sec_axis(~ . / steps_per_epoch, name = "epoch")
  } else {
    ggplot2::waiver()
  }
  ggplot2::ggplot(rates, ggplot2::aes(.data[["step"]], .data[["learning_rate"]], ...)) +
    ggplot2::geom_step() +
    ggplot2::scale_x_continuous(sec.axis = epochs, expand = room) +
    ggplot2::labs(x = "step", y = "learning rate")
}

#' Compare schedules
#'
#' Puts the rates of several schedules into one data frame, to be drawn in one picture by `plot()` or
#' \pkg{ggplot2}'s `autoplot()`, each line with the name of its schedule.
#'
#' @param ... Schedules, of this package or of Keras; each is named by its argument, or by the
#'   expression it was given as.
#' @param steps Whole numbers, the training steps, counted from 0. By default, those that show the
#'   shape of each of the schedules, up to the longest.
#' @param x,object What `schedule_compare()` returned.
#' @param col,lty,lwd,main,xlab,ylab,xlim,ylim,log Graphical parameters, as in [plot.default()]; `col` and
#'   `lty` have one element for each schedule.
#' @inheritParams schedule_values
#' @returns A data frame of class `schedule_comparison` with the columns `schedule` (a factor),
#'   `step`, `learning_rate` and, where `steps_per_epoch` is given, `epoch`. `plot()` returns it
#'   invisibly, `autoplot()` a plot of \pkg{ggplot2}.
#' @family ways to look at a schedule
#' @export
#' @examplesIf reticulate::py_module_available("keras")
#' cosine <- learning_rate_schedule_cosine_decay(0.1, 1000)
#' stairs <- learning_rate_schedule_exponential_decay(0.1, 250, 0.5, staircase = TRUE)
#' compared <- schedule_compare(cosine, stairs, warm = schedule_warmup(cosine, 100))
#' compared[compared$step == 500, ]
#' plot(compared)
schedule_compare <- function(..., steps = NULL, steps_per_epoch = NULL) {
  schedules <- list2(...)
  names(schedules) <- names(enquos(..., .named = TRUE))
  if (length(schedules) == 0) {
    cli::cli_abort("{.arg ...} must be one or more schedules.")
  }
  repeated <- names(schedules)[duplicated(names(schedules))]
  if (length(repeated) > 0) {
    cli::cli_abort("{.arg ...} must have a name for each schedule; {.val {repeated}} occurs twice.")
  }
  call <- current_env()
  schedules <- Map(
    function(x, name) check_stored_schedule(x, name, call),
    schedules,
    names(schedules)
  )
  tables <- lapply(schedules, rates_table, steps, steps_per_epoch, call)
  longest <- max(vapply(tables, function(table) max(table$step), 0))
  if (is.null(steps)) {
    # Those that end sooner go on to where the longest ends.
    tables <- Map(
      function(table, schedule) {
        if (max(table$step) < longest) {
          further <- unique(round(seq(max(table$step), longest, length.out = 1000))[-1])
          table <- rbind(table, rates_table(schedule, further, steps_per_epoch, call))
        }
        table
      },
      tables,
      schedules
    )
  }
  label <- factor(rep(names(tables), vapply(tables, nrow, 1L)), levels = names(tables))
  compared <- cbind(data.frame(schedule = label), do.call(rbind, unname(tables)))
  structure(
    compared,
    class = c("schedule_comparison", "data.frame"),
    steps_per_epoch = steps_per_epoch
  )
}

# Okabe and Ito's, which the colour-blind tell apart, but for the yellow and the
# black, which are pale on white and on black.
COLOURS <- c("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#999999")

#' @rdname schedule_compare
#' @export
plot.schedule_comparison <- function(
  x,
  ...,
  col = NULL,
  lty = NULL,
  lwd = 2,
  main = NULL,
  xlab = "step",
  ylab = "learning rate",
  xlim = NULL,
  ylim = range(x$learning_rate),
  log = ""
) {
  lines <- split(x, x$schedule)
  n <- length(lines)
  col <- rep_len(col %||% COLOURS, n)
  lty <- rep_len(lty %||% rep(1:6, each = length(COLOURS)), n)
  # Each line has its name at its end, where there is room to make there.
  named_at_end <- is.null(xlim) && !grepl("x", log)
  if (named_at_end) {
    xlim <- range(x$step)
    needed <- max(nchar(names(lines))) * graphics::par("cin")[[1]] / graphics::par("pin")[[1]]
    needed <- min(0.65 * needed + 0.02, 0.45)
    xlim[[2]] <- xlim[[2]] + diff(xlim) * needed / (1 - needed)
  }
  plot(
    range(x$step),
    ylim,
    type = "n",
    main = if (is.null(attr(x, "steps_per_epoch"))) main,
    xlab = xlab,
    ylab = ylab,
    xlim = xlim,
    ylim = ylim,
    log = log,
    ...
  )
  for (i in seq_len(n)) {
    lines(
      lines[[i]]$step,
      lines[[i]]$learning_rate,
      type = "s",
      col = col[[i]],
      lty = lty[[i]],
      lwd = lwd
    )
  }
  epoch_axis(x, attr(x, "steps_per_epoch"), main)
  if (named_at_end) {
    ends <- lapply(lines, function(line) line[nrow(line), ])
    y <- vapply(ends, function(end) end$learning_rate, 0)
    y <- if (graphics::par("ylog")) log10(y) else y
    usr <- graphics::par("usr")[3:4]
    y <- spread(
      y,
      graphics::strheight("X", units = "inches") * 1.9 / graphics::par("pin")[[2]] * diff(usr)
    )
    y <- if (graphics::par("ylog")) 10^y else y
    graphics::text(max(x$step), y, names(lines), pos = 4, col = col, xpd = NA)
  } else {
    graphics::legend("topright", names(lines), col = col, lty = lty, lwd = lwd, bty = "n")
  }
  invisible(x)
}

# `y`, moved apart as far as `distance`, upwards from the lowest.
spread <- function(y, distance) {
  order <- order(y)
  for (i in seq_along(order)[-1]) {
    y[[order[[i]]]] <- max(y[[order[[i]]]], y[[order[[i - 1]]]] + distance)
  }
  y
}

#' @rdname schedule_compare
#' @usage \method{autoplot}{schedule_comparison}(object, ...)
#' @exportS3Method ggplot2::autoplot
autoplot.schedule_comparison <- function(object, ...) {
  check_dots_empty()
  n <- nlevels(object$schedule)
  ends <- do.call(rbind, lapply(split(object, object$schedule), function(line) line[nrow(line), ]))
  ends$learning_rate <- spread(ends$learning_rate, 0.06 * diff(range(object$learning_rate)))
  ends$step <- max(object$step)
  # About as wide as the names, of seven inches.
  room <- ggplot2::expansion(c(0.05, min(0.03 + 0.013 * max(nchar(levels(object$schedule))), 0.45)))
  steps_plot(object, attr(object, "steps_per_epoch"), colour = .data[["schedule"]], room = room) +
    ggplot2::scale_colour_manual(values = rep_len(COLOURS, n), guide = "none") +
    ggplot2::geom_text(
      ggplot2::aes(label = .data[["schedule"]]),
      data = ends,
      hjust = -0.1,
      show.legend = FALSE
    )
}
