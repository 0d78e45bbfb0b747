# Installs into LIBRARY the packages that a user of today's CRAN has and the system lacks.
# Usage: Rscript install.R LIBRARY [REPOSITORY]
# REPOSITORY is a URL or a folder; without it, the repositories that R is set up for.
# Exit status: 0 done or nothing to do, 1 a package is missing or too old, 3 no repository has keras3.

# The oldest versions that will do. "0" accepts the version that the system has.
wanted <- c(
  keras3 = "1.4.0",
  tensorflow = "2.16.0",
  reticulate = "1.42.0",
  rlang = "1.1.6",
  cli = "3.6.5",
  ggplot2 = "4.0.0",
  testthat = "3.3.0",
  vdiffr = "1.0.9",
  callr = "0",
  withr = "0",
  knitr = "0",
  rmarkdown = "0",
  roxygen2 = "0",
  spelling = "0",
  shiny = "0",
  miniUI = "0",
  rstudioapi = "0"
)

args <- commandArgs(trailingOnly = TRUE)
library_path <- args[1]
.libPaths(c(library_path, .libPaths()))

enough <- function(package, version) {
  path <- find.package(package, lib.loc = .libPaths(), quiet = TRUE)
  length(path) > 0 &&
    package_version(read.dcf(file.path(path[1], "DESCRIPTION"), "Version")[1]) >= version
}
lacking <- names(wanted)[!mapply(enough, names(wanted), wanted)]
if (length(lacking) == 0) {
  quit(status = 0)
}

repos <- if (length(args) > 1) args[2] else getOption("repos")
repos <- setdiff(repos, "@CRAN@")
folder <- dir.exists(repos)
repos[folder] <- paste0("file://", normalizePath(repos[folder]))

# A repository that does not answer must not delay the setup.
options(timeout = 5)
available <- if (length(repos)) {
  tryCatch(
    suppressWarnings(available.packages(repos = repos, type = "source")),
    error = function(e) NULL
  )
}
if ("keras3" %in% lacking && !"keras3" %in% rownames(available)) {
  quit(status = 3)
}

lacking <- intersect(lacking, rownames(available))
if (length(lacking) == 0) {
  quit(status = 0)
}
cat("setup: ", toString(lacking), " and what they need, into .dev/R (minutes) ...\n", sep = "")
options(timeout = 600)
install.packages(
  lacking,
  lib = library_path,
  repos = repos,
  type = "source",
  Ncpus = 2,
  INSTALL_opts = "--no-multiarch"
)

failed <- lacking[!mapply(enough, lacking, wanted[lacking])]
if (length(failed)) {
  message("Not installed, or older than needed: ", toString(failed))
  quit(status = 1)
}
