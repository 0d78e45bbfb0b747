#' Start a schedule later
#'
#' Starts a schedule at step `offset` and holds its first rate until then:
#'
#' \deqn{\eta(s) = a(\max(s - o, 0))}{rate(step) = schedule(max(step - offset, 0))}
#'
#' \if{html}{\figure{schedule-offset.svg}{options: width="480" alt="The rate stays for 60 steps, then the decay begins; dashed, the decay alone."}}
#'
#' \if{html}{In the picture: \code{schedule_offset(learning_rate_schedule_cosine_decay(0.1, 100), 60)}; dashed, \code{learning_rate_schedule_cosine_decay(0.1, 100)}.}
#'
#' @param offset The step at which the schedule starts: one whole number, 0 or more.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_offset(500)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1500))
schedule_offset <- function(schedule, offset) {
  schedule <- check_schedule_or_rate(schedule)
  offset <- check_steps(offset)
  # Merge nested offsets into one, as Python does.
  inner <- if (is.function(schedule)) spec_of(schedule)
  if (identical(inner$class, "Offset") && offset + inner$config$offset <= MAX_STEP) {
    schedule <- inner$config$schedule
    offset <- offset + inner$config$offset
  }
  new_schedule("Offset", list(schedule = schedule, offset = offset))
}

#' Run schedules one after the other
#'
#' Runs several schedules in a row. Each schedule starts counting at its own boundary:
#'
#' \deqn{\eta(s) = a_i(s - b_{i-1}) \quad \textrm{for } b_{i-1} \le s < b_i, \quad b_0 = 0}{rate(step) = schedules[[i]](step - boundaries[i - 1]) for boundaries[i - 1] <= step < boundaries[i]}
#'
#' The first schedule starts at step 0, and the last one never ends. The next schedule takes over
#' exactly at the boundary step, also in compiled training. `schedule_then()` joins two schedules in a
#' pipe.
#'
#' Known elsewhere as `join_schedules()` in optax and `SequentialLR` in PyTorch.
#'
#' \if{html}{\figure{schedule-join.svg}{options: width="480" alt="A horizontal line, then half a cosine wave from its start, then a lower line."}}
#'
#' \if{html}{In the picture: \code{schedule_join(list(0.02, learning_rate_schedule_cosine_decay(0.1, 100), 0.01), c(40, 120))}.}
#'
#' @param schedules A list of two or more schedules, Keras schedules or numbers for constant rates.
#' @param boundaries The steps at which the next schedule takes over: whole numbers greater than
#'   0, strictly increasing, one fewer than there are schedules.
#' @param first,second The first and the second schedule, each like an element of `schedules`.
#' @param at The step at which `second` takes over: one whole number greater than 0.
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @concept SequentialLR
#' @concept join_schedules
#' @concept concat_schedules
#' @export
#' @examples
#' decay <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' schedule_join(list(0.01, decay, 0.001), boundaries = c(100, 5000))
#' schedule <- decay |> schedule_then(0.001, at = 5000)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1000, 4999, 5000))
schedule_join <- function(schedules, boundaries) {
  schedules <- check_schedules(schedules)
  boundaries <- check_boundaries(boundaries)
  if (length(schedules) != length(boundaries) + 1L) {
    cli::cli_abort(
      "{.arg schedules} must have one more element than {.arg boundaries} (got {in_prose(length(schedules))} and {in_prose(length(boundaries))})."
    )
  }
  if (boundaries[[1]] == 0) {
    abort_argument(
      boundaries,
      "greater than 0",
      "boundaries",
      current_env(),
      why = "The first schedule would never run."
    )
  }
  new_schedule("Join", list(schedules = schedules, boundaries = boundaries))
}

#' @rdname schedule_join
#' @export
schedule_then <- function(first, second, at) {
  new_schedule(
    "Join",
    list(
      schedules = list(check_schedule_or_rate(first), check_schedule_or_rate(second)),
      boundaries = check_positive_whole_steps(at)
    )
  )
}

#' Hold the rate from a step on
#'
#' Follows a schedule up to step `from`, then keeps the rate of that step:
#'
#' \deqn{\eta(s) = a(\min(s, f))}{rate(step) = schedule(min(step, from))}
#'
#' \if{html}{\figure{schedule-hold.svg}{options: width="480" alt="The rate follows the decay, dashed, up to step 80, then stays there."}}
#'
#' \if{html}{In the picture: \code{schedule_hold(learning_rate_schedule_exponential_decay(0.1, 60, 0.5), from = 80)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param from The step from which the rate is kept: one whole number, 0 or more.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_hold(from = 2000)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1000, 2000, 9000))
schedule_hold <- function(schedule, from) {
  new_schedule(
    "Hold",
    list(
      schedule = check_schedule_or_rate(schedule),
      from = check_steps(from)
    )
  )
}

#' Repeat a schedule in rounds
#'
#' Starts a schedule again every `every` steps, for `times` rounds:
#'
#' \deqn{\eta(s) = a\left(s - \textrm{every} \cdot \min(\lfloor s / \textrm{every} \rfloor, \textrm{times} - 1)\right)}{rate(step) = schedule(step - every * min(floor(step / every), times - 1))}
#'
#' The last round has no end: the schedule continues as it would alone.
#'
#' \if{html}{\figure{schedule-repeat.svg}{options: width="480" alt="The decay starts again every 70 steps; dashed, the decay alone."}}
#'
#' \if{html}{In the picture: \code{schedule_repeat(learning_rate_schedule_exponential_decay(0.1, 60, 0.5), every = 70)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param every The number of training steps (batches, not epochs) of a round: one whole number
#'   greater than 0.
#' @param times The number of rounds: one whole number greater than 0, or `Inf`.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @concept cycle
#' @concept restart
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_repeat(every = 2000)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1000, 1999, 2000, 3000))
schedule_repeat <- function(schedule, every, times = Inf) {
  new_schedule(
    "Repeat",
    list(
      schedule = check_schedule_or_rate(schedule),
      every = check_positive_whole_steps(every),
      times = check_times(times)
    )
  )
}

