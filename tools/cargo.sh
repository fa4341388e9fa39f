#!/usr/bin/env bash
# Runs cargo 1.85 or newer on the workspace: the one on the path, else the one Debian calls cargo-web.
set -eu
recent() { "$1" --version 2>/dev/null | awk '{split($2, v, "."); exit !(v[1] > 1 || v[2] >= 85)}'; }
for candidate in cargo /usr/bin/cargo; do
  if command -v "$candidate" >/dev/null && recent "$candidate"; then cargo=$(command -v "$candidate"); break; fi
done
if [ -z "${cargo:-}" ]; then
  echo "minesensor: cargo 1.85 or newer is missing; install it with: apt-get install rustc-web cargo-web" >&2
  exit 2
fi
[ "${1:-}" = --version ] && exec "$cargo" --version
[ "${1:-}" = --which ] && exec echo "$cargo"
cd "$(dirname "$0")/../native"
exec "$cargo" "$@"
