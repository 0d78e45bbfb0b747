.PHONY: help example test sweep bench document check clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

example: ## train a small model with a schedule, from an empty machine on
	@tools/setup
	@tools/with-env Rscript examples/diamonds.R

test: ## run all tests: Python on three backends, R in two environments, R CMD check
	@tools/setup test
	@tools/test

sweep: ## compile the decays of every length from 1 to 2000 steps, half an hour
	@tools/setup test
	@for backend in tensorflow jax; do \
	  KERAS_BACKEND=$$backend SWEEP=1 tools/with-env python -m pytest tests/python \
	    -q -p no:cacheprovider -k "every and decay_steps" || exit 1; done

bench: ## run the benchmarks
	@tools/setup test
	@tools/with-env Rscript bench/bench.R

document: ## write man/ and NAMESPACE from the comments in R/
	@tools/setup
	@tools/with-env Rscript -e 'roxygen2::roxygenise()'

check: ## run R CMD check alone
	@tools/setup test
	@tools/test check

clean: ## remove the outputs of tests and checks
	rm -rf .dev/log .dev/test Rplots.pdf *.tar.gz
	find R inst tests bench examples tools -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove the whole environment too
	rm -rf .dev
