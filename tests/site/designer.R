# Runs the designer at a port, and prints the code of what it returns.
# Usage: Rscript designer.R PORT CODE, where CODE makes `schedule` and `plan`

arguments <- commandArgs(TRUE)
library(lrschedules)
eval(parse(text = arguments[[2]]))

# Print the address that runGadget() would open in a viewer.
options(shiny.port = as.integer(arguments[[1]]))
viewer <- function(url, ...) cat("ready", url, "\n", file = stderr())
returned <- schedule_designer(schedule, plan, viewer = viewer)
if (is.null(returned)) {
  cat("NULL\n")
} else {
  print(schedule_code(returned, plan))
}
