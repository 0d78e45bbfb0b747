#' Schedules in workers and on several devices
#'
#' A schedule holds no reference to Python, so you can send it to worker processes of
#' \pkg{parallel} (`makePSOCKcluster()`), \pkg{callr}, \pkg{future} (`multisession`) or \pkg{mirai}. The
#' worker starts its own Python when it first evaluates the schedule or trains with it. Don't use forks
#' (`parallel::mclapply()`, `future`'s `multicore`) once Python is running: a forked copy of Python can
#' hang.
#'
#' To train on several devices, see the section on your backend below. (On PyTorch, Keras's `fit()` uses
#' one device.) A schedule counts the optimizer's steps, one for each batch over all devices together,
#' so its rates are the same as on one device. You only need to adapt the rate and the number of steps
#' to larger batches, as usual (see [schedule_for_batch_size()]).
#'
#' @section TensorFlow:
#' Build and compile the model in the scope of a strategy:
#' ```
#' strategy <- tensorflow::tf$distribute$MirroredStrategy()
#' with(strategy$scope(), {
#'   model <- build_model()
#'   model |> compile(optimizer = optimizer_sgd(learning_rate = schedule), loss = "mse")
#' })
#' ```
#' To try that on one machine, make two logical devices before `library(keras3)`, which initialises
#' TensorFlow's devices:
#' ```
#' library(tensorflow)
#' cpu <- tf$config$list_physical_devices("CPU")[[1]]
#' logical <- tf$config$LogicalDeviceConfiguration
#' tf$config$set_logical_device_configuration(cpu, list(logical(), logical()))
#' strategy <- tf$distribute$MirroredStrategy(list("CPU:0", "CPU:1"))
#' ```
#'
#' @section JAX:
#' Set a distribution before you build the model:
#' ```
#' keras <- reticulate::import("keras")
#' keras$distribution$set_distribution(keras$distribution$DataParallel())
#' ```
#' To try that on one machine, set the environment variable
#' `XLA_FLAGS=--xla_force_host_platform_device_count=2` before Python starts: it gives two devices.
#'
#' @family ways to train with a schedule
#' @name workers_and_devices
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' @examplesIf has_numpy()
#' cluster <- parallel::makePSOCKcluster(1)
#' parallel::clusterCall(cluster, function(paths) .libPaths(paths), .libPaths())[[1]] |> invisible()
#' parallel::clusterApply(cluster, list(schedule), function(schedule) schedule(c(0, 1000)))
#' parallel::stopCluster(cluster)
NULL
