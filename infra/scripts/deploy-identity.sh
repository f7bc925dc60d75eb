#!/usr/bin/env bash
# Deploys the identity stage, infra/identity/main.bicep. It reads AZURE_ENV_NAME, RESOURCE_GROUP and the other variables
# in infra/identity/main.bicepparam. Running it again is safe; do so if Entra ID doesn't know a new identity yet.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"

forget_empty_variables
"$folder/install-bicep.sh" >&2
az deployment group create --resource-group "${RESOURCE_GROUP:?}" --name identity \
  --parameters "$folder/../identity/main.bicepparam" --output none
"$folder/identity-outputs.sh"
