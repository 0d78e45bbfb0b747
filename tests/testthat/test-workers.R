schedule <- learning_rate_schedule_exponential_decay(0.1, 7, 0.5, staircase = TRUE)

test_that("a schedule evaluates and trains in a callr worker", {
  skip_if_quick()
  skip_if_not_installed("callr")
  skip_if_no_keras()
  result <- callr::r(
    function(schedule, rates_in_fit) {
      list(read = schedule(0:19), trained = rates_in_fit(schedule, 20))
    },
    # The function's environment is the test's, which a worker lacks.
    list(schedule, `environment<-`(rates_in_fit, globalenv())),
    libpath = .libPaths(),
    timeout = STANDSTILL,
    env = c(callr::rcmd_safe_env(), KERAS_BACKEND = "jax")
  )
  expect_identical(result$read, schedule(0:19))
  expect_equal(result$trained, result$read, tolerance = 1e-6)
})

test_that("a schedule evaluates and trains in PSOCK workers", {
  skip_if_quick()
  skip_if_no_keras()
  cluster <- parallel::makePSOCKcluster(2, timeout = STANDSTILL)
  withr::defer(parallel::stopCluster(cluster))
  parallel::clusterCall(cluster, function(paths) .libPaths(paths), .libPaths())
  schedules <- list(schedule, learning_rate_schedule_exponential_decay(0.2, 3, 0.9))
  trained <- parallel::clusterMap(
    cluster,
    function(schedule, rates_in_fit) {
      list(read = schedule(0:19), trained = rates_in_fit(schedule, 20))
    },
    schedules,
    MoreArgs = list(rates_in_fit = `environment<-`(rates_in_fit, globalenv()))
  )
  for (i in 1:2) {
    expect_identical(trained[[i]]$read, schedules[[i]](0:19))
    expect_equal(trained[[i]]$trained, trained[[i]]$read, tolerance = 1e-6)
  }
})

test_that("MirroredStrategy on two logical devices trains at the rates of one", {
  skip_if(Sys.getenv("SWEEP") == "", "the vignette Many machines does this in every run")
  skip_if_not_installed("tensorflow")
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  skip_if_not(
    Sys.getenv("KERAS_BACKEND", "tensorflow") == "tensorflow",
    "the backend is not TensorFlow"
  )
  output <- run_r(c(
    "library(tensorflow)",
    # This must run before keras3 starts TensorFlow's devices.
    "cpu <- tf$config$list_physical_devices('CPU')[[1]]",
    "logical <- tf$config$LogicalDeviceConfiguration",
    "tf$config$set_logical_device_configuration(cpu, list(logical(), logical()))",
    "library(keras3, warn.conflicts = FALSE)",
    "library(lrschedules, warn.conflicts = FALSE)",
    "strategy <- tf$distribute$MirroredStrategy(list('CPU:0', 'CPU:1'))",
    "stopifnot(strategy$num_replicas_in_sync == 2)",
    "schedule <- learning_rate_schedule_exponential_decay(0.1, 7, 0.5, staircase = TRUE)",
    "with(strategy$scope(), {",
    "  model <- keras_model_sequential(input_shape = 20L)",
    "  model |> layer_dense(1, use_bias = FALSE, kernel_initializer = 'zeros')",
    "  model |> compile(optimizer = optimizer_sgd(learning_rate = schedule), loss = 'mae')",
    "})",
    "x <- diag(20)[rep(1:20, each = 2), ]",
    "model |> fit(x, matrix(1e6, 40), batch_size = 2, shuffle = FALSE, verbose = 0)",
    "rates <- as.vector(get_weights(model)[[1]])",
    "stopifnot(all.equal(rates, schedule(0:19), tolerance = 1e-6))",
    "cat('same\\n')"
  ))
  expect_identical(tail(output, 1), "same")
})

test_that("a schedule evaluates in forks of this process", {
  skip_on_os("windows")
  skip_if_no_numpy()
  schedule(0)
  rates <- parallel::mclapply(0:1, function(i) schedule(7 * i), mc.cores = 2)
  expect_identical(rates, list(0.1, 0.05))
})
