#' Cosine decay, with or without a warmup
#'
#' Lowers the learning rate along half a cosine wave:
#'
#' \deqn{\eta(s) = g \left[(1 - \alpha) \, \frac{1 + \cos(\pi d / T)}{2} + \alpha\right]}{rate(step) = peak * ((1 - alpha) * (1 + cos(pi * done / decay_steps)) / 2 + alpha)}
#'
#' Without a warmup, \eqn{g}{peak} is `initial_learning_rate`, and
#' \eqn{d = \min(s, T)}{done = min(step, decay_steps)}. With `warmup_target`, \eqn{g}{peak} is
#' `warmup_target`, and
#' \eqn{d = \min(s - W, T)}{done = min(step - warmup_steps, decay_steps)}; before step
#' `warmup_steps` the rate rises to the peak in a straight line:
#'
#' \deqn{\eta(s) = \eta_0 + (g - \eta_0) \, s / W}{rate(step) = initial_learning_rate + (warmup_target - initial_learning_rate) * step / warmup_steps}
#'
#' From step `decay_steps` on, or `warmup_steps + decay_steps` with a warmup, the rate stays at the end
#' rate \eqn{\alpha g}{alpha * peak}. Below step 0 the rate is the same as at step 0.
#'
#' Known elsewhere as `CosineAnnealingLR` in PyTorch (`alpha = eta_min / initial_learning_rate`)
#' and `cosine_decay_schedule()` in optax. In `warmup_cosine_decay_schedule()` of optax,
#' `decay_steps` includes the warmup.
#'
#' \if{html}{\figure{schedule-cosine_decay.svg}{options: width="480" alt="The rate rises in a line for 30 steps and falls in half a cosine wave to 0; dashed, it falls from the start, to a tenth."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_cosine_decay(0.01, 150, warmup_target = 0.1, warmup_steps = 30)}; dashed, \code{learning_rate_schedule_cosine_decay(0.1, 150, alpha = 0.1)}.}
#'
#' @inheritParams learning_rate_schedule_exponential_decay
#' @param initial_learning_rate The rate at step 0: one finite number, 0 or more.
#' @param decay_steps The number of training steps (batches, not epochs) of the cosine, without
#'   the warmup: one number, 1 or more. A fraction is cut off, as in keras3, but with a message.
#' @param alpha The rate at the end as a fraction of the peak: one finite number, 0 or more.
#' @param warmup_target The rate at the end of the warmup: one finite number, 0 or more, or
#'   `NULL` for no warmup.
#' @param warmup_steps The number of training steps of the warmup: one number, 0 or more. A fraction is
#'   cut off with a message. With 0 steps the schedule starts at `warmup_target`. Without a
#'   `warmup_target` the steps are ignored, as in Keras, but with a message.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `keras.optimizers.schedules.CosineDecay`, and `tf.compat.v1.train.cosine_decay` in
#'   TensorFlow.
#' @references Loshchilov and Hutter (2017), "SGDR: Stochastic Gradient Descent with Warm Restarts",
#'   \doi{10.48550/arXiv.1608.03983}.
#' @family schedules of Keras
#' @concept CosineAnnealingLR
#' @concept lr_cosine_annealing
#' @concept cosine_annealing
#' @concept T_max
#' @concept eta_min
#' @concept cosine_decay_schedule
#' @concept get_cosine_schedule_with_warmup
#' @export
#' @examples
#' schedule <- learning_rate_schedule_cosine_decay(
#'   initial_learning_rate = 0, decay_steps = 1000, warmup_target = 0.1, warmup_steps = 100
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 50, 100, 600, 1100))
learning_rate_schedule_cosine_decay <- function(
  initial_learning_rate,
  decay_steps,
  alpha = 0,
  name = "CosineDecay",
  warmup_target = NULL,
  warmup_steps = 0L
) {
  new_schedule(
    "CosineDecay",
    ignore_warmup(cosine(
      initial_learning_rate,
      check_keras_positive_steps(decay_steps),
      alpha,
      name,
      warmup_target,
      check_keras_steps(warmup_steps)
    ))
  )
}

