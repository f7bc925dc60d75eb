#!/usr/bin/env bash
# Installs the version of Bicep that compiles infra/; the Azure CLI would take the newest.

set -euo pipefail

az config set bicep.use_binary_from_path=false --only-show-errors
az bicep install --version v0.45.15 --only-show-errors
