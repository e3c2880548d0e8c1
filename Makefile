# The commands people type; continuous integration calls the same ones. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CONFIG := settings.ini setup.py constraints.txt

.PHONY: help demo test dev notebooks check checks strangers readme web docs pages class bench gpu results explorer constraints clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed  ## install, train on handwritten digits (under a minute), leave a report in runs/digits
	$(BIN)/resnet_nb_train digits --out runs/digits

test: $(VENV)/.dev  ## install the development requirements, run every notebook and all repository checks
	$(BIN)/python tools/test.py

dev: $(VENV)/.dev  ## only install what development needs, with nbdev's git hooks
	$(BIN)/nbdev_install_hooks
	@git config --local merge.nbdev-merge.driver 'PATH="$(CURDIR)/$(BIN):$$PATH" nbdev_merge %O %A %B %P'  # git does not know the environment

notebooks: $(VENV)/.dev  ## run every notebook as a test
	$(BIN)/python tools/test.py notebooks

check: $(VENV)/.dev  ## the quick checks, for between commits: export in step, clean, links, names, README (under 30 s)
	$(BIN)/python tools/test.py checks --quick

checks: $(VENV)/.dev  ## run the repository checks alone
	$(BIN)/python tools/test.py checks

strangers: $(VENV)/.dev  ## build the package, install it with the newest dependencies in an empty environment, use it there
	$(BIN)/python tools/strangers.py

readme: $(VENV)/.dev  ## write README.md from nbs/index.ipynb
	$(BIN)/python tools/readme.py

docs: readme  ## build the docs site into _docs with Quarto; without it, check the pages as `make pages` does
	$(BIN)/python tools/docs.py

pages: readme  ## check the pages of the docs site in a headless browser, without Quarto (needs npm and Chromium)
	$(BIN)/python tools/docs.py --check

class: $(VENV)/.dev  ## write the course for a class into class/: pages without outputs and solutions, and a key for the teacher
	$(BIN)/python tools/classroom.py

web: $(VENV)/.dev  ## build the live demo into _web and serve it on this machine: take a network apart
	@$(BIN)/python tools/web.py

bench: $(VENV)/.dev  ## measure loader and Learner on this machine and print the page
	$(BIN)/jupyter nbconvert --log-level WARN --execute --to markdown --no-input --stdout nbs/explore/speed.ipynb

gpu: $(VENV)/.installed  ## what a GPU shows, at most 15 minutes: self-check, speed, seconds to 94 % and 96 %, long runs; into nbs/explore/speed/gpu.json
	$(BIN)/python tools/gpu.py --out nbs/explore/speed/gpu.json

results: $(VENV)/.installed  ## train every recipe whose whole run is not yet in nbs/results (hours without a GPU)
	$(BIN)/resnet_nb_train --all --out runs --results nbs/results

explorer: $(VENV)/.dev  ## open the network explorer as an app in the browser (Voilà)
	$(BIN)/voila nbs/explore/explorer.ipynb

constraints: $(VENV)/.dev  ## resolve constraints.txt anew (after a change of the requirements)
	$(PIP) install -q uv
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.10 --extra dev setup.py --no-annotate --no-header -o constraints.txt

clean:  ## remove the environment, caches and built pages
	rm -rf $(VENV) _docs _proc _preview _web .npm build dist *.egg-info

$(BIN)/python:
	@echo "== making $(VENV) with $$($(PYTHON) --version)"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(CONFIG) | $(BIN)/python
	@echo "== installing resnet_nb (PyTorch is a large download; a few minutes the first time)"
	$(PIP) install -q -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "== installing the development requirements"
	$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $@