# The configuration, also used by the schedule with an offset. The caller has checked the steps.
cosine <- function(
  initial_learning_rate,
  decay_steps,
  alpha,
  name,
  warmup_target,
  warmup_steps,
  call = caller_env()
) {
  list(
    initial_learning_rate = check_rate(initial_learning_rate, call = call),
    decay_steps = decay_steps,
    alpha = check_alpha(alpha, call = call),
    name = check_label(name, call = call),
    warmup_target = check_optional_rate(warmup_target, call = call),
    warmup_steps = warmup_steps
  )
}

# The configuration of the schedule with an offset.
cosine_with_warmup <- function(
  initial_learning_rate,
  decay_steps,
  alpha,
  name,
  warmup_target,
  warmup_steps,
  call = caller_env()
) {
  config <- cosine(
    initial_learning_rate,
    decay_steps,
    alpha,
    name,
    warmup_target,
    warmup_steps,
    call
  )
  if (is.null(warmup_target) && config$warmup_steps > 0) {
    abort_argument(config$warmup_steps, "0 without a `warmup_target`", "warmup_steps", call)
  }
  config
}

check_alpha <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_non_negative(x, arg, call, why = "The rate would fall below 0.")
}

#' Cosine decay with warm restarts
#'
#' Lowers the learning rate along half a cosine wave, again and again (SGDR):
#'
#' \deqn{\eta(s) = \eta_0 \left[(1 - \alpha) \, m^i \, \frac{1 + \cos(\pi f)}{2} + \alpha\right]}{rate(step) = initial_learning_rate * ((1 - alpha) * m_mul^i * (1 + cos(pi * f)) / 2 + alpha)}
#'
#' where \eqn{f} is the completed fraction of cycle \eqn{i}, counted from 0. Cycle \eqn{i} lasts
#' \eqn{T_0 t^i}{first_decay_steps * t_mul^i} steps and starts where the previous cycle ends, at
#' \eqn{T_0 (t^i - 1) / (t - 1)}{first_decay_steps * (t_mul^i - 1) / (t_mul - 1)}, or at
#' \eqn{T_0 i}{first_decay_steps * i} with `t_mul = 1`. This start is exact, also in compiled
#' training, so a cycle that starts at a whole step has the full rate there. If the start is not
#' a whole step, such as 33.1 with `first_decay_steps = 10` and `t_mul = 1.1` (after the starts 10 and
#' 21), the first step of the cycle is the next whole step, where the cosine is already slightly lower.
#' The cycles never end.
#' Below step 0 the rate is `initial_learning_rate`.
#'
#' Known elsewhere as `CosineAnnealingWarmRestarts(T_0, T_mult)` in PyTorch and
#' `sgdr_schedule()` in optax.
#'
#' \if{html}{\figure{schedule-cosine_decay_restarts.svg}{options: width="480" alt="Half cosine waves, each twice as long as the previous one, that restart from ever lower peaks."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_cosine_decay_restarts(0.1, 25, t_mul = 2, m_mul = 0.8)}.}
#'
#' @inheritParams learning_rate_schedule_exponential_decay
#' @param first_decay_steps The number of training steps (batches, not epochs) in the first
#'   cycle: one number, 1 or more. A fraction is cut off, as in keras3, but with a message.
#' @param t_mul The length of a cycle divided by the length of the previous one: one number, 1 or more.
#'   A number between 1 and 1.0004 is an error if it gives more than 100,000 cycles in 2^53 steps.
#' @param m_mul The height of a cycle above its end, divided by the height of the previous one: one finite
#'   number, 0 or more, and at most 1 if `alpha` is 1 or more.
#' @param alpha The rate at the end of each cycle as a fraction of `initial_learning_rate`: one
#'   finite number, 0 or more.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `keras.optimizers.schedules.CosineDecayRestarts`, and
#'   `tf.compat.v1.train.cosine_decay_restarts` in TensorFlow.
#' @references Loshchilov and Hutter (2017), "SGDR: Stochastic Gradient Descent with Warm Restarts",
#'   \doi{10.48550/arXiv.1608.03983}.
#' @family schedules of Keras
#' @concept CosineAnnealingWarmRestarts
#' @concept SGDR
#' @concept T_0
#' @concept T_mult
#' @concept warm_restarts
#' @export
#' @examples
#' schedule <- learning_rate_schedule_cosine_decay_restarts(
#'   initial_learning_rate = 0.1, first_decay_steps = 1000, m_mul = 0.5
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 999, 1000, 3000))
#' plot(schedule)
learning_rate_schedule_cosine_decay_restarts <- function(
  initial_learning_rate,
  first_decay_steps,
  t_mul = 2,
  m_mul = 1,
  alpha = 0,
  name = "SGDRDecay"
) {
  new_schedule(
    "CosineDecayRestarts",
    restarts(
      initial_learning_rate,
      check_keras_positive_steps(first_decay_steps),
      t_mul,
      m_mul,
      alpha,
      name
    )
  )
}

