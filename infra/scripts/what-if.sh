#!/usr/bin/env bash
# Shows what a deployment of the app stage would change, and changes nothing. It reads AZURE_ENV_NAME, RESOURCE_GROUP
# and the other variables of deploy-app.sh. It leaves out the identity stage, because Microsoft Graph has no what-if.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

forget_empty_variables
"$folder/install-bicep.sh" >&2
known=$("$folder/identity-outputs.sh")
take "$known"
# The caller has read rights only, so ARM must not check for the right to write.
az deployment group what-if --resource-group "${RESOURCE_GROUP:?}" --name app \
  --parameters "$folder/../environments/${AZURE_ENV_NAME:?}.bicepparam" \
  --validation-level ProviderNoRbac --exclude-change-types Ignore NoChange Unsupported
echo 'Application settings (config/appsettings) always show as changed, because Azure shows none of their values.'
