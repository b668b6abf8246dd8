# Every command that a person needs, by one word. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help panel run dev test check fmt bench ledger services services-stop nightly clean-data

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

panel: ## build the panel into client/dist, where node is there; `cargo build` then takes it in
	@scripts/panel

run: panel ## start every service in one process, embedded, under ./data, with the panel at the broker's address
	cargo run

dev: ## the panel with hot reload, in front of a running broker (BROKER_URL)
	@scripts/panel dev

test: ## build and run every test; names what an engine is missing for
	@scripts/test

check: ## format, lints, dependencies, scripts, compose files, workflows, deployment, alert rules
	@scripts/check

fmt: ## format the code
	cargo fmt --all

# The whole workspace: building one package alone would build the big crates again, with fewer of their features.
bench: ## measure the comparisons of bench/README.md; WHAT=events for one of them
	cargo build --release --workspace
	"$${CARGO_TARGET_DIR:-target}/release/bench" $(WHAT)

ledger: ## every fault in every way of running, nothing lost and nothing twice; about an hour, figures in docs/ledger.md
	@scripts/ledger

services: ## bring up PostgreSQL, RabbitMQ, Redis and MongoDB where they do not answer
	@scripts/services

services-stop: ## stop what `make services` started
	@scripts/services stop

nightly: ## every test, the long ones too, those of the deployment, and an hour of steady load
	@scripts/test --long
	@deploy/tests/run
	@scripts/ledger load

clean-data: services-stop ## delete ./data: everything stored by `make run` and `make services`
	rm -rf ./data
