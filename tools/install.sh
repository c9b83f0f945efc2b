#!/bin/sh
# Sees to it that the programs which the tests start are there. On Debian, as root, it installs what is missing by package
# name; anywhere else it says what is missing and fails. Running it again does nothing. No test is ever skipped because a
# program is missing, so this is the one place that knows them.
set -eu
cd "$(dirname "$0")/.."

# program, what shows that it works, Debian packages, what it is for
needed() {
	cat <<'TABLE'
openssl|openssl version|openssl|the second opinion on every certificate
cc|echo 'int main(void){return 0;}' | cc -x c -o /dev/null -|gcc libc6-dev|the race detector is linked by cgo
xmllint|xmllint --version|libxml2-utils|JUnit reports against their schema
node|node --version|nodejs|reads exported certificates back; real clients and servers
keytool|keytool -help|default-jre-headless|reads exported certificates back, as Java does
certtool|certtool --version|gnutls-bin|reads exported certificates back, as GnuTLS does
npm|npm --version|npm|real authorization servers and clients that are written for Node
python3|python3 -c 'import ssl, json'|python3|a real client that is written in Python
TABLE
}

missing=
packages=
while IFS= read -r line; do
	program=${line%%|*}
	purpose=${line##*|}
	rest=${line%|*}
	package=${rest##*|}
	rest=${rest%|*}
	check=${rest#*|}
	if ! sh -c "$check" >/dev/null 2>&1 </dev/null; then
		missing="$missing
  $program ($purpose); Debian: apt-get install $package"
		packages="$packages $package"
	fi
done <<LIST
$(needed)
LIST

if [ -n "$packages" ]; then
	if [ ! -e /etc/debian_version ] || [ "$(id -u)" -ne 0 ]; then
		echo "install: these programs are missing:$missing" >&2
		[ ! -e /etc/debian_version ] || echo "install: as root this task installs them itself" >&2
		exit 1
	fi
	echo "install: apt-get install$packages"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# shellcheck disable=SC2086 # a list of names
	apt-get install -y -qq --no-install-recommends $packages
fi

# npm packages: exactly what the lock file says, and only when it changed.
for lock in interop/*/package-lock.json; do
	[ -e "$lock" ] || continue
	folder=$(dirname "$lock")
	sum=$(cksum <"$lock")
	if [ "$(cat "$folder/node_modules/.installed" 2>/dev/null)" != "$sum" ]; then
		echo "install: npm ci in $folder"
		(cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
		echo "$sum" >"$folder/node_modules/.installed"
	fi
done
# Go programs that are modules of their own.
for module in interop/*/*/go.mod; do
	[ -e "$module" ] || continue
	(cd "$(dirname "$module")" && go mod download)
done
echo "install: nothing is missing"
