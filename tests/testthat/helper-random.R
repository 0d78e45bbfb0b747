# Random schedules, the same at each call. R's own random numbers differ between versions of R.

random_numbers <- function(seed) {
  state <- seed
  # Park and Miller's generator, exact in doubles.
  function() {
    state <<- (16807 * state) %% 2147483647
    state / 2147483647
  }
}

# `n` compositions, up to `depth` schedules deep, of shapes that differ in what their arguments take.
random_schedules <- function(n, seed = 1, depth = 4) {
  random <- random_numbers(seed)
  one_of <- function(...) {
    choices <- list(...)
    choices[[ceiling(random() * length(choices))]]
  }
  rate <- function() one_of(0.1, 1e-3, signif(random(), 3), random() / 3)
  steps <- function() one_of(32, 320, ceiling(1000 * random()), 1e6)
  flag <- function() random() < 0.5
  shape <- function() {
    one_of(
      function() learning_rate_schedule_exponential_decay(rate(), steps(), rate(), flag()),
      function() learning_rate_schedule_cosine_decay(rate(), steps(), rate()),
      function() {
        learning_rate_schedule_cosine_decay(0, steps(), warmup_target = rate(), warmup_steps = 32)
      },
      function() learning_rate_schedule_polynomial_decay(rate(), steps(), 0, one_of(1, 2), flag()),
      function() {
        learning_rate_schedule_piecewise_constant_decay(c(32, 50, 64), c(rate(), 1, 0.5, 0))
      },
      function() {
        learning_rate_schedule_one_cycle(rate(), steps(), anneal = one_of("cosine", "linear"))
      },
      function() learning_rate_schedule_inverse_sqrt_decay(rate(), steps(), one_of(NULL, steps())),
      function() {
        learning_rate_schedule_constant(rate(), name = one_of("Constant", NULL, "mine \"2\""))
      },
      function() learning_rate_schedule_cyclical(0, rate(), steps(), "exp_range", 0.999),
      function() {
        learning_rate_schedule_exponential_decay_with_offset(one_of(0, 64), rate(), steps(), 0.5)
      }
    )()
  }
  part <- function(depth) if (random() < 0.2) rate() else composed(depth)
  composed <- function(depth) {
    if (depth <= 1) {
      return(shape())
    }
    x <- composed(depth - 1)
    other <- function() part(depth - 2)
    one_of(
      function() schedule_warmup(x, steps(), from = one_of(0, rate()), shift = flag()),
      function() schedule_warmup(x, steps(), shape = "polynomial", power = one_of(1, 2)),
      function() schedule_warmup(rate(), steps()),
      function() schedule_cooldown(x, steps(), steps(), shape = one_of("linear", "one_minus_sqrt")),
      function() schedule_offset(x, steps()),
      function() schedule_hold(x, steps()),
      function() schedule_repeat(x, steps(), one_of(Inf, 3)),
      function() schedule_stretch(x, one_of(2, 0.1, 1 / 3)),
      function() schedule_scale(x, one_of(2, random())),
      function() schedule_clamp(x, one_of(0, 1e-5), one_of(Inf, 1)),
      function() schedule_noise(x, random(), steps()),
      function() schedule_accumulate(x, 4),
      function() schedule_then(x, other(), steps()),
      function() schedule_then(rate(), x, steps()),
      function() schedule_join(list(x, other(), other()), c(32, 33)),
      function() learning_rate_schedule_linear_warmup(x, steps(), 0),
      function() x + other(),
      function() 0.1 + (0.2 + (x + 0.3)),
      function() other() - x,
      function() x * other(),
      function() x / (0.5 + random()),
      function() one_of(2, shape()) / x
    )()
  }
  lapply(seq_len(n), function(i) composed(1 + (i - 1) %% depth))
}
