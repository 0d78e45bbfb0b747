#' Plot the rates of a schedule
#'
#' Draws the rate against the training step as a step function, so a staircase
#' has flat steps and a restart is a vertical line at any scale.
#'
#' @param x A learning-rate schedule.
#' @param steps,to The steps to draw, counted from 0. As for other functions, `plot(s, 0, 100)` draws the
#'   steps 0 to 100, and so does `plot(s, 100)`. With several numbers in `steps`, exactly these steps are
#'   drawn. By default, the steps show the schedule's shape (see [schedule_values()]), and `lines()` draws
#'   up to the edges of the picture. To draw a point at one step, use `points(41, s(41))`. A schedule of a
#'   class outside this package is drawn from at most 1,000 steps, and the picture of `plot()` says so.
#' @param steps_per_epoch The number of training steps in an epoch, for a second axis in epochs
#'   at the top: one whole number greater than 0, or `NULL`. It must be named.
#' @param plan A [training_plan()], or `NULL`. Use it instead of `steps_per_epoch` for the axis in
#'   epochs; anything after the last training step of the plan is drawn pale.
#' @param add Whether to add to the current picture, as `lines()` does: `TRUE` or `FALSE`.
#' @param type,main,xlab,ylab,... Graphical parameters, as in [plot.default()]. By default `ylab` is
#'   "learning rate", or "momentum" for a momentum schedule.
#' @param object A learning-rate schedule.
#' @returns The data frame that is drawn, as `as.data.frame()` returns it, invisibly. `autoplot()`: a
#'   \pkg{ggplot2} plot; `ggplot(as.data.frame(schedule), aes(step, learning_rate)) + geom_step()`
#'   draws the same line.
#' @section Errors:
#' It is an error to give both `steps_per_epoch` and `plan`, or to pass a second schedule: use
#' [schedule_compare()] for several.
#' @importFrom graphics axis mtext
#' @family ways to look at a schedule
#' @concept plot_schedule
#' @concept plot_lr
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, staircase = TRUE)
#' @examplesIf has_numpy()
#' plot(schedule, plan = training_plan(steps_per_epoch = 500, epochs = 8))
#' plot(schedule, 0, 3000, log = "y")
#' lines(schedule * 0.5, lty = 2)
plot.learning_rate_schedule <- function(
  x,
  steps = NULL,
  to = NULL,
  ...,
  steps_per_epoch = NULL,
  plan = NULL,
  add = FALSE,
  type = "s",
  main = NULL,
  xlab = "step",
  ylab = quantity_of(x)
) {
  check_flag(add)
  check_not_schedules(steps)
  if (any(names2(list(...)) == "")) {
    cli::cli_abort(c(
      "All arguments after {.arg steps} and {.arg to} must be named.",
      i = "For example, {.code steps_per_epoch = 100}."
    ))
  }
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  limits <- limits_of(steps, to) %||% if (add && is.null(steps)) limits_of_picture()
  steps <- if (is.null(limits)) check_some_steps(steps)
  least <- steps_of_plan(plan) %||% 0
  rates <- rates_table(x, steps, steps_per_epoch, least = least, limits = limits)
  if (add) {
    add_line(rates$step, rates$learning_rate, plan, type = type, ...)
    if (!is.null(steps_per_epoch)) {
      epoch_axis(rates$step, steps_per_epoch, plan)
    }
  } else {
    draw_frame(
      rates$step,
      rates$learning_rate,
      steps_per_epoch,
      type = type,
      main = main,
      xlab = xlab,
      ylab = ylab,
      plan = plan,
      ...
    )
    cover_untrained(plan)
    others <- if (is.null(steps)) foreign_classes(x)
    if (length(others) > 0) {
      note <- paste("drawn from at most 1,000 steps of", paste(others, collapse = ", "))
      mtext(note, side = 4, line = 0.3, cex = 0.7)
    }
  }
  invisible(rates)
}

