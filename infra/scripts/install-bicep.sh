#!/usr/bin/env bash
# Installs the version of Bicep that compiles infra/, and lets the Azure CLI use it; left alone, the CLI takes the
# newest, and hosted runners have another one on their path. Where it is there already, nothing is downloaded.
#
#   infra/scripts/install-bicep.sh
#
# On Linux x64 it comes from NuGet, where a published version can't be replaced, and its SHA-256 is checked. Elsewhere the
# Azure CLI installs it, without a checksum. It is put where the CLI has its own; `make infra` looks there too.

set -euo pipefail

version=0.49.2
# Of the file `bicep` in the NuGet package Azure.Bicep.CommandLine.linux-x64. Bicep publishes no checksums.
sha256=0ab9de90c2493f206f8281bae74f9ee2d5ed3605548dab1adf41fef185e1f7c5

is_installed() { # a program
  [[ $("$1" --version 2> /dev/null) == *" $version "* ]]
}
use_path() { # whether the CLI takes the one on the path, and not its own
  if command -v az > /dev/null; then
    az config set bicep.use_binary_from_path="$1" --only-show-errors
  fi
}

if command -v bicep > /dev/null && is_installed bicep; then
  use_path true
  exit
fi

own=${AZURE_CONFIG_DIR:-$HOME/.azure}/bin/bicep
if ! is_installed "$own"; then
  if [[ $(uname -sm) == 'Linux x86_64' && ! -e /lib/ld-musl-x86_64.so.1 ]]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    package=azure.bicep.commandline.linux-x64
    curl --fail --silent --show-error --location --retry 3 --output "$work/package.zip" \
      "https://api.nuget.org/v3-flatcontainer/$package/$version/$package.$version.nupkg"
    python3 -m zipfile --extract "$work/package.zip" "$work/package"
    if ! sha256sum --check --status <<< "$sha256  $work/package/tools/bicep"; then
      echo "Bicep $version isn't the file that this project was made with. Nothing was installed." >&2
      exit 1
    fi
    mkdir -p "$(dirname "$own")"
    chmod 755 "$work/package/tools/bicep"
    # In one step, so that a run that is stopped leaves no half of it.
    mv "$work/package/tools/bicep" "$own.new"
    mv "$own.new" "$own"
  else
    echo "Installing Bicep $version without a checksum: only the one for Linux x64 is known." >&2
    az bicep install --version "v$version" --only-show-errors
  fi
fi
use_path false
