# Compares pictures with snapshots that a person has looked at.
stairs <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
cosine <- learning_rate_schedule_cosine_decay(0.1, 160)
plan <- training_plan(steps_per_epoch = 20, epochs = 6)
long_names <- function() {
  schedule_compare(
    cosine,
    `a staircase` = stairs,
    warm = schedule_warmup(cosine, 20),
    half = cosine / 2,
    steps_per_epoch = 20
  )
}

test_that("a staircase is flat, and has epochs above", {
  expect_picture("staircase", function() plot(stairs, steps_per_epoch = 20, main = "A staircase"))
})

test_that("restarts reach their peaks", {
  restarts <- learning_rate_schedule_cosine_decay_restarts(0.1, 40, t_mul = 1.5, m_mul = 0.8)
  expect_picture("restarts", function() plot(restarts))
})

test_that("a plan is marked, and what lies beyond is pale", {
  expect_picture("plan", function() plot(stairs, plan = plan, main = "Six epochs"))
})

test_that("logarithmic axes, upright labels and large letters have room", {
  expect_picture("logarithmic", function() {
    plot(stairs, plan = plan, log = "y", las = 1, cex = 1.2, main = "las = 1, cex = 1.2")
  })
})

test_that("lines and points are added", {
  expect_picture("added", function() {
    plot(stairs, steps = 0:100)
    lines(cosine, steps = 0:100, lty = 2)
    points(stairs, steps = 41 * 0:2, pch = 19)
  })
})

test_that("small pictures next to each other do not collide", {
  expect_picture("two by two", function() {
    graphics::par(mfrow = c(2, 2))
    plot(cosine, steps_per_epoch = 20, main = "cosine")
    plot(stairs, main = "stairs")
    plot(cosine + stairs, plan = plan)
    plot(long_names())
  })
})

test_that("schedules in one picture have their names at their ends", {
  expect_picture("compared", function() plot(long_names(), main = "Four schedules"))
})

test_that("wide numbers do not meet the name of their axis", {
  far <- learning_rate_schedule_exponential_decay(1e-5, 1e9, 0.5)
  expect_picture("wide numbers", function() plot(far, las = 1, main = "Far and small"))
})

test_that("names at the top are within the picture", {
  expect_picture("at the top", function() {
    clamped <- lapply(c(0.09, 0.0995, 0.0995, 0.0999), function(min) schedule_clamp(cosine, min))
    names(clamped) <- c("a", "b", "learning_rate_schedule_c(1, 2)", "d")
    plot(rlang::inject(schedule_compare(!!!clamped)), xlim = c(0, 80))
  })
})

test_that("pictures are good on black", {
  expect_picture("dark", function() {
    colours <- c("bg", "fg", "col", "col.axis", "col.lab", "col.main")
    graphics::par(stats::setNames(as.list(c("black", rep("white", 5))), colours))
    plot(stairs, plan = plan, main = "On black")
  })
})

test_that("ggplot2 draws a schedule in steps", {
  expect_picture("autoplot", ggplot2::autoplot(stairs, steps_per_epoch = 20))
})

test_that("ggplot2 draws the steps after the end of a plan pale", {
  expect_picture("autoplot plan", ggplot2::autoplot(stairs, plan = plan))
})

test_that("ggplot2 names the schedules at their ends", {
  expect_picture("autoplot compared", ggplot2::autoplot(long_names()))
})

test_that("lines of one colour are told apart by their dashes, also by their names", {
  skip_if_no_numpy()
  many <- lapply(1:9 / 10, function(rate) update(stairs, decay_rate = rate))
  names(many) <- paste("rate", 1:9)
  compared <- schedule_compare(many, plan = plan)
  expect_picture("nine", function() plot(compared))
  expect_picture("autoplot nine", ggplot2::autoplot(compared))
})