# The configuration, also for `v1_cosine_decay_restarts()`. The caller has checked `first_decay_steps`.
restarts <- function(
  initial_learning_rate,
  first_decay_steps,
  t_mul,
  m_mul,
  alpha,
  name,
  call = caller_env()
) {
  config <- list(
    initial_learning_rate = check_rate(initial_learning_rate, call = call),
    first_decay_steps = first_decay_steps,
    t_mul = check_growth(t_mul, call = call),
    m_mul = check_non_negative(m_mul, call = call),
    alpha = check_alpha(alpha, call = call),
    name = check_label(name, call = call)
  )
  if (has_too_many_cycles(config$first_decay_steps, config$t_mul)) {
    abort_argument(
      t_mul,
      "1, or large enough for at most 100,000 cycles in 2^53 steps",
      "t_mul",
      call
    )
  }
  if (config$m_mul > 1 && config$alpha >= 1) {
    abort_argument(m_mul, "at most 1 if `alpha` is 1 or more", "m_mul", call)
  }
  config
}

# The same formula as `too_many_cycles()` in whole_steps.py.
has_too_many_cycles <- function(first, growth) {
  growth > 1 && log1p((growth - 1) * (MAX_STEP / first)) > 1e5 * log(growth)
}

#' Linear cosine decay, with or without noise
#'
#' Lowers the learning rate along a straight line that is multiplied by a cosine wave. With
#' \eqn{s' = \min(s, T)}{s = min(step, decay_steps)} and
#' \eqn{w = (1 + \cos(2 \pi n s' / T)) / 2}{wave = (1 + cos(2 * pi * num_periods * s / decay_steps)) / 2},
#'
#' \deqn{\eta(s) = \eta_0 \left[\left(\alpha + \frac{T - s'}{T}\right) w + \beta\right]}{rate(step) = initial_learning_rate * ((alpha + (decay_steps - s) / decay_steps) * wave + beta)}
#'
#' After `decay_steps` the rate stays at its last value.
#' `learning_rate_schedule_noisy_linear_cosine_decay()` adds \eqn{\epsilon}{noise} to the line:
#'
#' \deqn{\eta(s) = \eta_0 \max\left(0, \left(\alpha + \frac{T - s'}{T} + \epsilon\right) w + \beta\right)}{rate(step) = initial_learning_rate * max(0, (alpha + (decay_steps - s) / decay_steps + noise) * wave + beta)}
#'
#' The noise is normal with variance
#' \eqn{v / (1 + s')^d}{initial_variance / (1 + s)^variance_decay}. It depends only on `seed` and
#' the step, so you read, plot and train with the same rate every time and on every backend. The
#' noise continues after `decay_steps`, multiplied by the wave, which is 0 there with the default
#' `num_periods`. Below step 0 the rate is the same as at step 0.
#'
#' \if{html}{\figure{schedule-linear_cosine_decay.svg}{options: width="480" alt="The rate falls to almost 0 at step 180, with noise that becomes less; dashed, without noise."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_noisy_linear_cosine_decay(0.1, 180, initial_variance = 0.02)}; dashed, \code{learning_rate_schedule_linear_cosine_decay(0.1, 180)}.}
#'
#' @inheritParams learning_rate_schedule_exponential_decay
#' @param initial_learning_rate The rate that multiplies the rest of the formula: one finite number, 0 or
#'   more. Without noise, and with `alpha` and `beta` of 0, it is the rate at step 0.
#' @param decay_steps The number of training steps (batches, not epochs) to the end of the line:
#'   one whole number greater than 0.
#' @param num_periods The number of periods of the cosine in `decay_steps`: one finite number, 0
#'   or more.
#' @param alpha,beta The numbers added to the line, and to its product with the wave: one finite
#'   number each, 0 or more.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tf.compat.v1.train.linear_cosine_decay` and `noisy_linear_cosine_decay` in
#'   TensorFlow, where the noise differs at each evaluation and the rate may be negative.
#' @references Bello, Zoph, Vasudevan and Le (2017), "Neural Optimizer Search with Reinforcement
#'   Learning", \doi{10.48550/arXiv.1709.07417}.
#' @family schedules of TensorFlow 1
#' @export
#' @examples
#' schedule <- learning_rate_schedule_linear_cosine_decay(
#'   initial_learning_rate = 0.1, decay_steps = 1000
#' )
#' schedule
#' noisy <- learning_rate_schedule_noisy_linear_cosine_decay(
#'   initial_learning_rate = 0.1, decay_steps = 1000, initial_variance = 0.01, seed = 1
#' )
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1000, 1001))
#' plot(noisy)
learning_rate_schedule_linear_cosine_decay <- function(
  initial_learning_rate,
  decay_steps,
  num_periods = 0.5,
  alpha = 0,
  beta = 0.001,
  name = "LinearCosineDecay"
) {
  new_schedule(
    "LinearCosineDecay",
    linear_cosine(
      initial_learning_rate,
      decay_steps,
      num_periods,
      alpha,
      beta,
      name
    )
  )
}

