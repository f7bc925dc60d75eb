#!/usr/bin/env bash
# Runs the identity stage for a certification: deploy-identity.sh, or register_api.py where AZURE_CLOUD isn't the global
# cloud. It reads the variables of infra/identity/main.bicepparam, and prints what the app stage needs; in GitHub Actions
# it also sets that for the steps that follow.
#
#   AZURE_ENV_NAME=c1abc RESOURCE_GROUP=rg-pde-c1abc API_CALLERS='[…]' infra/scripts/certify-identity.sh

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

cloud=${AZURE_CLOUD:-azurecloud}
stage=("$folder/deploy-identity.sh")
# Bicep's Microsoft Graph extension works in the global cloud only. At first, Microsoft Graph doesn't know a new identity.
[[ $cloud == azurecloud ]] || stage=(repeat_while 'does not exist' python3 "$folder/register_api.py")

forget_empty_variables
# These are outputs, not inputs: deploy-identity.sh would take them for those of another stage.
unset IDENTITY_NAME API_CLIENT_ID API_AUDIENCE LOGIC_APP_IDENTITY_NAME CONSOLE_CLIENT_ID CONSOLE_ADDRESSES
known=$("${stage[@]}")
echo "$known" | tee -a "${GITHUB_ENV:-/dev/null}"
