#!/usr/bin/env bash
# Deploys the app stage, infra/main.bicep. It reads AZURE_ENV_NAME, RESOURCE_GROUP, what identity-outputs.sh prints, and
# the other variables in infra/environments/*.bicepparam. It prints what it created as NAME=value lines. PARAMETERS_FROM
# takes another environment's parameter file, such as prod, for an environment that has none of its own.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

forget_empty_variables
"$folder/install-bicep.sh" >&2
az deployment group create --resource-group "${RESOURCE_GROUP:?}" --name app \
  --parameters "$folder/../environments/${PARAMETERS_FROM:-${AZURE_ENV_NAME:?}}.bicepparam" --output none
tell app FUNCTION_APP_NAME functionAppName
tell app API_BASE_URL apiBaseUrl
tell app CONSOLE_URL consoleUrl
tell app KEY_VAULT_NAME keyVaultName
tell app HOST_STORAGE_NAME hostStorageName
tell app PACKAGE_CONTAINER packageContainer
