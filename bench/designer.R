# Measures how long the designer's server takes to make everything that the page shows, including the
# picture of the curve, without a browser. Prints a line "what,milliseconds" for each measurement.
# Usage: Rscript bench/designer.R

suppressPackageStartupMessages(library(lrschedules))
designer <- asNamespace("lrschedules")
plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
ms <- function(expr) {
  start <- proc.time()[["elapsed"]]
  force(expr)
  (proc.time()[["elapsed"]] - start) * 1000
}

outputs <- c("controls", "plan", "curve", "behind", "phases", "findings", "code")
in_server <- function(design, expr) {
  server <- designer$designer_server(design)
  expr <- rlang::enquo(expr)
  suppressPackageStartupMessages(rlang::inject(shiny::testServer(server, !!expr)))
}

invisible(reticulate::py_run_string("import numpy"))
first <- ms({
  design <- designer$new_design(NULL, plan, "plan")
  page <- as.character(designer$designer_ui())
  in_server(
    design,
    for (name in outputs) {
      output[[name]]
    }
  )
})

moves <- NULL
in_server(design, {
  move <- function(i) {
    change <- list(action = "set", node = state()$part$base$id, argument = "decay_steps")
    change$value <- as.character(600 + i)
    change$unit <- "steps"
    ms({
      session$setInputs(change = change)
      for (name in outputs) {
        output[[name]]
      }
    })
  }
  move(0)
  moves <<- vapply(seq_len(51), move, 0)
})
cat(sprintf("a slider's change to the new curve (median),%.1f\n", stats::median(moves)))
cat(sprintf("the first curve once Python runs,%.0f\n", first))