# Catches `plot(a, b)`.
check_not_schedules <- function(steps, call = caller_env()) {
  if (inherits(steps, "learning_rate_schedule") || is_python_schedule(steps)) {
    cli::cli_abort(
      c(
        "{.arg steps} must be numbers, not a schedule.",
        i = "To plot several schedules together: {.code plot(schedule_compare(a, b))}."
      ),
      call = call
    )
  }
}

# The first and last step of a picture, or NULL if `steps` are the steps themselves.
limits_of <- function(steps, to, call = caller_env()) {
  if (inherits(steps, "training_plan")) {
    check_steps_to_evaluate(steps, "steps", call)
  }
  if (is.null(to) && length(steps) != 1L) {
    return(NULL)
  }
  if (length(steps) > 1L) {
    cli::cli_abort(
      c(
        "{.arg to} can't be used together with more than one step in {.arg steps}.",
        i = "Did you mean {.code steps_per_epoch = }? It must be named."
      ),
      call = call
    )
  }
  first <- if (is.null(to)) 0 else steps %||% 0
  last <- to %||% steps
  last_arg <- if (is.null(to)) "steps" else "to"
  is_step <- function(x) x >= 0 && x <= MAX_STEP
  first <- check_number(first, "one step, from 0 to 2^53", is_step, "steps", call)
  last <- check_number(last, "one step, from 0 to 2^53", is_step, last_arg, call)
  if (last < first) {
    abort_argument(last, paste("at least the first step,", in_prose(first)), last_arg, call)
  }
  floor(c(first, last))
}

# The whole steps that the picture shows, and one more, so that the line reaches its edge.
limits_of_picture <- function() {
  seen <- graphics::par("usr")[1:2]
  seen <- pmin(pmax(sort(if (graphics::par("xlog")) 10^seen else seen), 0), MAX_STEP)
  c(floor(seen[[1]]), ceiling(seen[[2]]))
}

# Draws lines(), pale after the end of a plan.
add_line <- function(x, y, plan, ..., col = graphics::par("col")) {
  if (is.null(steps_of_plan(plan)) || plan$steps >= max(x)) {
    return(lines(x, y, ..., col = col))
  }
  usr <- limits_of_axes()
  on.exit(do.call(graphics::clip, as.list(usr)))
  graphics::clip(usr[[1]], plan$steps, usr[[3]], usr[[4]])
  lines(x, y, ..., col = col)
  graphics::clip(plan$steps, usr[[2]], usr[[3]], usr[[4]])
  lines(x, y, ..., col = grDevices::adjustcolor(col, 0.25))
}

# par("usr"), in the units of the axes.
limits_of_axes <- function() {
  usr <- graphics::par("usr")
  usr[1:2] <- if (graphics::par("xlog")) 10^usr[1:2] else usr[1:2]
  usr[3:4] <- if (graphics::par("ylog")) 10^usr[3:4] else usr[3:4]
  usr
}

# What the values of a schedule mean: a momentum if all its parts are momentum schedules.
quantity_of <- function(schedule) {
  spec <- spec_of(schedule)
  if (spec$class == "MomentumOneCycle") {
    return("momentum")
  }
  held <- if (spec$class != "KerasSchedule") held_by(spec$config)
  quantities <- vapply(held, quantity_of, "")
  if (length(held) > 0 && all(quantities == "momentum")) "momentum" else "learning rate"
}

# Calls plot(), with an axis in epochs at the top and room for upright numbers.
draw_frame <- function(x, y, steps_per_epoch, ..., main, xlab, ylab, plan = NULL) {
  upright <- (list(...)$las %||% graphics::par("las")) %in% 1:2
  if (upright) {
    # Move the numbers closer to their axis, to leave room for its name.
    before <- graphics::par(mgp = graphics::par("mgp") * c(1, 0.5, 1), tcl = -0.3)
    on.exit(graphics::par(before))
  }
  above <- if (is.null(steps_per_epoch)) main
  plot(x, y, main = above, xlab = xlab, ylab = if (upright) "" else ylab, ...)
  if (upright) {
    cex <- list(...)$cex.axis %||% graphics::par("cex.axis")
    name_upright_axis(ylab, cex, above = if (is.null(steps_per_epoch)) 0.4 else 1.4)
  }
  if (!is.null(steps_per_epoch)) {
    epoch_axis(x, steps_per_epoch, plan)
    graphics::title(main = main, line = 2)
  }
}

