#!/usr/bin/env bash
# install.sh [DIR]
#
# Puts a Chromium into DIR (by default .servers/chromium in the repository) as bin/chromium: that of this machine where
# there is one (CHROMIUM may name it), else that of Debian or Ubuntu through apt-get, for which it has to be root, else the
# build for servers in the npm package @sparticuz/chromium (Linux on x86-64 or arm64).
#
# Does nothing when it is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../common.sh"
dir=${1:-$here/../../.servers/chromium}
package=@sparticuz/chromium@${SPARTICUZ_CHROMIUM_VERSION:-153.0.0}

find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome; do
    [ -n "$name" ] && command -v "$name" && return
  done
  return 1
}
runs() { "$1" --version --no-sandbox >/dev/null 2>&1; }

enter "$dir"
if ! { [ -x "$dir/bin/chromium" ] && runs "$dir/bin/chromium"; }; then
  mkdir -p "$dir/bin"
  if ! found=$(find_chromium); then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-cache show chromium >/dev/null 2>&1; then
      download env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends chromium >"$dir/install.log" 2>&1
      found=$(find_chromium) || fail "apt-get has installed no chromium; see $dir/install.log"
    else
      [ "$(uname -s)" = Linux ] || lacks "there is no chromium, and none can be installed here; CHROMIUM may name one"
      download npm install --prefix "$dir/npm" --no-audit --no-fund --ignore-scripts "$package" >"$dir/install.log" 2>&1
      found=$(cd "$dir/npm" && node --input-type=module -e "
        import chromium from '@sparticuz/chromium'
        console.log(await chromium.executablePath())")
      mv "$found" "$dir/npm/chromium"
      found=$dir/npm/chromium
    fi
  fi
  ln -sf "$found" "$dir/bin/chromium"
  runs "$dir/bin/chromium" || lacks "$found does not start here: $("$found" --version --no-sandbox 2>&1 | tail -n 1)"
fi
echo "$("$dir/bin/chromium" --version --no-sandbox 2>/dev/null) is in $dir"
