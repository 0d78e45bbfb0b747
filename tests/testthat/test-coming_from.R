# Values for the arguments of the calls, under the names that each library uses.
pytorch <- list(
  lr = 0.5,
  factor = 0.25,
  total_iters = 20,
  start_factor = 0.1,
  end_factor = 0.8,
  step_size = 7,
  gamma = 0.5,
  milestones = c(3, 11, 30),
  power = 2,
  T_max = 60,
  eta_min = 0.05,
  T_0 = 8,
  T_mult = 2,
  base_lr = 0.1,
  max_lr = 1,
  step_size_up = 9,
  mode = "exp_range",
  total_steps = 60,
  pct_start = 0.3,
  base_momentum = 0.8,
  max_momentum = 0.9,
  milestone = 20,
  N = 60,
  fn = function(step) 1 / (1 + step)
)
optax <- list(
  value = 0.3,
  init_value = 0.1,
  end_value = 0.02,
  transition_steps = 40,
  transition_begin = 5,
  power = 2,
  decay_rate = 0.5,
  decay_steps = 50,
  alpha = 0.1,
  b = c(5, 20),
  scales = c(4, 0.5),
  peak_value = 1,
  pct_start = 0.3,
  pct_final = 0.85,
  div_factor = 25,
  final_div_factor = 100,
  warmup_steps = 10,
  boundary = 15
)
hugging_face <- list(
  lr = 0.5,
  W = 10,
  N = 50,
  min_lr = 0.1,
  num_cycles = 4,
  lr_end = 0.05,
  power = 2,
  timescale = 7,
  num_decay_steps = 15,
  min_lr_ratio = 0.2
)
timm <- list(
  lr = 0.5,
  t_initial = 40,
  lr_min = 0.05,
  warmup_t = 10,
  warmup_lr_init = 0.01,
  decay_t = 9,
  decay_rate = 0.5,
  lb = -5,
  ub = 2
)
fastai <- list(N = 40, lr_max = 1, lr = 1, div = 25, div_final = 1e5, pct_start = 0.25)
addons <- list(initial_learning_rate = 0.1, maximal_learning_rate = 1, step_size = 7, gamma = 0.95)
model_garden <- list(
  after_warmup_lr_sched = 0.5,
  warmup_steps = 10,
  warmup_learning_rate = 0.1,
  power = 0.5,
  initial_learning_rate = 0.5,
  total_decay_steps = 40,
  linear_decay_fraction = 0.5,
  offset = 5,
  pre_offset_learning_rate = 0.3,
  boundaries = c(0, 10, 30),
  values = c(0.5, 1, 0.1),
  decay_steps = 10,
  decay_rate = 0.5
)
tf1 <- list(
  learning_rate = 0.5,
  decay_steps = 20,
  decay_rate = 0.5,
  staircase = TRUE,
  end_learning_rate = 0.1,
  power = 2,
  cycle = TRUE,
  boundaries = c(5, 20),
  values = c(0.5, 1, 0.1),
  alpha = 0.1,
  first_decay_steps = 8,
  t_mul = 2,
  m_mul = 0.5,
  num_periods = 0.5,
  beta = 0.01
)

# The two interpolations as published by optax, from `a` to `e`, at the fraction `q` of the way.
line <- function(a, e, q) (e - a) * q + a
wave <- function(a, e, q) e + (a - e) / 2 * (cos(pi * q) + 1)
through <- function(s, at, values, shape) {
  i <- findInterval(s, at, all.inside = TRUE)
  q <- pmin(pmax((s - at[i]) / (at[i + 1] - at[i]), 0), 1)
  shape(values[i], values[i + 1], q)
}
optax_decay <- function(init, s, end = 0) {
  with(optax, pmax(init * decay_rate^(pmax(s, 0) / transition_steps), end))
}
# Hugging Face's rates: a warmup, then `lr * factor(q)`, where `q` is the fraction of the rest.
warm <- function(s, factor) {
  with(hugging_face, lr * ifelse(s < W, s / W, factor((pmax(s, W) - W) / (N - W))))
}
cycle_of <- function(s) with(addons, floor(1 + s / (2 * step_size)))
triangle <- function(s, scale) {
  with(addons, {
    x <- abs(s / step_size - 2 * cycle_of(s) + 1)
    initial_learning_rate + (maximal_learning_rate - initial_learning_rate) * pmax(0, 1 - x) * scale
  })
}
tf1_p <- function(s) s / tf1$decay_steps

