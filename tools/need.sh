#!/usr/bin/env bash
# Says in one line what is missing to build (with "kafka": for the broker of the tests), and the command that brings it.
set -eu
missing() { echo "minesensor: $1 is missing; install it with: $2" >&2; exit 2; }
if [ "${1:-}" = kafka ]; then
  command -v java >/dev/null || missing "java (17 or newer)" "apt-get install default-jre-headless"
  version=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.specification.version = //p')
  [ "${version%%.*}" -ge 17 ] || missing "java 17 or newer (this is $version)" "apt-get install default-jre-headless"
  command -v mvn >/dev/null || missing "mvn" "apt-get install maven"
  command -v openssl >/dev/null || missing "openssl" "apt-get install openssl"
  exit 0
fi
command -v python3 >/dev/null || missing "python3" "apt-get install python3-venv"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || missing "Python 3.11 or newer" "apt-get install python3.11-venv"
python3 -c 'import ensurepip, venv' 2>/dev/null || missing "the venv module" "apt-get install python3-venv"
command -v cc >/dev/null || missing "a C linker (cc)" "apt-get install gcc libc6-dev"
tools/cargo.sh --version >/dev/null || exit 2
