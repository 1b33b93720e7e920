# Targets for people and for the gate. `make run` and `make test` install the Debian packages they need.
.PHONY: help run build test check fmt lint fast foreign browser bench packages clean

help:
	@echo 'make run      build, then start the server with a demonstration tenant on http://localhost:8080'
	@echo 'make test     everything the gate runs: formatting, lints, both engines, foreign clients, a browser'
	@echo 'make check    formatting, lints and the fast tests'
	@echo 'make foreign  Authlib and mod_auth_openidc against a running server'
	@echo 'make bench    measures a release build and prints one table of ratios; about five minutes after building'
	@echo 'make browser  Chromium against a running server; screenshots in target/screenshots'

run:
	@scripts/packages build
	@scripts/demo

build:
	@scripts/packages build
	cargo build --release --locked

test:
	@scripts/test

fmt:
	cargo fmt --all --check

lint:
	cargo clippy --all-targets --locked -- -D warnings

fast:
	cargo test --locked --lib --bins
	cargo test --locked --test it architecture

check: fmt lint fast
	@scripts/licences

foreign:
	@scripts/packages build test
	@scripts/foreign

browser:
	@scripts/packages build test
	@scripts/browser

packages:
	@scripts/packages build test

bench:
	@scripts/packages build
	@cargo bench --locked --bench portner