published <- list(
  optax = list(
    optax,
    "constant_schedule(value)" = function(s) value + 0 * s,
    "linear_schedule(init_value, end_value, transition_steps, transition_begin)" = function(s) {
      line(
        end_value,
        init_value,
        1 - pmin(pmax(s - transition_begin, 0), transition_steps) / transition_steps
      )
    },
    "polynomial_schedule(init_value, end_value, power, transition_steps, transition_begin)" = function(
      s
    ) {
      left <- 1 - pmin(pmax(s - transition_begin, 0), transition_steps) / transition_steps
      (init_value - end_value) * left^power + end_value
    },
    "exponential_decay(init_value, transition_steps, decay_rate, staircase=True)" = function(s) {
      init_value * decay_rate^floor(s / transition_steps)
    },
    "exponential_decay(init_value, transition_steps, decay_rate, end_value=end_value)" = function(
      s
    ) {
      optax_decay(init_value, s, end_value)
    },
    "cosine_decay_schedule(init_value, decay_steps, alpha)" = function(s) {
      init_value * ((1 - alpha) * 0.5 * (1 + cos(pi * pmin(s, decay_steps) / decay_steps)) + alpha)
    },
    "piecewise_constant_schedule(init_value, boundaries_and_scales)" = function(s) {
      init_value * ifelse(s >= b[1], scales[1], 1) * ifelse(s >= b[2], scales[2], 1)
    },
    "piecewise_interpolate_schedule(\"cosine\", init_value, boundaries_and_scales)" = function(s) {
      through(s, c(0, b), init_value * c(1, scales[1], scales[1] * scales[2]), wave)
    },
    "cosine_onecycle_schedule(transition_steps, peak_value, pct_start, div_factor, final_div_factor)" = function(
      s
    ) {
      values <- peak_value * c(1 / div_factor, 1, 1 / (div_factor * final_div_factor))
      through(s, c(0, trunc(pct_start * transition_steps), transition_steps), values, wave)
    },
    "linear_onecycle_schedule(transition_steps, peak_value, pct_start, pct_final, div_factor, final_div_factor)" = function(
      s
    ) {
      at <- c(
        0,
        trunc(pct_start * transition_steps),
        trunc(pct_final * transition_steps),
        transition_steps
      )
      through(
        s,
        at,
        peak_value * c(1 / div_factor, 1, 1 / div_factor, 1 / (div_factor * final_div_factor)),
        line
      )
    },
    "warmup_constant_schedule(init_value, peak_value, warmup_steps)" = function(s) {
      through(s, c(0, warmup_steps), c(init_value, peak_value), line)
    },
    "warmup_cosine_decay_schedule(init_value, peak_value, warmup_steps, decay_steps, end_value)" = function(
      s
    ) {
      q <- pmin(pmax(s - warmup_steps, 0) / (decay_steps - warmup_steps), 1)
      alpha <- end_value / peak_value
      cosine <- peak_value * ((1 - alpha) * 0.5 * (1 + cos(pi * q)) + alpha)
      ifelse(s < warmup_steps, line(init_value, peak_value, s / warmup_steps), cosine)
    },
    "warmup_exponential_decay_schedule(init_value, peak_value, warmup_steps, transition_steps, decay_rate)" = function(
      s
    ) {
      decay <- optax_decay(peak_value, s - warmup_steps)
      ifelse(s < warmup_steps, line(init_value, peak_value, s / warmup_steps), decay)
    },
    "join_schedules([first, second], [boundary])" = function(s) {
      ifelse(s < boundary, optax_decay(init_value, s), peak_value)
    }
  ),
  "Hugging Face transformers" = list(
    hugging_face,
    "get_constant_schedule(opt)" = function(s) lr + 0 * s,
    "get_constant_schedule_with_warmup(opt, W)" = function(s) warm(s, function(q) 1),
    "get_linear_schedule_with_warmup(opt, W, N)" = function(s) warm(s, function(q) pmax(0, 1 - q)),
    "get_cosine_schedule_with_warmup(opt, W, N)" = function(s) {
      warm(s, function(q) 0.5 * (1 + cos(pi * q)))
    },
    "get_cosine_with_min_lr_schedule_with_warmup(opt, W, N, min_lr=min_lr)" = function(s) {
      warm(s, function(q) 0.5 * (1 + cos(pi * q)) * (1 - min_lr / lr) + min_lr / lr)
    },
    "get_cosine_with_hard_restarts_schedule_with_warmup(opt, W, N, num_cycles)" = function(s) {
      warm(s, function(q) ifelse(q >= 1, 0, 0.5 * (1 + cos(pi * (round(num_cycles * q, 9) %% 1)))))
    },
    "get_polynomial_decay_schedule_with_warmup(opt, W, N, lr_end, power)" = function(s) {
      warm(s, function(q) ((lr - lr_end) * pmax(1 - q, 0)^power + lr_end) / lr)
    },
    "get_inverse_sqrt_schedule(opt, W, timescale)" = function(s) {
      ifelse(s < W, lr * s / W, lr / sqrt((pmax(s, W) + timescale - W) / timescale))
    },
    "get_wsd_schedule(opt, W, num_decay_steps, N, warmup_type=\"1-sqrt\", decay_type=\"cosine\", min_lr_ratio=min_lr_ratio)" = function(
      s
    ) {
      q <- pmax(s - (N - num_decay_steps), 0) / num_decay_steps
      factor <- ifelse(
        s < W,
        1 - sqrt(1 - pmin(s, W) / W),
        ifelse(q > 1, 0, 0.5 * (1 + cos(pi * q)))
      )
      lr * (factor * (1 - min_lr_ratio) + min_lr_ratio)
    }
  ),
  timm = list(
    timm,
    "CosineLRScheduler(opt, t_initial, lr_min, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init)" = function(
      s
    ) {
      q <- pmin(s, t_initial) / t_initial
      cosine <- lr_min + 0.5 * (lr - lr_min) * (1 + cos(pi * q))
      ifelse(s < warmup_t, warmup_lr_init + s * (lr - warmup_lr_init) / warmup_t, cosine)
    },
    "CosineLRScheduler(opt, t_initial, lr_min, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init, warmup_prefix=True)" = function(
      s
    ) {
      t <- s - warmup_t
      cosine <- ifelse(
        t < t_initial,
        lr_min + 0.5 * (lr - lr_min) * (1 + cos(pi * t / t_initial)),
        lr_min
      )
      ifelse(s < warmup_t, warmup_lr_init + s * (lr - warmup_lr_init) / warmup_t, cosine)
    },
    "StepLRScheduler(opt, decay_t, decay_rate)" = function(s) lr * decay_rate^(s %/% decay_t),
    "TanhLRScheduler(opt, t_initial, lb, ub, lr_min)" = function(s) {
      q <- s / t_initial
      ifelse(
        s < t_initial,
        lr_min + 0.5 * (lr - lr_min) * (1 - tanh(lb * (1 - q) + ub * q)),
        lr_min
      )
    }
  ),
  fastai = list(
    fastai,
    "fit_one_cycle(n_epoch, lr_max, div, div_final, pct_start)" = function(s) {
      through(s, N * c(0, pct_start, 1), lr_max / c(div, 1, div_final), wave)
    },
    "fit_flat_cos(n_epoch, lr, div_final, pct_start)" = function(s) {
      through(s, N * c(0, pct_start, 1), c(lr, lr, lr / div_final), wave)
    }
  ),
  "TensorFlow Addons" = list(
    addons,
    "TriangularCyclicalLearningRate(initial_learning_rate, maximal_learning_rate, step_size)" = function(
      s
    ) {
      triangle(s, 1)
    },
    "Triangular2CyclicalLearningRate(initial_learning_rate, maximal_learning_rate, step_size)" = function(
      s
    ) {
      triangle(s, 1 / 2^(cycle_of(s) - 1))
    },
    "ExponentialCyclicalLearningRate(initial_learning_rate, maximal_learning_rate, step_size, gamma=gamma)" = function(
      s
    ) {
      triangle(s, gamma^s)
    }
  ),
  "TensorFlow Model Garden" = list(
    model_garden,
    "LinearWarmup(after_warmup_lr_sched, warmup_steps, warmup_learning_rate)" = function(s) {
      warming <- warmup_learning_rate +
        s / warmup_steps * (after_warmup_lr_sched - warmup_learning_rate)
      ifelse(s < warmup_steps, warming, after_warmup_lr_sched)
    },
    "PolynomialWarmUp(after_warmup_lr_sched, warmup_steps, power)" = function(s) {
      ifelse(
        s < warmup_steps,
        after_warmup_lr_sched * (pmax(s, 1) / warmup_steps)^power,
        after_warmup_lr_sched
      )
    },
    "DirectPowerDecay(initial_learning_rate, power)" = function(s) {
      initial_learning_rate * pmax(s, 1)^power
    },
    "PowerAndLinearDecay(initial_learning_rate, total_decay_steps, power, linear_decay_fraction, offset)" = function(
      s
    ) {
      x <- s - offset
      rate <- initial_learning_rate * pmax(x, 1)^power
      pmax(0, rate * pmin(1, (total_decay_steps - x) / (total_decay_steps * linear_decay_fraction)))
    },
    "PowerDecayWithOffset(initial_learning_rate, power, offset, pre_offset_learning_rate)" = function(
      s
    ) {
      after <- pmax(s - offset, 1)^power * initial_learning_rate
      pmin(ifelse(s > offset, after, pre_offset_learning_rate), pre_offset_learning_rate)
    },
    "StepCosineDecayWithOffset(boundaries, values, offset)" = function(s) {
      through(s, boundaries + offset, values, wave)
    },
    "ExponentialDecayWithOffset(offset, initial_learning_rate=..., ...)" = function(s) {
      initial_learning_rate * decay_rate^(pmax(s - offset, 0) / decay_steps)
    }
  ),
  "TensorFlow 1" = list(
    tf1,
    "exponential_decay(learning_rate, step, decay_steps, decay_rate, staircase)" = function(s) {
      learning_rate * decay_rate^floor(tf1_p(s))
    },
    "natural_exp_decay(learning_rate, step, decay_steps, decay_rate)" = function(s) {
      learning_rate * exp(-decay_rate * tf1_p(s))
    },
    "inverse_time_decay(learning_rate, step, decay_steps, decay_rate)" = function(s) {
      learning_rate / (1 + decay_rate * tf1_p(s))
    },
    "polynomial_decay(learning_rate, step, decay_steps, end_learning_rate, power, cycle)" = function(
      s
    ) {
      t <- decay_steps * pmax(1, ceiling(s / decay_steps))
      (learning_rate - end_learning_rate) * (1 - s / t)^power + end_learning_rate
    },
    "piecewise_constant(step, boundaries, values)" = function(s) {
      ifelse(s <= boundaries[1], values[1], ifelse(s <= boundaries[2], values[2], values[3]))
    },
    "cosine_decay(learning_rate, step, decay_steps, alpha)" = function(s) {
      learning_rate *
        ((1 - alpha) * 0.5 * (1 + cos(pi * pmin(s, decay_steps) / decay_steps)) + alpha)
    },
    "cosine_decay_restarts(learning_rate, step, first_decay_steps, t_mul, m_mul, alpha)" = function(
      s
    ) {
      i <- floor(log2(s / first_decay_steps + 1)) # t_mul is 2
      done <- (s - first_decay_steps * (2^i - 1)) / (first_decay_steps * 2^i)
      learning_rate * ((1 - alpha) * 0.5 * m_mul^i * (1 + cos(pi * done)) + alpha)
    },
    "linear_cosine_decay(learning_rate, step, decay_steps, num_periods, alpha, beta)" = function(
      s
    ) {
      s <- pmin(s, decay_steps)
      cosine <- 0.5 * (1 + cos(2 * pi * num_periods * s / decay_steps))
      ((alpha + (decay_steps - s) / decay_steps) * cosine + beta) * learning_rate
    }
  )
)