#' Run a schedule slower or faster
#'
#' Lets the schedule take one step for every `factor` training steps:
#'
#' \deqn{\eta(s) = a(\lfloor s / f \rfloor)}{rate(step) = schedule(floor(step / factor))}
#'
#' The division is exact: a factor of 0.1 counts as 1/10.
#'
#' \if{html}{\figure{schedule-stretch.svg}{options: width="480" alt="Half a cosine wave over 180 steps; dashed, the original wave of 100 steps."}}
#'
#' \if{html}{In the picture: \code{schedule_stretch(learning_rate_schedule_cosine_decay(0.1, 100), 1.8)}; dashed, \code{learning_rate_schedule_cosine_decay(0.1, 100)}.}
#'
#' @param factor How many times slower the schedule runs: one number from 1e-6 to 2^53. Below 1 it runs
#'   faster.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_stretch(2)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1000, 2000))
schedule_stretch <- function(schedule, factor) {
  new_schedule(
    "Stretch",
    list(
      schedule = check_schedule_or_rate(schedule),
      factor = check_stretch_factor(factor)
    )
  )
}

#' Adapt a schedule to the batch size
#'
#' Converts a schedule for batches of `from` samples into one for batches of `to` samples. With larger
#' batches an epoch has fewer steps, and the gradient of each step is less noisy. So step counts are
#' divided by \eqn{k = \textrm{to} / \textrm{from}}{k = to / from}, and rates are multiplied by
#' \eqn{c}, which is \eqn{k} (`"linear"`), its square root (`"sqrt"`) or 1 (`"none"`):
#'
#' \deqn{\eta(s) = c \, a(\lfloor s \, k \rfloor)}{rate(step) = c * schedule(floor(step * to / from))}
#'
#' Use `"linear"` for SGD (Goyal and others 2017) and `"sqrt"` for Adam and similar optimizers (Malladi
#' and others 2022). `to` may also be smaller than `from`. The result is an ordinary composition of
#' [schedule_stretch()] and [schedule_scale()].
#'
#' \if{html}{\figure{schedule-for_batch_size.svg}{options: width="480" alt="A cosine that is twice as high and half as long; dashed, the cosine for the smaller batches."}}
#'
#' \if{html}{In the picture: \code{schedule_for_batch_size(learning_rate_schedule_cosine_decay(0.1, 160), 32, 64)}; dashed, \code{learning_rate_schedule_cosine_decay(0.1, 160)}.}
#'
#' @param from,to The old and the new number of samples in a batch: one whole number each, greater than 0.
#' @param rule How the rates change: `"linear"`, `"sqrt"` or `"none"`.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @references Goyal and others (2017), "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour",
#'   \doi{10.48550/arXiv.1706.02677}. Malladi, Lyu, Panigrahi and Arora (2022), "On the SDEs and Scaling
#'   Rules for Adaptive Gradient Algorithms", \doi{10.48550/arXiv.2205.10287}.
#' @export
#' @examples
#' small <- learning_rate_schedule_cosine_decay(0.1, 8000)
#' schedule_for_batch_size(small, from = 32, to = 256)
#' @examplesIf has_numpy()
#' schedule_for_batch_size(small, from = 32, to = 256)(c(0, 500, 1000))
schedule_for_batch_size <- function(schedule, from, to, rule = c("linear", "sqrt", "none")) {
  schedule <- check_schedule_or_rate(schedule)
  from <- check_count(from)
  to <- check_count(to)
  rule <- if (missing(rule)) "linear" else check_one_of(rule, c("linear", "sqrt", "none"))
  k <- to / from
  slower <- schedule_stretch(schedule, check_stretch_factor(from / to, "from / to"))
  if (rule == "none") slower else schedule_scale(slower, if (rule == "sqrt") sqrt(k) else k)
}

#' Count updates instead of batches
#'
#' Lets a schedule take one step for each update. With gradient accumulation, every batch is a step for
#' the schedule of a Keras optimizer, which updates the weights only every
#' `gradient_accumulation_steps` steps:
#'
#' \deqn{\eta(s) = a(\lfloor s / \textrm{gradient\_accumulation\_steps} \rfloor)}{rate(step) = schedule(floor(step / gradient_accumulation_steps))}
#'
#' \if{html}{\figure{schedule-accumulate.svg}{options: width="480" alt="A decay whose rate changes at every fourth step, so that it is four times as slow; dashed, the decay itself."}}
#'
#' \if{html}{In the picture: \code{schedule_accumulate(learning_rate_schedule_exponential_decay(0.1, 10, 0.8), 4)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 10, 0.8)}.}
#'
#' @param gradient_accumulation_steps The number of batches per update, the same as in the optimizer:
#'   one whole number greater than 0.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @concept gradient_accumulation
#' @concept accumulate_grad_batches
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_accumulate(4)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 4000))
schedule_accumulate <- function(schedule, gradient_accumulation_steps) {
  new_schedule(
    "Accumulate",
    list(
      schedule = check_schedule_or_rate(schedule),
      gradient_accumulation_steps = check_positive_whole_steps(gradient_accumulation_steps)
    )
  )
}
