#!/usr/bin/env bash
# Deploys one environment, from infrastructure to a passed preflight. Each step can be run on its own, and repeated.
#
#   AZURE_ENV_NAME=dev RESOURCE_GROUP=rg-pde-dev infra/scripts/deploy.sh dist/personal-data-export.zip
#
# Sign in first (az login), as the identity that bootstrap.sh created for the pipeline or as an owner of the group.

set -euo pipefail

package=${1:?the package, from make package}
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
: "${AZURE_ENV_NAME:?the environment, such as dev}" "${RESOURCE_GROUP:?its resource group}"

step() {
  printf '\n== %s\n' "$1"
}

step 'Outputs of the identity stage'
known=$("$folder/identity-outputs.sh")
take "$known"
echo "$known"

step 'Infrastructure'
known=$("$folder/deploy-app.sh")
take "$known"
echo "$known"

step 'Callback secret'
"$folder/callback-secret.sh" "$RESOURCE_GROUP" "$FUNCTION_APP_NAME" "$KEY_VAULT_NAME"

step 'Code'
"$folder/deploy-code.sh" "$package"

step 'Preflight'
python3 "$folder/preflight.py" "$API_BASE_URL" --audience "$API_AUDIENCE"
