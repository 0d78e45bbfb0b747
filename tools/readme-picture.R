# Draws the picture of the README's example. Usage: tools/with-env Rscript tools/readme-picture.R
library(lrschedules)

schedule <- learning_rate_schedule_exponential_decay(
  initial_learning_rate = 0.1,
  decay_steps = 1000,
  decay_rate = 0.5,
  staircase = TRUE
)
png("man/figures/README-schedule.png", width = 1200, height = 650, res = 150)
par(mar = c(4.2, 5, 2.5, 2.5), mgp = c(2.8, 0.8, 0), las = 1)
plot(schedule, steps_per_epoch = 250, lwd = 2)
invisible(dev.off())
