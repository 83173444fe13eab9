# analytics: PGXS build, and the commands of README.md.
#
#   make, make install        build and install
#   make demo, make demo-stop see it work
#   make test                 every suite from nothing
#   make faults [ONLY=file]   every fault as often as docs/reliability.md says
#   make bench, bench-quick   measure
#   make eval DATA=folder     how right the sentiment is, on labelled texts
#   make lint, make indent    read the code's manners
#   make sanitize             the suites under AddressSanitizer and UBSan
#   make matrix [ONLY=...]    every PostgreSQL that Debian has, in Debian roots
#   make package              a Debian package for this PostgreSQL

EXTENSION = analytics
MODULE_big = analytics

SOURCES = $(wildcard src/*.c src/*/*.c)
OBJS = $(SOURCES:.c=.o)

# The install script is made of the files of its folder, in the order of their
# names.
SCRIPT_1_0 = sql/analytics--1.0.sql
SCRIPT_1_0_PARTS = $(sort $(wildcard sql/1.0/*.sql))

DATA = $(filter-out $(SCRIPT_1_0),$(wildcard sql/analytics--*.sql))
DATA_built = $(SCRIPT_1_0)

REGRESS = $(patsubst sql/%.sql,%,$(filter-out sql/analytics--%,$(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=analytics --encoding=UTF8 --no-locale --dbname=contrib_regression

PG_CONFIG ?= pg_config

# Warnings are errors for us; a packager on another compiler may clear this.
WARNINGS = -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers -Wno-sign-compare -Wno-clobbered -Wno-declaration-after-statement
PG_CPPFLAGS = -I$(CURDIR)/src
PG_CFLAGS = $(WARNINGS) $(ANALYTICS_CFLAGS)
SHLIB_LINK = -lrabbitmq -lcurl -lzstd -lssl -lcrypto -lutf8proc -lhs -lm $(ANALYTICS_LDFLAGS)

EXTRA_CLEAN = $(wildcard src/*.bc src/*/*.bc)

# Bitcode would only serve to inline SQL functions; ours are not that kind.
override with_llvm = no

# A machine without PostgreSQL can still `make demo`, which installs it.
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(PGXS),)
all install uninstall clean:
	@echo "make: $(PG_CONFIG) is not there: scripts/install-dependencies build, or set PG_CONFIG" >&2; exit 1
endif
include $(PGXS)

# PGXS tracks no headers: any change of one rebuilds all.
$(OBJS): $(wildcard src/*.h src/*/*.h) Makefile

# The folder too: a part may have gone.
$(SCRIPT_1_0): $(SCRIPT_1_0_PARTS) sql/1.0 Makefile
	awk 'FNR == 1 && NR > 1 { print "" } { print }' $(SCRIPT_1_0_PARTS) > $@

# --- the commands of README.md ---

.PHONY: test faults demo demo-stop bench bench-quick eval lint indent sanitize matrix package

dependencies-%:
	scripts/install-dependencies build $*

test: dependencies-test
	test/run

faults: dependencies-test
	test/run --full faults $(ONLY)

demo: dependencies-demo
	scripts/demo

demo-stop:
	scripts/demo-stop

bench: dependencies-bench
	test/bench/run

bench-quick: dependencies-bench
	test/bench/run --quick

eval: dependencies-build
	test/eval/run "$(DATA)"

lint: dependencies-lint
	scripts/lint

indent: dependencies-lint
	scripts/indent

sanitize: dependencies-test
	scripts/sanitize

# ONLY is what test/matrix/run takes: versions, suites, files of one suite.
matrix: dependencies-matrix
	test/matrix/run $(ONLY)

package:
	scripts/package