# The configurations, also for `v1_linear_cosine_decay()` and `v1_noisy_linear_cosine_decay()`.
linear_cosine <- function(
  initial_learning_rate,
  decay_steps,
  num_periods,
  alpha,
  beta,
  name,
  call = caller_env()
) {
  list(
    initial_learning_rate = check_rate(initial_learning_rate, call = call),
    decay_steps = check_positive_whole_steps(decay_steps, call = call),
    num_periods = check_non_negative(num_periods, call = call),
    alpha = check_non_negative(alpha, call = call),
    beta = check_non_negative(beta, call = call),
    name = check_label(name, call = call)
  )
}

noisy_linear_cosine <- function(
  initial_learning_rate,
  decay_steps,
  initial_variance,
  variance_decay,
  num_periods,
  alpha,
  beta,
  name,
  seed,
  call = caller_env()
) {
  c(
    linear_cosine(initial_learning_rate, decay_steps, num_periods, alpha, beta, name, call),
    list(
      initial_variance = check_non_negative(initial_variance, call = call),
      variance_decay = check_non_negative(variance_decay, call = call),
      seed = check_seed(seed, call = call)
    )
  )[names(formals(learning_rate_schedule_noisy_linear_cosine_decay))]
}

#' @rdname learning_rate_schedule_linear_cosine_decay
#' @param initial_variance The variance of the noise at step 0: one finite number, 0 or more.
#' @param variance_decay The exponent with which the variance falls: one finite number, 0 or more.
#' @param seed The seed of the noise: one whole number, 0 or more.
#' @export
learning_rate_schedule_noisy_linear_cosine_decay <- function(
  initial_learning_rate,
  decay_steps,
  initial_variance = 1,
  variance_decay = 0.55,
  num_periods = 0.5,
  alpha = 0,
  beta = 0.001,
  name = "NoisyLinearCosineDecay",
  seed = 0
) {
  new_schedule(
    "NoisyLinearCosineDecay",
    noisy_linear_cosine(
      initial_learning_rate,
      decay_steps,
      initial_variance,
      variance_decay,
      num_periods,
      alpha,
      beta,
      name,
      seed
    )
  )
}
