# Checks the spelling of the help pages, vignettes, README, NEWS, DESCRIPTION and CONTRIBUTING, in the
# language that DESCRIPTION names. inst/WORDLIST has the words that are right but not in the dictionary:
# exactly those that occur, in the order of `spelling::update_wordlist()`.
# Usage: Rscript tools/spelling.R

accepted <- readLines("inst/WORDLIST", encoding = "UTF-8")
description <- read.dcf("DESCRIPTION", c("Package", "Language"))

in_package <- spelling::spell_check_package(".", use_wordlist = FALSE)
in_contributing <- spelling::spell_check_files(
  "CONTRIBUTING.md",
  ignore = c(description[, "Package"], hunspell::en_stats),
  lang = sub("-", "_", description[, "Language"])
)
found <- rbind(in_package, in_contributing)

unknown <- found[!found$word %in% accepted, ]
for (i in seq_len(nrow(unknown))) {
  cat(unknown$word[[i]], ": ", toString(unknown$found[[i]]), "\n", sep = "")
}
unused <- setdiff(accepted, found$word)
ordered <- identical(accepted, sort(unique(accepted), method = "radix"))
if (nrow(unknown)) {
  cat("Correct these words, or add them to inst/WORDLIST.\n")
}
if (length(unused)) {
  cat(
    "Remove from inst/WORDLIST, because nothing contains them: ",
    toString(unused),
    "\n",
    sep = ""
  )
}
if (!ordered) {
  cat("Sort inst/WORDLIST, capitals first, each word once.\n")
}
quit(status = nrow(unknown) > 0 || length(unused) > 0 || !ordered)
