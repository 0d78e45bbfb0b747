.PHONY: help example quick test next sweep faults bench site site-test format document pictures \
	vignettes check release-check clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

example: ## set up what is missing, and train a small model with a schedule
	@tools/setup
	@tools/with-env Rscript examples/diamonds.R

quick: ## run, in a minute, the tests that neither train nor compile much, and the linters
	@tools/setup test
	@tools/test --quick

test: ## run all tests: linters, Python on three backends, R in two environments, R CMD check
	@tools/setup test
	@tools/test

next: ## run the Python tests with the nightly version of Keras, and compare
	@tools/setup test
	@tools/with-env python tools/next.py

sweep: ## run the long tests: every length, all kinds of training, scripts for keras3, other locales
	@tools/setup test
	@tools/sweep

faults: ## put small faults into the Python packages, one at a time, and check that tests notice (SEED=1)
	@tools/setup test
	@tools/with-env python tools/faults.py $(SEED)

bench: ## run the benchmarks
	@tools/setup test
	@tools/with-env Rscript bench/bench.R

site: ## build the site into docs/, without a network once it is set up
	@tools/setup site
	@tools/with-env env -u PYTHONPATH Rscript tools/site/build.R

site-test: ## open each page of docs/, and the designer, in a browser, on a desktop's and on a phone's screen
	@tools/setup site
	@test -d docs || $(MAKE) --no-print-directory site
	@tools/with-env python -m pytest tests/site -q -p no:cacheprovider

format: ## format Python and R
	@tools/setup test
	@tools/with-env ruff check --fix .
	@tools/with-env ruff format .
	@tools/with-env air format .

document: ## write man/ and NAMESPACE from the comments in R/, and the types of Python's public names
	@tools/setup
	@tools/with-env Rscript -e 'roxygen2::roxygenise()'
	@tools/with-env python tools/stubs.py

pictures: ## draw the pictures of README, and those of the help pages from the code on these pages
	@tools/setup site
	@tools/with-env Rscript tools/pictures.R
	@tools/with-env Rscript tools/readme-pictures.R
	@tools/with-env python tools/designer_picture.py

vignettes: ## run the code of vignettes-src/ and write the pages of vignettes/ (PAGES="get-started")
	@tools/setup test
	@[ -n "$(PAGES)" ] || (cd vignettes-src && OMP_NUM_THREADS=1 \
	  ../tools/with-env env -u PYTHONPATH Rscript -e 'source("comparison.R"); source("fine-tuning.R")')
	@OMP_NUM_THREADS=1 tools/with-env env -u PYTHONPATH Rscript tools/vignettes.R render $(PAGES)

check: ## run R CMD check alone
	@tools/setup test
	@tools/test check

release-check: ## run R CMD check as CRAN does, with and without suggested packages and Python (REMOTE=yes)
	@tools/setup test
	@tools/release-check

clean: ## remove the site and the outputs of tests and checks
	rm -rf docs .dev/log .dev/test Rplots.pdf *.tar.gz
	find R inst tests bench examples tools -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove the whole environment too
	rm -rf .dev
