#!/usr/bin/env bash
# Deploys the identity stage, infra/identity/main.bicep. It reads AZURE_ENV_NAME, RESOURCE_GROUP and the other variables
# in infra/identity/main.bicepparam. Running it again is safe.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

forget_empty_variables
"$folder/install-bicep.sh" >&2
# At first, Microsoft Graph doesn't know the new identity, and says that it does not exist.
repeat_while 'does not exist' \
  az deployment group create --resource-group "${RESOURCE_GROUP:?}" --name identity \
  --parameters "$folder/../identity/main.bicepparam" --output none || fail \
  'If Microsoft Graph says that an entry already exists: python3 infra/scripts/register_api.py does the same with the' \
  'same variables. Set the variables that it prints for the app stage.'
"$folder/identity-outputs.sh"
