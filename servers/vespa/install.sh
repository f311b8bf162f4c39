#!/usr/bin/env bash
# install.sh [DIR]
#
# Puts a real Vespa container under DIR (by default .servers/vespa in the repository): the jars of
# com.yahoo.vespa:application from Maven Central, which run one container with its HTTP server, query API and model
# evaluation in a Java process. There are no content nodes: queries are answered by searchers alone.
#
# Does nothing when the wanted version is there already. Afterwards DIR has
#   lib/       the jars: the folder for vespaServer({ jars }) and SERVEBENCH_VESPA
#   classes/   a searcher for tests, servebench.TestSearcher
#
# Needs Linux or macOS, a JDK 17 or later, Maven 3.6 or later, 500 MB of disk. Environment: MVN, the program (mvn); the
# version below.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../common.sh"
dir=${1:-$here/../../.servers/vespa}
mvn=${MVN:-mvn}
vespa=${VESPA_VERSION:-8.700.24}

command -v "$mvn" >/dev/null || lacks "there is no $mvn (for Debian: apt-get install maven openjdk-17-jdk-headless)"
enter "$dir"

stamp="vespa $vespa, $(cat "$here/pom.xml" "$here"/src/main/java/servebench/*.java | cksum)"
if installed "$stamp"; then exit 0; fi

rm -rf "$dir/.installed" "$dir/build" "$dir/lib" "$dir/classes"
mkdir -p "$dir/build"
cp -R "$here/pom.xml" "$here/src" "$dir/build/"
cd "$dir/build"
download "$mvn" -B -q -Dvespa.version="$vespa" compile \
  org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
  -DoutputDirectory="$dir/lib" -DincludeScope=runtime
mv target/classes "$dir/classes"
cd "$dir"
rm -rf "$dir/build"
echo "$stamp" >"$dir/.installed"