# The rates of the PyTorch scheduler made by the call on the page, for `steps` steps.
pytorch_rates <- function(call, steps) {
  reticulate::py_run_string(
    "
import torch
def lrschedules_test_rates(call, arguments, steps):
    known = {**vars(torch.optim.lr_scheduler), **arguments, 'fn': lambda step: 1 / (1 + step)}
    known['opt'] = opt = torch.optim.SGD([torch.zeros(1)], lr=arguments['lr'], momentum=0.9)
    if 'first' in call:
        known['first'] = eval('LinearLR(opt, start_factor, end_factor, total_iters)', known)
        known['second'] = eval('StepLR(opt, step_size, gamma)', known)
    scheduler, rates = eval(call, known), []
    for _ in range(steps):
        group = opt.param_groups[0]
        rates.append(group['momentum'] if 'momentum' in call else group['lr'])
        opt.step()
        scheduler.step()
    return rates
"
  )
  arguments <- pytorch[names(pytorch) != "fn"]
  whole <- vapply(arguments, function(x) is.numeric(x) && all(x == trunc(x)), NA)
  arguments[whole] <- lapply(arguments[whole], function(x) {
    if (length(x) > 1) as.list(as.integer(x)) else as.integer(x)
  })
  reticulate::py$lrschedules_test_rates(call, arguments, as.integer(steps))
}

