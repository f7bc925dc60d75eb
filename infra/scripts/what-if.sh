#!/usr/bin/env bash
# Tells what a deployment of the app stage would change; it changes nothing. Takes AZURE_ENV_NAME, RESOURCE_GROUP and the
# other variables of deploy-app.sh. (Microsoft Graph has no such question, so the identity stage is not asked about.)

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"

forget_empty_variables
"$folder/install-bicep.sh" >&2
known=$("$folder/identity-outputs.sh")
take "$known"
# Who asks may read and ask, no more: ARM is told not to check for the right to write.
az deployment group what-if --resource-group "${RESOURCE_GROUP:?}" --name app \
  --parameters "$folder/../environments/${AZURE_ENV_NAME:?}.bicepparam" \
  --validation-level ProviderNoRbac --exclude-change-types Ignore NoChange Unsupported
