# Prints the remarks of R CMD check, and fails if there are any.
# Usage: Rscript tools/remarks.R LOG
# Remarks on a first release or on a development version number don't count.

log <- commandArgs(trailingOnly = TRUE)[[1]]
# A check that broke off has no last line.
whole <- any(startsWith(readLines(log, encoding = "UTF-8"), "Status: "))
if (!whole) {
  cat("The check did not end: see ", log, "\n", sep = "")
}

remarks <- tools::check_packages_in_dir_details(logs = log, drop_ok = TRUE)
harmless <- "^(Maintainer: .*|New submission|Version contains large components .*|)$"
for (i in seq_len(nrow(remarks))) {
  output <- strsplit(remarks$Output[[i]], "\n", fixed = TRUE)[[1]]
  if (remarks$Check[[i]] == "CRAN incoming feasibility") {
    output <- grep(harmless, output, invert = TRUE, value = TRUE)
    remarks$Status[[i]] <- if (length(output)) remarks$Status[[i]] else "OK"
  }
  if (remarks$Status[[i]] != "OK") {
    writeLines(c(paste0(remarks$Check[[i]], ": ", remarks$Status[[i]]), paste0("  ", output)))
  }
}
quit(status = !whole || any(remarks$Status != "OK"))