# Writes the name of the axis next to its numbers, or above them if there is no room.
name_upright_axis <- function(ylab, cex, above) {
  numbers <- format(graphics::axTicks(2))
  line <- graphics::par("mai")[[2]] / graphics::par("mar")[[2]]
  width <- max(graphics::strwidth(numbers, units = "inches", cex = cex)) / line
  next_to <- graphics::par("mgp")[[2]] + width + 0.3
  if (next_to <= graphics::par("mar")[[2]] - 0.85) {
    graphics::title(ylab = ylab, line = next_to)
  } else {
    left <- graphics::grconvertX(0.02, "nfc", "user")
    mtext(ylab, side = 3, line = above, at = left, adj = 0, las = 1, cex = graphics::par("cex"))
  }
}

# Makes everything after the last step of a plan pale.
cover_untrained <- function(plan) {
  if (!is.null(steps_of_plan(plan))) {
    edges <- limits_of_axes()
    pale <- grDevices::adjustcolor(background(), 0.75)
    if (plan$steps < edges[[2]]) {
      graphics::rect(
        plan$steps,
        edges[[3]],
        edges[[2]],
        edges[[4]],
        col = pale,
        border = NA
      )
      graphics::abline(v = plan$steps, lty = 3)
      graphics::box()
    }
  }
}

background <- function() {
  if (graphics::par("bg") == "transparent") "white" else graphics::par("bg")
}

# Draws an axis in epochs at the top, for the visible steps.
epoch_axis <- function(steps, steps_per_epoch, plan = NULL) {
  seen <- graphics::par("usr")[1:2]
  seen <- if (graphics::par("xlog")) 10^seen else seen
  steps <- range(steps, na.rm = TRUE)
  # If the last step ends an epoch, show the end of that epoch too.
  if ((steps[[2]] + 1) %% steps_per_epoch == 0) {
    steps[[2]] <- steps[[2]] + 1
  }
  seen <- c(max(min(seen), steps[[1]]), min(max(seen), steps[[2]])) / steps_per_epoch
  epochs <- pretty(seen)
  epochs <- epochs[epochs >= seen[[1]] & epochs <= seen[[2]]]
  # Always label the last epoch of the plan or, without a plan, of the picture.
  trained <- if (!is.null(plan)) steps_of_plan(plan)
  last <- if (is.null(trained)) floor(seen[[2]] + 1e-9) else plan$epochs
  if (last > seen[[1]] && last <= seen[[2]] && length(epochs) > 1 && !last %in% epochs) {
    epochs <- sort(c(epochs[is_clear_of(epochs, last, steps_per_epoch)], last))
  }
  labels <- format_each(epochs)
  # Only the first label says "epoch", since there is no room for a name of this axis.
  labels[seq_along(labels) == 1] <- paste("epoch", labels[1])
  # Keep the labels upright, whatever `las` is.
  axis(
    3,
    at = epochs * steps_per_epoch,
    labels = labels,
    las = 1,
    tcl = -0.3,
    mgp = c(3, 0.4, 0)
  )
}

format_each <- function(x) vapply(x, function(x) format_number(signif(x, 12)), "")

# Whether each epoch's label leaves room for the label of `last`. The first label also says "epoch".
is_clear_of <- function(epochs, last, steps_per_epoch) {
  labels <- format_each(epochs)
  labels[[1]] <- paste("epoch", labels[[1]])
  cex <- graphics::par("cex.axis")
  inches <- function(text) graphics::strwidth(text, units = "inches", cex = cex)
  at <- function(epoch) graphics::grconvertX(epoch * steps_per_epoch, "user", "inches")
  between <- abs(at(last) - at(epochs)) - (inches(labels) + inches(format_each(last))) / 2
  between > inches("n")
}