test_that("the page fits a terminal of 80 columns", {
  file <- withr::local_tempfile()
  page <- help_pages()[["coming_from_other_libraries.Rd"]]
  tools::Rd2txt(page, file, options = list(underline_titles = FALSE))
  lines <- readLines(file, encoding = "UTF-8")
  expect_identical(lines[nchar(lines) > 80], character())
})

LAYERS <- "A rate for each layer"

test_that("every row of the page is tested, and nothing else", {
  rows <- rows_of_page()
  rows <- rows[rows$library != LAYERS, ]
  others <- rows[rows$library != "PyTorch", ]
  expect_gt(nrow(rows) - nrow(others), 10)
  expect_identical(unique(others$library), names(published))
  for (library in names(published)) {
    expect_identical(others$there[others$library == library], names(published[[library]])[-1])
  }
})

test_that("the calls here have the rates of PyTorch's own schedulers", {
  skip_if_quick()
  # PyTorch leaves a folder in the temporary directory.
  skip_on_cran()
  # Loading PyTorch takes seconds, so only the tests with today's packages do it.
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  skip_if_not(reticulate::py_module_available("torch"), "Python's torch is not available")
  rows <- rows_of_page()
  rows <- rows[rows$library == "PyTorch", ]
  here <- list2env(pytorch, parent = environment())
  here$first <- eval(parse(text = rows$here[startsWith(rows$there, "LinearLR")]), here)
  here$second <- eval(parse(text = rows$here[startsWith(rows$there, "StepLR")]), here)
  for (i in seq_len(nrow(rows))) {
    schedule <- eval(parse(text = rows$here[[i]]), here)
    # Ours holds its rate where PyTorch's rises again or refuses further steps.
    theirs <- pytorch_rates(rows$there[[i]], 60)
    expect_equal(schedule(0:59), theirs, tolerance = 1e-9, info = rows$there[[i]])
  }
})

