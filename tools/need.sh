#!/usr/bin/env bash
# Says in one line what is missing to build, and the command that brings it.
set -eu
missing() { echo "minesensor: $1 is missing; install it with: $2" >&2; exit 2; }
command -v python3 >/dev/null || missing "python3" "apt-get install python3-venv"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || missing "Python 3.11 or newer" "apt-get install python3.11-venv"
python3 -c 'import ensurepip, venv' 2>/dev/null || missing "the venv module" "apt-get install python3-venv"
command -v cc >/dev/null || missing "a C linker (cc)" "apt-get install gcc libc6-dev"
tools/cargo.sh --version >/dev/null || exit 2
