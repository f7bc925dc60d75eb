#!/usr/bin/env bash
# Deploys one environment, from infrastructure to a passed preflight. Each step can be run on its own, and repeated.
#
#   AZURE_ENV_NAME=dev RESOURCE_GROUP=rg-pde-dev infra/scripts/deploy.sh dist/personal-data-export.zip
#
# Sign in first (az login), as the identity that bootstrap.sh created for the pipeline or as an owner of the group. The
# other variables are those of infra/environments/*.bicepparam.
#
# PREFLIGHT=skip leaves out the preflight and the look at the console, and prints how to run the first later. With ALLOWED_NETWORKS, the app refuses a
# machine outside of these networks, such as a hosted runner.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

package=${1:?the package, from make package}
: "${AZURE_ENV_NAME:?the environment, such as dev}" "${RESOURCE_GROUP:?its resource group}"
preflight=${PREFLIGHT:-run}
[[ $preflight == run || $preflight == skip ]] || fail "PREFLIGHT is run or skip, not $preflight."
[[ -f $package ]] || fail "There is no $package. Run: make package"

step 'Outputs of the identity stage'
known=$("$folder/identity-outputs.sh")
take "$known"
echo "$known"

step 'Tokens for the later steps'
# The token that a pipeline signs in with is valid for minutes. With it, the Azure CLI gets only the tokens that are asked
# for in this time; these are valid for an hour or more, and it keeps them.
if [[ ${HOSTING:-} == elasticPremium ]]; then
  az account get-access-token --scope https://storage.azure.com/.default --output none
fi
if [[ $preflight == run && -z ${TOKEN:-}${FUNCTION_KEY:-} ]]; then
  az account get-access-token --resource "$API_AUDIENCE" --output none || fail \
    "There is no token for $API_AUDIENCE, so the preflight could not run. Nothing was deployed." \
    "Give this identity the role Exports.Operate: add it to API_CALLERS, and run the identity stage." \
    "Or set PREFLIGHT=skip."
fi

step 'Infrastructure'
known=$("$folder/deploy-app.sh")
take "$known"
echo "$known"

step 'Callback secret'
"$folder/callback-secret.sh" "$RESOURCE_GROUP" "$FUNCTION_APP_NAME" "$KEY_VAULT_NAME"

step 'Key Vault references'
python3 "$folder/key_vault_references.py" "$RESOURCE_GROUP" "$FUNCTION_APP_NAME"

step 'Code'
"$folder/deploy-code.sh" "$package"

step 'Preflight'
if [[ $preflight == skip ]]; then
  printf 'It is left out. Run it from a network that may call the app, as an identity with the role Exports.Operate:\n  %s\n' \
    "python3 infra/scripts/preflight.py $API_BASE_URL --audience $API_AUDIENCE"
else
  python3 "$folder/preflight.py" "$API_BASE_URL" --audience "$API_AUDIENCE"
fi

step 'Console'
if [[ -z $CONSOLE_URL ]]; then
  echo 'It is off. CONSOLE=true in the identity stage switches it on.'
elif [[ $preflight == skip ]]; then
  echo "$CONSOLE_URL"
else
  "$folder/check-console.sh" "$CONSOLE_URL" "$CONSOLE_ADDRESSES"
fi