test_that("the calls here have the factors of the other libraries' layers", {
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  rows <- rows_of_page()
  rows <- rows[rows$library == LAYERS, ]
  layers <- c("body", "neck", "head")
  model <- keras3::keras_model_sequential(input_shape = 1L)
  for (name in layers) {
    keras3::layer_dense(model, 1, name = name)
  }
  # fastai spaces the rates of a slice() evenly on a logarithmic scale.
  published <- list(c(0.75^2, 0.75, 1), c(0.01, 0.1, 1), c(0.1, 1), c(0.1, 1), c(0.1, 1))
  for (i in seq_len(nrow(rows))) {
    opt <- keras3::optimizer_sgd()
    optimizer <- eval(
      parse(text = rows$here[[i]]),
      list(opt = opt, model = model, n = 3, groups = layers)
    )
    rates <- vapply(as.list(optimizer$layer_rates), function(schedule) schedule(0), 1)
    expect_equal(unname(rates) / 0.01, published[[i]])
  }
  expect_identical(nrow(rows), length(published))
})

test_that("the calls here have the rates that the other libraries publish", {
  skip_if_no_keras()
  rows <- rows_of_page()
  for (library in names(published)) {
    # Hugging Face's cosines rise again after N.
    steps <- as.double(seq(0, if (library == "Hugging Face transformers") hugging_face$N else 80))
    arguments <- list2env(published[[library]][[1]], parent = environment())
    if (library == "optax") {
      arguments$first <- with(
        optax,
        learning_rate_schedule_exponential_decay(init_value, transition_steps, decay_rate)
      )
      arguments$second <- optax$peak_value
    }
    for (there in names(published[[library]])[-1]) {
      formula <- published[[library]][[there]]
      environment(formula) <- arguments
      schedule <- eval(
        parse(text = rows$here[rows$library == library & rows$there == there]),
        arguments
      )
      expect_equal(
        schedule(steps),
        formula(steps) + 0 * steps,
        tolerance = 1e-9,
        info = paste(library, there)
      )
    }
  }
})

