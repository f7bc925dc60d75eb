#!/usr/bin/env bash
# The part of bootstrap.sh that is for the environment `certify` alone: in a subscription for tests, the two identities
# of .github/workflows/certify.yml, and their rights. It prints the variables of the environment, and, if TEST_PERSON_ID
# is set, the person to export. bootstrap.sh runs it:
#
#   ENVIRONMENT=certify LOCATION=westeurope REPOSITORY=contoso/personal-data-export TEST_PERSON_ID=OBJECT_ID \
#     infra/scripts/bootstrap.sh > certify.env

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

location=${LOCATION:?the region, such as westeurope}
name=${BASE_NAME:-pde}

deployment=bootstrap-$name-certify
az deployment sub create --name "$deployment" --location "$location" \
  --template-file "$folder/../bootstrap/certify.bicep" \
  --parameters location="$location" name="$name" issuer="${ISSUER:?}" audience="${AUDIENCE:?}" subject="${SUBJECT:?}" \
  --output none

output() {
  az deployment sub show --name "$deployment" --query "properties.outputs.$1.value" --output tsv
}
client=$(output deployClientId)
principal=$(output deployPrincipalId)
callers=
for role in Operate Submit Download; do
  callers+=", {\"principalId\": \"$principal\", \"role\": \"Exports.$role\"}"
done
printf '[certify]\n'
printf '%s\n' \
  "AZURE_TENANT_ID=$(az account show --query tenantId --output tsv)" \
  "AZURE_SUBSCRIPTION_ID=$(az account show --query id --output tsv)" \
  "AZURE_CLIENT_ID=$client" \
  "IDENTITY_CLIENT_ID=$(output identityClientId)" \
  "BASE_NAME=$name" \
  "LOCATION=$location" \
  "API_CALLERS=[${callers#, }]" \
  "ALLOWED_CALLER_CLIENT_IDS=[\"$client\"]" \
  "PACKAGE_PUBLISHER_PRINCIPAL_ID=$principal"
[[ -z ${TEST_PERSON_ID:-} ]] || echo "TEST_PERSON_ID=$TEST_PERSON_ID"
[[ ${CLOUD:?} == AzureCloud ]] || printf 'AZURE_CLOUD=%s\nAZURE_AUDIENCE=%s\n' \
  "$(tr '[:upper:]' '[:lower:]' <<< "$CLOUD")" "$AUDIENCE"
printf '\nThe workflow signs in with tokens of %s with this subject:\n  %s\n' "$ISSUER" "$SUBJECT" >&2
printf 'In a tenant for tests: python3 infra/scripts/allow_identity_stage.py %s\n' "$(output identityPrincipalId)" >&2
