#' Coming from other libraries
#'
#' Shows how to write the schedules of other libraries with this package. Each entry gives the
#' other library's call, with its argument names, and the call here that has the same rates. `lr` is
#' the rate that you would give to the other library's optimizer, `N` the number of training steps.
#' Every entry is tested: against PyTorch itself, and against the published formulas of the other
#' libraries.
#'
#' Steps are training steps (batches) here. If you step a PyTorch scheduler once per epoch, its
#' arguments are in epochs: convert them to steps with [epochs()].
#'
#' @section PyTorch:
#' The schedulers are in `torch.optim.lr_scheduler`, with one `step()` per batch.
#'
#' \describe{
#'   \item{`ConstantLR(opt, factor, total_iters)`}{`learning_rate_schedule_piecewise_constant_decay(total_iters, lr * c(factor, 1), boundary = "right")`}
#'   \item{`LinearLR(opt, start_factor, end_factor, total_iters)`}{`learning_rate_schedule_piecewise_interpolate(c(0, total_iters), lr * c(start_factor, end_factor))`}
#'   \item{`StepLR(opt, step_size, gamma)`}{`learning_rate_schedule_exponential_decay(lr, step_size, gamma, staircase = TRUE)`}
#'   \item{`MultiStepLR(opt, milestones, gamma)`}{`learning_rate_schedule_piecewise_constant_decay(milestones, lr * gamma^(0:length(milestones)), boundary = "right")`}
#'   \item{`ExponentialLR(opt, gamma)`}{`learning_rate_schedule_exponential_decay(lr, 1, gamma)`}
#'   \item{`PolynomialLR(opt, total_iters, power)`}{`learning_rate_schedule_polynomial_decay(lr, total_iters, 0, power)`}
#'   \item{`CosineAnnealingLR(opt, T_max, eta_min)`}{`learning_rate_schedule_cosine_decay(lr, T_max, alpha = eta_min / lr)`}
#'   \item{`CosineAnnealingWarmRestarts(opt, T_0, T_mult, eta_min)`}{`learning_rate_schedule_cosine_decay_restarts(lr, T_0, T_mult, alpha = eta_min / lr)`}
#'   \item{`CyclicLR(opt, base_lr, max_lr, step_size_up, mode=mode, gamma=gamma)`}{`learning_rate_schedule_cyclical(base_lr, max_lr, step_size_up, mode, gamma)`}
#'   \item{`OneCycleLR(opt, max_lr, total_steps, pct_start=pct_start)`}{`learning_rate_schedule_one_cycle(max_lr, total_steps - 1, (pct_start * total_steps - 1) / (total_steps - 1))`}
#'   \item{`OneCycleLR(opt, max_lr, total_steps, pct_start=pct_start, base_momentum=base_momentum, max_momentum=max_momentum)`}{`momentum_schedule_one_cycle(learning_rate_schedule_one_cycle(max_lr, total_steps - 1, (pct_start * total_steps - 1) / (total_steps - 1)), base_momentum, max_momentum)`}
#'   \item{`LambdaLR(opt, fn)`}{`learning_rate_schedule(function(step) lr * fn(step), N)`}
#'   \item{`SequentialLR(opt, [first, second], [milestone])`}{`schedule_then(first, second, at = milestone)`}
#'   \item{`SequentialLR(opt, [LinearLR(opt, start_factor, total_iters=milestone), CosineAnnealingLR(opt, T_max)], [milestone])`}{`schedule_warmup(learning_rate_schedule_cosine_decay(lr, T_max), milestone, from = start_factor * lr)`}
#'   \item{`ChainedScheduler([first, second])`}{`first * second / lr`}
#' }
#'
#' `CosineAnnealingLR` rises again after `T_max`; here the rate stays. `gamma` is only for
#' `"exp_range"`. The phases of `OneCycleLR` end one step before `pct_start * total_steps` and
#' `total_steps`, so the rows subtract 1; `pct_start * total_steps` must be whole.
#' `anneal_strategy="linear"` is `anneal = "linear"`. The second row of `OneCycleLR` is the matching
#' momentum, for [optimizer_with_schedules()]. `first` and `second` are schedules of this package, and
#' each counts from 0. A warmup by `LinearLR` begins above 0, at `start_factor * lr`: that is `from` in
#' [schedule_warmup()].
#'
#' @section optax:
#' `boundaries_and_scales` is `dict(zip(b, scales))`.
#'
#' \describe{
#'   \item{`constant_schedule(value)`}{`learning_rate_schedule_constant(value)`}
#'   \item{`linear_schedule(init_value, end_value, transition_steps, transition_begin)`}{`learning_rate_schedule_piecewise_interpolate(transition_begin + c(0, transition_steps), c(init_value, end_value))`}
#'   \item{`polynomial_schedule(init_value, end_value, power, transition_steps, transition_begin)`}{`schedule_offset(learning_rate_schedule_polynomial_decay(init_value, transition_steps, end_value, power), transition_begin)`}
#'   \item{`exponential_decay(init_value, transition_steps, decay_rate, staircase=True)`}{`learning_rate_schedule_exponential_decay(init_value, transition_steps, decay_rate, staircase = TRUE)`}
#'   \item{`exponential_decay(init_value, transition_steps, decay_rate, end_value=end_value)`}{`schedule_clamp(learning_rate_schedule_exponential_decay(init_value, transition_steps, decay_rate), min = end_value)`}
#'   \item{`cosine_decay_schedule(init_value, decay_steps, alpha)`}{`learning_rate_schedule_cosine_decay(init_value, decay_steps, alpha)`}
#'   \item{`piecewise_constant_schedule(init_value, boundaries_and_scales)`}{`learning_rate_schedule_piecewise_constant_decay(b, init_value * cumprod(c(1, scales)), boundary = "right")`}
#'   \item{`piecewise_interpolate_schedule("cosine", init_value, boundaries_and_scales)`}{`learning_rate_schedule_piecewise_interpolate(c(0, b), init_value * cumprod(c(1, scales)), "cosine")`}
#'   \item{`cosine_onecycle_schedule(transition_steps, peak_value, pct_start, div_factor, final_div_factor)`}{`learning_rate_schedule_one_cycle(peak_value, transition_steps, pct_start, "cosine", div_factor, final_div_factor)`}
#'   \item{`linear_onecycle_schedule(transition_steps, peak_value, pct_start, pct_final, div_factor, final_div_factor)`}{`learning_rate_schedule_piecewise_interpolate(floor(transition_steps * c(0, pct_start, pct_final, 1)), peak_value * c(1 / div_factor, 1, 1 / div_factor, 1 / div_factor / final_div_factor))`}
#'   \item{`warmup_constant_schedule(init_value, peak_value, warmup_steps)`}{`learning_rate_schedule_piecewise_interpolate(c(0, warmup_steps), c(init_value, peak_value))`}
#'   \item{`warmup_cosine_decay_schedule(init_value, peak_value, warmup_steps, decay_steps, end_value)`}{`schedule_warmup(learning_rate_schedule_cosine_decay(peak_value, decay_steps - warmup_steps, end_value / peak_value), warmup_steps, from = init_value)`}
#'   \item{`warmup_exponential_decay_schedule(init_value, peak_value, warmup_steps, transition_steps, decay_rate)`}{`schedule_warmup(learning_rate_schedule_exponential_decay(peak_value, transition_steps, decay_rate), warmup_steps, from = init_value)`}
#'   \item{`join_schedules([first, second], [boundary])`}{`schedule_join(list(first, second), boundary)`}
#' }
#'
#' In optax, `decay_steps` includes the warmup. If `decay_rate > 1`, `end_value` is an upper limit:
#' `schedule_clamp(max = end_value)`.
#'
#' @section Hugging Face transformers:
#' `W` is `num_warmup_steps`, `N` is `num_training_steps`.
#'
#' \describe{
#'   \item{`get_constant_schedule(opt)`}{`learning_rate_schedule_constant(lr)`}
#'   \item{`get_constant_schedule_with_warmup(opt, W)`}{`schedule_warmup(lr, W)`}
#'   \item{`get_linear_schedule_with_warmup(opt, W, N)`}{`schedule_warmup(learning_rate_schedule_polynomial_decay(lr, max(N - W, 1), 0), W)`}
#'   \item{`get_cosine_schedule_with_warmup(opt, W, N)`}{`schedule_warmup(learning_rate_schedule_cosine_decay(lr, max(N - W, 1)), W)`}
#'   \item{`get_cosine_with_min_lr_schedule_with_warmup(opt, W, N, min_lr=min_lr)`}{`schedule_warmup(learning_rate_schedule_cosine_decay(lr, max(N - W, 1), min_lr / lr), W)`}
#'   \item{`get_cosine_with_hard_restarts_schedule_with_warmup(opt, W, N, num_cycles)`}{`learning_rate_schedule_cosine_decay_restarts(lr, max(N - W, num_cycles) / num_cycles, t_mul = 1) |> schedule_then(0, at = max(N - W, 1)) |> schedule_warmup(W)`}
#'   \item{`get_polynomial_decay_schedule_with_warmup(opt, W, N, lr_end, power)`}{`schedule_warmup(learning_rate_schedule_polynomial_decay(lr, max(N - W, 1), lr_end, power), W)`}
#'   \item{`get_inverse_sqrt_schedule(opt, W, timescale)`}{`learning_rate_schedule_inverse_sqrt_decay(lr, W, timescale)`}
#'   \item{`get_wsd_schedule(opt, W, num_decay_steps, N, warmup_type="1-sqrt", decay_type="cosine", min_lr_ratio=min_lr_ratio)`}{`learning_rate_schedule_warmup_stable_decay(lr, W, N - W - num_decay_steps, num_decay_steps, "one_minus_sqrt", "cosine", min_lr_ratio * lr)`}
#' }
#'
#' Cosines that rise again after `N` stay at their last rate here. With hard restarts,
#' `(N - W) / num_cycles` must be whole. If the warmup takes the whole training (`N <= W`), the
#' rates up to step `N` are the rates of the warmup, as in transformers.
#'
#' @section timm:
#' The schedulers are in `timm.scheduler`, with `t_in_epochs=False`.
#'
#' \describe{
#'   \item{`CosineLRScheduler(opt, t_initial, lr_min, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init)`}{`schedule_warmup(learning_rate_schedule_cosine_decay(lr, t_initial, lr_min / lr), warmup_t, from = warmup_lr_init, to = lr, shift = FALSE)`}
#'   \item{`CosineLRScheduler(opt, t_initial, lr_min, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init, warmup_prefix=True)`}{`schedule_warmup(learning_rate_schedule_cosine_decay(lr, t_initial, lr_min / lr), warmup_t, from = warmup_lr_init)`}
#'   \item{`StepLRScheduler(opt, decay_t, decay_rate)`}{`learning_rate_schedule_exponential_decay(lr, decay_t, decay_rate, staircase = TRUE)`}
#'   \item{`TanhLRScheduler(opt, t_initial, lb, ub, lr_min)`}{`schedule_then(learning_rate_schedule_tanh_decay(lr, t_initial, lb, ub, lr_min), lr_min, at = t_initial)`}
#' }
#'
#' By default (`warmup_prefix=False`) the cosine already runs during the warmup. The warmup rises to the
#' base rate, and at its end the rate drops onto the cosine.
#'
#' @section fastai:
#' `N` is the number of batches in all epochs.
#'
#' \describe{
#'   \item{`fit_one_cycle(n_epoch, lr_max, div, div_final, pct_start)`}{`learning_rate_schedule_one_cycle(lr_max, N, pct_start, "cosine", div, div_final / div)`}
#'   \item{`fit_flat_cos(n_epoch, lr, div_final, pct_start)`}{`learning_rate_schedule_warmup_stable_decay(lr, 0, pct_start * N, N - pct_start * N, end_learning_rate = lr / div_final)`}
#' }
#'
#' In both rows, `pct_start * N` must be whole.
#'
#' @section TensorFlow Addons:
#' The schedules are in `tfa.optimizers`.
#'
#' \describe{
#'   \item{`TriangularCyclicalLearningRate(initial_learning_rate, maximal_learning_rate, step_size)`}{`learning_rate_schedule_cyclical(initial_learning_rate, maximal_learning_rate, step_size)`}
#'   \item{`Triangular2CyclicalLearningRate(initial_learning_rate, maximal_learning_rate, step_size)`}{`learning_rate_schedule_cyclical(initial_learning_rate, maximal_learning_rate, step_size, "triangular2")`}
#'   \item{`ExponentialCyclicalLearningRate(initial_learning_rate, maximal_learning_rate, step_size, gamma=gamma)`}{`learning_rate_schedule_cyclical(initial_learning_rate, maximal_learning_rate, step_size, "exp_range", gamma)`}
#' }
#'
#' @section TensorFlow Model Garden:
#' The classes are in `tfm.optimization.lr_schedule`. Here they have the same names in snake case, and
#' the same arguments in the same order.
#'
#' \describe{
#'   \item{`LinearWarmup(after_warmup_lr_sched, warmup_steps, warmup_learning_rate)`}{`learning_rate_schedule_linear_warmup(after_warmup_lr_sched, warmup_steps, warmup_learning_rate)`}
#'   \item{`PolynomialWarmUp(after_warmup_lr_sched, warmup_steps, power)`}{`learning_rate_schedule_polynomial_warmup(after_warmup_lr_sched, warmup_steps, power)`}
#'   \item{`DirectPowerDecay(initial_learning_rate, power)`}{`learning_rate_schedule_direct_power_decay(initial_learning_rate, power)`}
#'   \item{`PowerAndLinearDecay(initial_learning_rate, total_decay_steps, power, linear_decay_fraction, offset)`}{`learning_rate_schedule_power_and_linear_decay(initial_learning_rate, total_decay_steps, power, linear_decay_fraction, offset)`}
#'   \item{`PowerDecayWithOffset(initial_learning_rate, power, offset, pre_offset_learning_rate)`}{`learning_rate_schedule_power_decay_with_offset(initial_learning_rate, power, offset, pre_offset_learning_rate)`}
#'   \item{`StepCosineDecayWithOffset(boundaries, values, offset)`}{`learning_rate_schedule_step_cosine_decay_with_offset(boundaries, values, offset)`}
#'   \item{`ExponentialDecayWithOffset(offset, initial_learning_rate=..., ...)`}{`learning_rate_schedule_exponential_decay_with_offset(offset, initial_learning_rate, decay_steps, decay_rate)`}
#' }
#'
#' In Model Garden, the exponential, polynomial and cosine decay with an offset extrapolate before it;
#' here they hold their first rate.
#'
#' @section A rate for each layer:
#' These calls multiply the rate of an optimizer `opt` in some layers: see
#' [optimizer_with_layer_rates()].
#'
#' \describe{
#'   \item{timm: `create_optimizer_v2(model, layer_decay=0.75)`}{`optimizer_with_layer_rates(opt, layer_rates(model, decay = 0.75))`}
#'   \item{fastai: `fit_one_cycle(n_epoch, slice(lr / 100, lr))`}{`optimizer_with_layer_rates(opt, layer_rates(model, decay = 0.01^(1 / (n - 1)), groups = groups))`}
#'   \item{optax: `multi_transform({"body": sgd(0.1 * lr), "head": sgd(lr)}, labels)`}{`optimizer_with_layer_rates(opt, body = 0.1, head = 1)`}
#'   \item{Addons: `MultiOptimizer([(SGD(0.1 * lr), body), (SGD(lr), head)])`}{`optimizer_with_layer_rates(opt, body = 0.1, head = 1)`}
#'   \item{PyTorch: `SGD([{"params": body, "lr": 0.1 * lr}, {"params": head}], lr)`}{`optimizer_with_layer_rates(opt, body = 0.1, head = 1)`}
#' }
#'
#' timm counts blocks, and fastai counts `n` groups of layers. Name such blocks here with `groups`.
#'
#' @section TensorFlow 1:
#' The functions are in `tf.compat.v1.train`. This package has them with the prefix `v1_` and the same
#' arguments ([v1_exponential_decay()]). As schedules they are:
#'
#' \describe{
#'   \item{`exponential_decay(learning_rate, step, decay_steps, decay_rate, staircase)`}{`learning_rate_schedule_exponential_decay(learning_rate, decay_steps, decay_rate, staircase)`}
#'   \item{`natural_exp_decay(learning_rate, step, decay_steps, decay_rate)`}{`learning_rate_schedule_natural_exp_decay(learning_rate, decay_steps, decay_rate)`}
#'   \item{`inverse_time_decay(learning_rate, step, decay_steps, decay_rate)`}{`learning_rate_schedule_inverse_time_decay(learning_rate, decay_steps, decay_rate)`}
#'   \item{`polynomial_decay(learning_rate, step, decay_steps, end_learning_rate, power, cycle)`}{`learning_rate_schedule_polynomial_decay(learning_rate, decay_steps, end_learning_rate, power, cycle)`}
#'   \item{`piecewise_constant(step, boundaries, values)`}{`learning_rate_schedule_piecewise_constant_decay(boundaries, values)`}
#'   \item{`cosine_decay(learning_rate, step, decay_steps, alpha)`}{`learning_rate_schedule_cosine_decay(learning_rate, decay_steps, alpha)`}
#'   \item{`cosine_decay_restarts(learning_rate, step, first_decay_steps, t_mul, m_mul, alpha)`}{`learning_rate_schedule_cosine_decay_restarts(learning_rate, first_decay_steps, t_mul, m_mul, alpha)`}
#'   \item{`linear_cosine_decay(learning_rate, step, decay_steps, num_periods, alpha, beta)`}{`learning_rate_schedule_linear_cosine_decay(learning_rate, decay_steps, num_periods, alpha, beta)`}
#' }
#'
#' In a compiled training step, TensorFlow's functions round the step to 32 bits.
#'
#' @section Using a schedule in another library:
#' You can use the Python object, `reticulate::r_to_py(schedule)`, in other Python libraries, and the
#' schedule itself in R. `lr` of the optimizer must be 1 if the library multiplies it by the schedule.
#'
#' - PyTorch: `torch.optim.lr_scheduler.LambdaLR(optimizer, schedule.rate)`, with `lr = 1`. This is
#'   tested.
#' - optax, with Keras's JAX backend: `optax.sgd(learning_rate = schedule)`. This is not tested.
#' - R's \pkg{torch}: `torch::lr_lambda(optimizer, schedule)`, with `lr = 1`; in \pkg{luz},
#'   `luz::luz_callback_lr_scheduler(torch::lr_lambda, lr_lambda = schedule, call_on =
#'   "on_train_batch_end")`. This is not tested.
#'
#' @name coming_from_other_libraries
#' @seealso The help page of each function, which states its formula.
#' @examples
#' # PyTorch's SequentialLR(opt, [first, second], [100]) of
#' # LinearLR(opt, 0.01, 1, 100) and StepLR(opt, 1000, 0.5)
#' lr <- 0.1
#' first <- learning_rate_schedule_piecewise_interpolate(
#'   c(0, 100), lr * c(0.01, 1)
#' )
#' second <- learning_rate_schedule_exponential_decay(
#'   lr, 1000, 0.5, staircase = TRUE
#' )
#' schedule <- schedule_then(first, second, at = 100)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 50, 100, 1099, 1100))
NULL