test_that("timm's default drops from the base rate onto the cosine", {
  skip_if_no_numpy()
  rows <- rows_of_page()
  row <- rows[rows$library == "timm", ][1, ]
  expect_no_match(row$there, "warmup_prefix")
  arguments <- list(lr = 1e-3, t_initial = 300, lr_min = 1e-5, warmup_t = 20, warmup_lr_init = 1e-5)
  schedule <- eval(parse(text = row$here), list2env(arguments, parent = environment()))
  # The expected rates were computed by timm.
  expect_equal(schedule(c(19, 20, 299)), c(9.505e-4, 9.891831e-4, 1.00271e-5), tolerance = 1e-6)
})

test_that("Hugging Face's rows work if the warmup is as long as the training", {
  skip_if_no_numpy()
  rows <- rows_of_page()
  rows <- rows[grepl("warmup(opt, W, N", rows$there, fixed = TRUE), ]
  expect_gte(nrow(rows), 5)
  for (N in c(10, 8)) {
    arguments <- list2env(hugging_face, parent = environment())
    arguments$N <- N
    arguments$W <- 10
    for (here in rows$here) {
      schedule <- eval(parse(text = here), arguments)
      expect_equal(schedule(0:(N - 1)), 0.5 * 0:(N - 1) / 10, info = here)
    }
  }
})
