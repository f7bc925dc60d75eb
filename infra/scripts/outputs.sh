#!/usr/bin/env bash
# Prints what is deployed in RESOURCE_GROUP as NAME=value lines: what identity-outputs.sh prints, the app, and its API.
#
#   export $(RESOURCE_GROUP=rg-pde-dev infra/scripts/outputs.sh)

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

: "${RESOURCE_GROUP:?the resource group of the app}"
"$folder/identity-outputs.sh"
tell app FUNCTION_APP_NAME functionAppName
tell app API_BASE_URL apiBaseUrl
tell app CONSOLE_URL consoleUrl
tell app KEY_VAULT_NAME keyVaultName