#' @rdname plot.learning_rate_schedule
#' @importFrom graphics lines
#' @export
lines.learning_rate_schedule <- function(x, steps = NULL, to = NULL, ..., type = "s") {
  plot.learning_rate_schedule(x, steps, to, ..., add = TRUE, type = type)
}

#' @rdname plot.learning_rate_schedule
#' @importFrom graphics points
#' @export
points.learning_rate_schedule <- function(x, steps = NULL, to = NULL, ..., type = "p") {
  plot.learning_rate_schedule(x, steps, to, ..., add = TRUE, type = type)
}

#' @rdname plot.learning_rate_schedule
#' @usage \method{autoplot}{learning_rate_schedule}(object, ..., steps = NULL, to = NULL, steps_per_epoch = NULL, plan = NULL)
#' @exportS3Method ggplot2::autoplot
autoplot.learning_rate_schedule <- function(
  object,
  ...,
  steps = NULL,
  to = NULL,
  steps_per_epoch = NULL,
  plan = NULL
) {
  check_dots_empty()
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  check_not_schedules(steps)
  limits <- limits_of(steps, to)
  steps <- if (is.null(limits)) check_some_steps(steps)
  least <- steps_of_plan(plan) %||% 0
  rates <- rates_table(object, steps, steps_per_epoch, least = least, limits = limits)
  # This colour is visible on white and on black.
  drawn <- steps_plot(rates, steps_per_epoch, quantity = quantity_of(object)) +
    ggplot2::geom_step(colour = COLOURS[[1]])
  if (!is.null(steps_of_plan(plan)) && plan$steps < max(rates$step)) {
    drawn$data <- rates[rates$step <= plan$steps, ]
    untrained <- rates[rates$step >= max(drawn$data$step, min(rates$step)), ]
    drawn <- drawn +
      ggplot2::geom_step(data = untrained, colour = COLOURS[[1]], alpha = 0.3) +
      ggplot2::geom_vline(xintercept = plan$steps, linetype = 3, colour = "grey50")
  }
  drawn
}

# The steps in an epoch, from the plan if there is one.
epochs_of <- function(plan, steps_per_epoch, call = caller_env()) {
  if (is.null(plan)) {
    return(steps_per_epoch)
  }
  if (!is.null(steps_per_epoch)) {
    cli::cli_abort(
      "{.arg steps_per_epoch} can't be used together with {.arg plan}.",
      call = call
    )
  }
  check_plan(plan, call)$steps_per_epoch
}

steps_plot <- function(
  rates,
  steps_per_epoch,
  ...,
  room = ggplot2::waiver(),
  quantity = "learning rate"
) {
  epochs <- if (!is.null(steps_per_epoch)) {
    ggplot2::sec_axis(~ . / steps_per_epoch, name = "epoch")
  } else {
    ggplot2::waiver()
  }
  ggplot2::ggplot(rates, ggplot2::aes(.data[["step"]], .data[["learning_rate"]], ...)) +
    ggplot2::scale_x_continuous(sec.axis = epochs, expand = room) +
    ggplot2::labs(x = "step", y = quantity)
}

