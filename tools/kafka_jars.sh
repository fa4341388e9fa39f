#!/usr/bin/env bash
# Prints the folder with the jars of the broker that the tests start; fetches them through mvn where they are missing.
# The folder is named after what it was made from, so a changed tests/kafka/pom.xml brings its own.
set -eu
cd "$(dirname "$0")/.."
pom=tests/kafka/pom.xml
jars=.cache/kafka/$(sha256sum "$pom" | cut -c1-16)
if [ ! -e "$jars/.complete" ]; then
  tools/need.sh kafka
  mkdir -p "$jars"
  # One at a time: two test runs may come here together.
  exec 9>"$jars/.lock"; flock 9
  # The plugin's version is named, because Maven's own default for it is very old.
  # It writes colours even where it is silent, so it is heard only when it fails.
  if [ ! -e "$jars/.complete" ]; then
    said=$(mvn -q -B -f "$pom" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$PWD/$jars" 2>&1) || { echo "$said" >&2; exit 1; }
  fi
  touch "$jars/.complete"
fi
echo "$PWD/$jars"
