# The findings of schedule_check() in a design, and remedies for them. A remedy is a change, as
# changed_design() takes it, with a `label` for its button. Possible remedies are tried, and only those that
# help are offered.

MOST_REMEDIES <- 3

findings_of_design <- function(design) {
  found <- findings_of(design$schedule, design$plan)
  kinds <- attr(found, "kinds")
  lapply(seq_len(nrow(found)), function(i) {
    finding <- c(as.list(found[i, ]), kind = kinds[[i]])
    finding$remedies <- if (length(design$errors) == 0) remedies_of(finding, found, design)
    finding
  })
}

# The first few remedies that help, at most one for each field.
remedies_of <- function(finding, found, design) {
  remedies <- list()
  for (remedy in remedies_to_try(finding, design)) {
    field <- paste(remedy$action, remedy$node, remedy$argument)
    if (is.null(remedies[[field]]) && is_remedy(remedy, finding, found, design)) {
      remedies[[field]] <- remedy
      if (length(remedies) == MOST_REMEDIES) break
    }
  }
  unname(remedies)
}

# Whether a change removes the finding, and does not make more findings or problems.
is_remedy <- function(remedy, finding, found, design) {
  after <- changed_design(design, remedy)
  if (length(after$errors) > 0) {
    return(FALSE)
  }
  after <- findings_of(after$schedule, after$plan)
  of_kind <- function(findings) sum(attr(findings, "kinds") == finding$kind)
  problems <- function(findings) sum(findings$severity == "problem")
  of_kind(after) < of_kind(found) &&
    nrow(after) <= nrow(found) &&
    problems(after) <= problems(found)
}

remedies_to_try <- function(finding, design) {
  switch(
    finding$kind,
    "counts epochs" = remedies_in_epochs(finding, design),
    "counts updates" = ,
    "other updates" = remedies_in_updates(design),
    "never changes" = ,
    "never reached" = ,
    "nothing trains" = remedies_in_length(finding, design),
    "warmup to 0" = remedies_without_warmup(design),
    gap = remedies_at_gap(finding, design)
  )
}

change_to <- function(label, action, node, argument, value) {
  list(
    label = label,
    action = action,
    node = node,
    argument = argument,
    value = value,
    redraw = TRUE
  )
}

# Calls `f` with the node, control and value of each numeric argument, and returns all its changes.
changes_of_numbers <- function(design, f) {
  changes <- list()
  for (node in nodes_in(design$part)) {
    for (control in controls_of_node(node)) {
      value <- node$arguments[[control$name]]
      if (is.numeric(value)) changes <- c(changes, f(node, control, value))
    }
  }
  changes
}

# Changes that read the step counts in the finding as epochs.
remedies_in_epochs <- function(finding, design) {
  plan <- design$plan
  changes_of_numbers(design, function(node, control, value) {
    name <- if (control$kind == "table") "^The last boundary," else paste0("`", control$name, "\\b")
    if (control$steps && grepl(name, finding$what) && all(value <= plan$epochs)) {
      steps <- value * plan$steps_per_epoch
      label <- paste0("Use ", counts_of(value, "epoch"), ": ", counts_of(steps, "step"))
      if (length(steps) > 1) {
        steps <- field_text(steps)
      }
      list(change_to(label, "set", node$id, control$name, steps))
    }
  })
}

# "30, 60 epochs"
counts_of <- function(numbers, noun) {
  last <- length(numbers)
  paste(c(vapply(numbers[-last], in_prose, ""), count_of(numbers[[last]], noun)), collapse = ", ")
}

# Changes that add schedule_accumulate(), or correct its argument.
remedies_in_updates <- function(design) {
  batches <- design$plan$gradient_accumulation_steps
  label <- paste("Count updates of", in_prose(batches), if (batches == 1) "batch" else "batches")
  argument <- "gradient_accumulation_steps"
  counted <- changes_of_numbers(design, function(node, control, value) {
    if (control$name == argument) list(change_to(label, "set", node$id, argument, batches))
  })
  if (length(counted) > 0 || batches == 1) {
    return(counted)
  }
  add <- change_to(label, "add", NULL, NULL, "schedule_accumulate")
  add$part <- design$part$id
  list(add)
}

# Changes of the plan's epochs, and of arguments by the steps between the finding and the plan's end.
remedies_in_length <- function(finding, design) {
  plan <- design$plan
  step <- if (finding$kind == "never changes") step_in_words(finding$what) else finding$step
  epochs <- step / plan$steps_per_epoch
  # A change at a step is seen only if that step trains; a decay that ends there does not need that step.
  epochs <- setdiff(c(ceiling(epochs), floor(epochs) + 1), c(0, plan$epochs))
  plans <- lapply(epochs, function(n) {
    change_to(paste("Train for", count_of(n, "epoch")), "plan", NULL, "epochs", format_exactly(n))
  })
  steps_apart <- step - plan$steps
  arguments <- changes_of_numbers(design, function(node, control, value) {
    steps <- value - steps_apart
    if (control$kind == "steps" && steps >= 1 && steps_apart != 0) {
      words <- gsub("_", " ", control$name, fixed = TRUE)
      label <- paste("Set", words, "to", count_in_epochs(steps, plan))
      list(change_to(label, "set", node$id, control$name, steps))
    }
  })
  c(plans, arguments)
}

# "it first changes at step 5,000 (epoch 156.2)"
step_in_words <- function(what) {
  as.numeric(gsub(",", "", sub(".* changes at step ([0-9,]+) .*", "\\1", what), fixed = TRUE))
}

count_in_epochs <- function(steps, plan) {
  counted <- count_of(steps, "step")
  if (is_in_epochs(steps, plan)) {
    counted <- paste0(count_of(steps / plan$steps_per_epoch, "epoch"), " (", counted, ")")
  }
  counted
}

remedies_without_warmup <- function(design) {
  warmups <- Filter(
    function(node) grepl("warmup$", node$name) && !is.null(piped_argument(node$name)),
    nodes_in(design$part)
  )
  lapply(warmups, function(node) {
    change_to(paste("Remove", label_of(node$name)), "remove", node$id, NULL, NULL)
  })
}

# Changes that give the second part the last rate of the first part.
remedies_at_gap <- function(finding, design) {
  rates <- rates_at(design$schedule, finding$step - 1:0)
  to <- signif(rates[[1]], 3)
  changes_of_numbers(design, function(node, control, value) {
    if (control$kind == "rate" && isTRUE(all.equal(value, rates[[2]], tolerance = 1e-3))) {
      label <- paste("Begin the second part at", format_rates(to))
      list(change_to(label, "set", node$id, control$name, to))
    }
  })
}
