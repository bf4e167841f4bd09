#!/usr/bin/env bash
# The judges of infra/, into tests/tools: linters from PyPI, promtool from Debian, the Azure providers' schemas from npm.
# Nothing of it is optional: what cannot be had ends this with an error.
set -euo pipefail
cd "$(dirname "$0")"
tools=$PWD/../../tools
mkdir -p "$tools"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
debian() { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"; }

missing=()
command -v bwrap || missing+=(bubblewrap)
command -v python3 && python3 -c 'import ensurepip, venv' || missing+=(python3-venv)
[ -x /bin/busybox ] && /bin/busybox --list | grep -qx wget || missing+=(busybox-static)
[ ${#missing[@]} -eq 0 ] || debian "${missing[@]}"

# hadolint, kubernetes-validate with the schemas of every Kubernetes version.
if ! cmp -s requirements.txt "$tools/python/requirements.txt"; then
  rm -rf "$tools/python"
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --only-binary :all: --requirement requirements.txt
  cp requirements.txt "$tools/python/"
fi

# Only promtool out of Debian's package: installing all of it would start a server.
if ! [ -x "$tools/promtool" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  chmod 755 "$folder"
  (cd "$folder" && { apt-get download prometheus || { as_root apt-get update -q && apt-get download prometheus; }; })
  dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar --extract --directory "$folder" ./usr/bin/promtool
  mv "$folder/usr/bin/promtool" "$tools/promtool"
fi

# Typed bindings carry every argument of the provider that they were made from (azurerm 4.55.0, azuread 3.7.0).
schema() { # PACKAGE VERSION SHA512
  local target=$tools/$1-$2.json folder
  [ -s "$target" ] && return
  folder=$(mktemp -d)
  (cd "$folder" && npm pack --silent "@cdktf/$1@$2" >/dev/null)
  local sum
  sum=$(openssl dgst -sha512 -binary "$folder"/*.tgz | base64 -w0)
  [ "$sum" = "$3" ] || { echo "@cdktf/$1@$2 is not what it was: $sum" >&2; return 1; }
  tar --extract --gzip --file "$folder"/*.tgz --directory "$folder" package/.jsii
  mv "$folder/package/.jsii" "$target"
  rm -rf "$folder"
}
schema provider-azurerm 14.23.1 3H20Ozj7dOKmIj6mqorHZEjLNo5wO/MBEVHwu6k53fln/0EciGQa9sDLWBYSb0o40Ycpih9lFp/k6SGRbFlQVg==
schema provider-azuread 14.3.1 EbRXdtPmYuBIUzEmEUHa5mnrbEgSnY3zcUDlSdSVmiuv/a2rkQ2zPh4Nq1pcFSlshWXBosbqELh8m+JBkkQBmw==

"$tools/python/bin/hadolint" --version
"$tools/python/bin/kubernetes-validate" --version
"$tools/promtool" --version