#' Compare the rates of several schedules
#'
#' Collects the rates of several schedules in one data frame. `plot()` and \pkg{ggplot2}'s `autoplot()`
#' draw them together, each line labelled with the name of its schedule.
#'
#' @param ... lrschedules or Keras schedules, numbers for constant rates, and lists of these.
#'   Each is labelled with the name of its argument, its name in the list, or its expression. For
#'   `plot()`, more graphical parameters.
#' @param steps One or more numbers, the training steps, counted from 0, or `NULL` for steps that show
#'   the shape of each schedule, up to the end of the longest.
#' @param plan A [training_plan()], or `NULL`. Use it instead of `steps_per_epoch` to show epochs.
#'   Anything after its last training step is drawn pale. By default, `plot()` and `autoplot()` use the
#'   plan of the comparison.
#' @param x,object What `schedule_compare()` returned. `plot()` also accepts a list of lrschedules or Keras
#'   schedules, and compares them first. It plots any other list as usual.
#' @param n The number of rows to print if a comparison has more than twice as many: one whole number
#'   greater than 0.
#' @param col,lty,lwd,main,xlab,ylab,xlim,ylim,log Graphical parameters, as in [plot.default()]. `col` and
#'   `lty` have one element for each schedule.
#' @inheritParams schedule_values
#' @returns A data frame of class `schedule_comparison` with the columns `schedule` (a factor),
#'   `step`, `learning_rate` and, with `steps_per_epoch` or `plan`, `epoch`. `print()` shows its first
#'   rows. `plot()` returns it invisibly, and `autoplot()` returns a \pkg{ggplot2} plot.
#' @section Errors:
#' It is an error if there are no schedules, if two have the same label, or if you give both
#' `steps_per_epoch` and `plan`.
#' @family ways to look at a schedule
#' @concept compare_schedules
#' @export
#' @examplesIf has_numpy()
#' cosine <- learning_rate_schedule_cosine_decay(0.1, 1000)
#' stairs <- learning_rate_schedule_exponential_decay(0.1, 250, 0.5, staircase = TRUE)
#' compared <- schedule_compare(cosine, stairs, warm = schedule_warmup(cosine, 100))
#' compared[compared$step == 500, ]
#' plot(compared)
#' # Schedules in a list:
#' candidates <- lapply(c(mild = 0.5, steep = 0.1), function(rate) update(stairs, decay_rate = rate))
#' plot(schedule_compare(candidates, plan = training_plan(steps_per_epoch = 100, epochs = 12)))
schedule_compare <- function(..., steps = NULL, steps_per_epoch = NULL, plan = NULL) {
  schedules <- one_by_one(list2(...), enquos(...), names(enquos(..., .named = TRUE)))
  if (length(schedules) == 0) {
    cli::cli_abort("{.arg ...} must be one or more schedules.")
  }
  repeated <- names(schedules)[duplicated(names(schedules))]
  if (length(repeated) > 0) {
    cli::cli_abort(
      "Schedules in {.arg ...} must have different names, but {.val {unique(repeated)}} {?occurs/occur} more than once."
    )
  }
  call <- current_env()
  schedules <- Map(
    function(x, name) check_schedule_looked_at(x, name, call),
    schedules,
    names(schedules)
  )
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  check_some_steps(steps)
  least <- steps_of_plan(plan) %||% 0
  tables <- lapply(schedules, rates_table, steps, steps_per_epoch, call, least)
  longest <- max(vapply(tables, function(table) max(table$step), 0))
  if (is.null(steps)) {
    # Extend the shorter schedules to the end of the longest.
    tables <- Map(
      function(table, schedule) {
        if (max(table$step) < longest) {
          further <- unique(round(seq(max(table$step), longest, length.out = 1000)))[-1]
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
  quantity <- unique(vapply(schedules, quantity_of, ""))
  structure(
    compared,
    class = c("schedule_comparison", "data.frame"),
    steps_per_epoch = steps_per_epoch,
    plan = plan,
    quantity = if (length(quantity) == 1) quantity else "value"
  )
}

# The arguments, with lists replaced by their elements. An element without a name is labelled with its
# expression in `list(a, b)`, or with `name[[2]]`.
one_by_one <- function(given, expressions, names) {
  parts <- Map(
    function(x, expression, name) {
      if (!is_bare_list(x)) {
        return(set_names(list(x), name))
      }
      labels <- names2(x)
      expression <- if (is_quosure(expression)) quo_get_expr(expression)
      inner <- if (is_call(expression, c("list", "c"))) as.list(expression)[-1]
      written <- if (length(inner) == length(x)) vapply(inner, as_label, "")
      blank <- labels == ""
      labels[blank] <- (written %||% paste0(name, "[[", seq_along(x), "]]"))[blank]
      set_names(x, labels)
    },
    unname(given),
    unname(expressions)[seq_along(given)],
    names
  )
  do.call(c, c(list(list()), unname(parts)))
}

# Prints the first `n` rows and how many more there are, or all rows if there are at most 2 * n.
print_rows <- function(x, n, ...) {
  n <- check_number(
    n,
    "one whole number greater than 0",
    function(n) n > 0 && is_whole(n),
    "n",
    caller_env()
  )
  class(x) <- "data.frame"
  if (nrow(x) <= 2 * n) {
    print(x, ...)
    return(invisible())
  }
  print(x[seq_len(n), , drop = FALSE], ...)
  cat("... and ", in_prose(nrow(x) - n), " more rows\n", sep = "")
}

#' @rdname schedule_compare
#' @export
print.schedule_comparison <- function(x, ..., n = 10) {
  print_rows(x, n, ...)
  invisible(x)
}

#' @rdname schedule_compare
#' @usage \method{plot}{list}(x, ...)
#' @export
plot.list <- function(x, ...) {
  is_schedule <- function(x) is_learning_rate_schedule(x) || is_python_schedule(x)
  are_schedules <- vapply(x, is_schedule, NA)
  if (length(x) == 0 || !all(are_schedules)) {
    return(NextMethod())
  }
  expression <- substitute(x)
  name <- if (is.symbol(expression)) as.character(expression) else "x"
  x <- one_by_one(list(x), list(new_quosure(expression)), name)
  arguments <- list(...)
  of_comparison <- names2(arguments) %in% c("steps", "steps_per_epoch", "plan")
  compared <- inject(schedule_compare(!!!x, !!!arguments[of_comparison]))
  inject(plot(compared, !!!arguments[!of_comparison]))
}

# Some rows of a comparison are a comparison too.
#' @export
`[.schedule_comparison` <- function(x, ...) {
  part <- NextMethod()
  if (!is.data.frame(part)) {
    return(part)
  }
  if (!all(c("schedule", "step", "learning_rate") %in% names(part))) {
    class(part) <- "data.frame"
    return(part)
  }
  for (name in c("steps_per_epoch", "plan", "quantity")) {
    attr(part, name) <- attr(x, name)
  }
  part
}

check_rows <- function(x, arg, call = caller_env()) {
  if (nrow(x) == 0) {
    cli::cli_abort("{.arg {arg}} must have at least one row.", call = call)
  }
}

# The colours of Okabe and Ito, which colour-blind people can distinguish, without yellow and
# black, which are hard to see on white and on black.
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
  ylab = attr(x, "quantity"),
  xlim = NULL,
  ylim = NULL,
  log = "",
  plan = NULL
) {
  check_rows(x, "x")
  if (any(names2(list(...)) == "")) {
    cli::cli_abort("All arguments after {.arg x} must be named, such as {.code plan = plan}.")
  }
  x <- with_plan(x, plan)
  plan <- attr(x, "plan")
  n <- nlevels(x$schedule)
  # In a subset, each schedule keeps its colour.
  drawn_now <- which(levels(x$schedule) %in% x$schedule)
  col <- rep_len(col %||% COLOURS, n)[drawn_now]
  lty <- rep_len(lty %||% rep(1:6, each = length(COLOURS)), n)[drawn_now]
  part <- x
  part$schedule <- droplevels(x$schedule)
  # A logarithmic axis can't show 0, and no axis can show NaN.
  drawn <- function(values, axis) {
    range(if (grepl(axis, log)) values[values > 0] else values, na.rm = TRUE)
  }
  cut <- !is.null(xlim)
  xlim <- xlim %||% drawn(x$step, "x")
  ylim <- ylim %||% drawn(x$learning_rate, "y")
  # Each line has its name at its end, so the picture needs room there.
  letter <- 0.65 * graphics::par("cin")[[1]] / graphics::par("pin")[[1]]
  names <- shortened(levels(part$schedule), max(floor(0.45 / letter), 8))
  # Lines of the same colour have different dashes, shown in a sample before each name.
  sample <- if (length(unique(lty)) > 1) 3.5 * letter else 0
  draw_frame(
    xlim,
    ylim,
    attr(x, "steps_per_epoch"),
    type = "n",
    main = main,
    xlab = xlab,
    ylab = ylab,
    xlim = with_room(xlim, max(nchar(names)) * letter + sample + 0.02, grepl("x", log)),
    ylim = ylim,
    log = log,
    plan = plan,
    ...
  )
  usr <- limits_of_axes()
  if (cut) {
    graphics::clip(usr[[1]], xlim[[2]], usr[[3]], usr[[4]])
  }
  lines <- split(part, part$schedule)
  for (i in seq_along(lines)) {
    lines(
      lines[[i]]$step,
      lines[[i]]$learning_rate,
      type = "s",
      col = col[[i]],
      lty = lty[[i]],
      lwd = lwd
    )
  }
  do.call(graphics::clip, as.list(usr))
  cover_untrained(plan)
  ends <- vapply(lines, rate_at_end, 0, xlim[[2]])
  ends <- graphics::grconvertY(pmax(ends, usr[[3]], na.rm = TRUE), "user", "npc")
  height <- 1.9 * graphics::strheight("X", units = "inches") / graphics::par("pin")[[2]]
  y <- graphics::grconvertY(spread(ends, height, c(0.6, -0.6) * height + 0:1), "npc", "user")
  x_of_names <- xlim[[2]]
  if (sample > 0) {
    end <- graphics::grconvertX(xlim[[2]], "user", "npc")
    from <- graphics::grconvertX(end + 0.15 * sample, "npc", "user")
    x_of_names <- graphics::grconvertX(end + sample, "npc", "user")
    graphics::segments(from, y, x_of_names, y, col = col, lty = lty, lwd = lwd, xpd = NA)
  }
  graphics::text(x_of_names, y, names, pos = 4, col = col, xpd = NA)
  invisible(x)
}

# Replaces the plan of a comparison, unless `plan` is NULL.
with_plan <- function(x, plan, call = caller_env()) {
  if (!is.null(plan)) {
    attr(x, "plan") <- check_plan(plan, call)
    attr(x, "steps_per_epoch") <- plan$steps_per_epoch
  }
  x
}

# Extends the limits of an axis so that a part at its end is free.
with_room <- function(limits, part, logarithmic) {
  limits <- if (logarithmic) log10(limits) else limits
  limits[[2]] <- limits[[2]] + diff(limits) * part / (1 - part)
  if (logarithmic) 10^limits else limits
}

# Shortens long names to their beginning and end.
shortened <- function(names, most) {
  long <- nchar(names) > most
  half <- (most - 3) / 2
  beginning <- substr(names, 1, ceiling(half))
  end <- substr(names, nchar(names) - floor(half) + 1, nchar(names))
  ifelse(long, paste0(beginning, "...", end), names)
}

# The last known rate of a line, not after step `last`.
rate_at_end <- function(line, last) {
  line$learning_rate[[max(which(line$step <= last & !is.na(line$learning_rate)), 1)]]
}

# Moves the values of `y` at least `distance` apart, or as far as the limits allow.
spread <- function(y, distance, limits) {
  order <- order(y)
  sorted <- y[order]
  distance <- min(distance, diff(limits) / max(length(y) - 1, 1))
  for (i in seq_along(sorted)) {
    lowest <- if (i == 1) limits[[1]] else sorted[[i - 1]] + distance
    sorted[[i]] <- max(sorted[[i]], lowest)
  }
  for (i in rev(seq_along(sorted))) {
    highest <- if (i == length(sorted)) limits[[2]] else sorted[[i + 1]] - distance
    sorted[[i]] <- min(sorted[[i]], highest)
  }
  y[order] <- sorted
  y
}

#' @rdname schedule_compare
#' @usage \method{autoplot}{schedule_comparison}(object, ..., plan = NULL)
#' @exportS3Method ggplot2::autoplot
autoplot.schedule_comparison <- function(object, ..., plan = NULL) {
  check_dots_empty()
  check_rows(object, "object")
  object <- with_plan(object, plan)
  plan <- attr(object, "plan")
  n <- nlevels(object$schedule)
  drawn_now <- levels(object$schedule) %in% object$schedule
  colours <- rep_len(COLOURS, n)[drawn_now]
  dashes <- rep_len(rep(1:6, each = length(COLOURS)), n)[drawn_now]
  object$schedule <- droplevels(object$schedule)
  last <- max(object$step)
  names <- shortened(levels(object$schedule), 32)
  labels <- data.frame(
    schedule = factor(levels(object$schedule), levels(object$schedule)),
    step = last,
    learning_rate = vapply(split(object, object$schedule), rate_at_end, 0, last),
    label = names
  )
  rates <- range(object$learning_rate, na.rm = TRUE)
  # Roughly the width of the names in a picture of seven inches.
  room <- 0.03 + 0.016 * max(nchar(names)) + if (length(unique(dashes)) > 1) 0.05 else 0
  drawn <- steps_plot(
    object,
    attr(object, "steps_per_epoch"),
    colour = .data[["schedule"]],
    linetype = .data[["schedule"]],
    room = ggplot2::expansion(c(0.05, min(room, 0.55))),
    quantity = attr(object, "quantity")
  )
  if (!is.null(steps_of_plan(plan)) && plan$steps < last) {
    drawn$data <- object[object$step <= plan$steps, ]
    untrained <- lapply(split(object, object$schedule), function(line) {
      trained <- line$step[line$step <= plan$steps]
      line[line$step >= max(trained, min(line$step)), ]
    })
    drawn <- drawn +
      ggplot2::geom_step(data = do.call(rbind, untrained), alpha = 0.3) +
      ggplot2::geom_vline(xintercept = plan$steps, linetype = 3, colour = "grey50")
  }
  if (diff(rates) == 0) {
    drawn <- drawn + ggplot2::expand_limits(y = rates + c(-0.5, 0.5) * max(rates, 0.1))
  }
  drawn +
    ggplot2::geom_step() +
    ggplot2::scale_colour_manual(values = colours, guide = "none") +
    ggplot2::scale_linetype_manual(values = dashes, guide = "none") +
    ggplot2::layer(
      geom = geom_of_names(),
      stat = "identity",
      position = "identity",
      mapping = ggplot2::aes(label = .data[["label"]]),
      data = labels,
      show.legend = FALSE
    )
}

# Text at the ends of lines. It is moved apart when drawn, because only then are the scales and the panel
# known, which the user may still change. Without enough room, it moves to the edge of the panel.
geom_of_names <- function() {
  draw <- function(data, panel_params, coord) {
    data <- coord$transform(data, panel_params)
    y <- spread(data$y, 0.06, c(0.03, 0.97))
    dashed <- !all(data$linetype %in% c(1, "1", "solid"))
    widths <- lapply(data$label, function(label) grid::unit(1, "strwidth", label))
    widths <- do.call(grid::unit.c, widths)
    sample <- grid::unit(if (dashed) 1.6 else 0, "lines")
    gap <- grid::unit(0.3, "lines")
    x <- grid::unit.pmin(
      grid::unit(data$x, "npc") + sample + gap,
      grid::unit(1, "npc") - widths - gap
    )
    colour <- grid::gpar(col = data$colour)
    grobs <- list(grid::textGrob(data$label, x, y, hjust = 0, default.units = "npc", gp = colour))
    if (dashed) {
      line <- grid::gpar(col = data$colour, lty = data$linetype, lwd = 0.5 * ggplot2::.pt)
      y <- grid::unit(y, "npc")
      grobs[[2]] <- grid::segmentsGrob(x - sample, y, x - 0.5 * gap, y, gp = line)
    }
    # The widths also need this size.
    size <- grid::gpar(fontsize = max(data$size) * ggplot2::.pt)
    inject(grid::grobTree(!!!grobs, gp = size))
  }
  ggplot2::ggproto(
    NULL,
    ggplot2::GeomText,
    default_aes = ggplot2::aes(colour = "black", size = 3.88, linetype = 1),
    draw_panel = function(data, panel_params, coord, ...) draw(data, panel_params, coord)
  )
}
