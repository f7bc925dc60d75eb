#!/usr/bin/env bash
# One environment, from infrastructure to a green preflight; each step can be run by itself and again.
#
#   AZURE_ENV_NAME=dev RESOURCE_GROUP=rg-pde-dev infra/scripts/deploy.sh dist/personal-data-export.zip
#
# Signed in with az login, as the identity that bootstrap.sh made for the pipeline or as an owner of the group.

set -euo pipefail

package=${1:?the package: make package}
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
: "${AZURE_ENV_NAME:?the environment, such as dev}" "${RESOURCE_GROUP:?its resource group}"

step() {
  printf '\n== %s\n' "$1"
}

step 'What the identity stage made'
known=$("$folder/identity-outputs.sh")
take "$known"
echo "$known"

step 'Infrastructure'
known=$("$folder/deploy-app.sh")
take "$known"
echo "$known"

step 'Secret of callbacks'
"$folder/callback-secret.sh" "$RESOURCE_GROUP" "$FUNCTION_APP_NAME" "$KEY_VAULT_NAME"

step 'Code'
"$folder/deploy-code.sh" "$package"

step 'Preflight'
python3 "$folder/preflight.py" "$API_BASE_URL" --audience "$API_AUDIENCE"
