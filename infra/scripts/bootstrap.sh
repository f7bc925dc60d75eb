#!/usr/bin/env bash
# Creates what an environment needs before its pipeline can run: resource groups, the identities that the pipeline signs
# in with (no passwords), and their rights. An owner of the subscription runs it once; running it again is safe.
#
#   ENVIRONMENT=dev LOCATION=westeurope REPOSITORY=contoso/personal-data-export infra/scripts/bootstrap.sh
#
# With REPOSITORY it asks GitHub for the subjects of its tokens, unless SUBJECT_PREFIX says how they begin
# (github-subject.sh). For a pipeline that isn't GitHub's, set ISSUER and the subjects of the three kinds of jobs instead:
# DEPLOY_SUBJECT, PLAN_SUBJECT, IDENTITY_SUBJECT. BASE_NAME (pde) is the base of all names.
# It prints the variables for the pipeline's environments; none of them is a secret.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

environment=${ENVIRONMENT:?the environment, such as dev}
location=${LOCATION:?the region, such as westeurope}
name=${BASE_NAME:-pde}

if [[ -n ${REPOSITORY:-} ]]; then
  ISSUER=${ISSUER:-https://token.actions.githubusercontent.com}
  prefix=${SUBJECT_PREFIX:-$("$folder/github-subject.sh" "$REPOSITORY")}
  DEPLOY_SUBJECT=$prefix:environment:$environment
  PLAN_SUBJECT=$prefix:environment:$environment-plan
  IDENTITY_SUBJECT=$prefix:environment:$environment-identity
fi
: "${ISSUER:?set REPOSITORY, or the issuer of the pipeline tokens}"
: "${DEPLOY_SUBJECT:?the subject of the jobs that deploy}"
: "${PLAN_SUBJECT:?the subject of the jobs that ask what would change}"
: "${IDENTITY_SUBJECT:?the subject of the jobs that deploy the identity stage}"

# Each cloud's Entra ID exchanges tokens for an audience of its own.
cloud=$(az cloud show --query name --output tsv)
case $cloud in
  AzureUSGovernment) audience=api://AzureADTokenExchangeUSGov ;;
  AzureChinaCloud) audience=api://AzureADTokenExchangeChina ;;
  *) audience=api://AzureADTokenExchange ;;
esac

"$folder/install-bicep.sh" >&2

# Registering takes a right on the subscription that the pipeline doesn't need afterwards.
providers=(App DurableTask Insights KeyVault Logic ManagedIdentity Network OperationalInsights Storage Web)
for provider in "${providers[@]}"; do
  if ! state=$(az provider show --namespace "Microsoft.$provider" --query registrationState --output tsv); then
    echo "This cloud has no Microsoft.$provider. Its resources can't be deployed here." >&2
  elif [[ $state != Registered ]]; then
    echo "Registering Microsoft.$provider." >&2
    az provider register --namespace "Microsoft.$provider" --wait --output none
  fi
done

deployment=bootstrap-$name-$environment
az deployment sub create --name "$deployment" --location "$location" \
  --template-file "$folder/../bootstrap/main.bicep" \
  --parameters environmentName="$environment" location="$location" name="$name" issuer="$ISSUER" audience="$audience" \
  deploySubject="$DEPLOY_SUBJECT" planSubject="$PLAN_SUBJECT" identitySubject="$IDENTITY_SUBJECT" \
  --output none

output() {
  az deployment sub show --name "$deployment" --query "properties.outputs.$1.value" --output tsv
}
tenant=$(az account show --query tenantId --output tsv)
subscription=$(az account show --query id --output tsv)
group=$(output resourceGroup)
section() { # the pipeline's environment, client id
  printf '[%s]\nAZURE_TENANT_ID=%s\nAZURE_SUBSCRIPTION_ID=%s\nAZURE_CLIENT_ID=%s\nRESOURCE_GROUP=%s\nBASE_NAME=%s\n' \
    "$1" "$tenant" "$subscription" "$2" "$group" "$name"
  if [[ $cloud != AzureCloud ]]; then
    printf 'AZURE_CLOUD=%s\nAZURE_AUDIENCE=%s\n' "$(tr '[:upper:]' '[:lower:]' <<< "$cloud")" "$audience"
  fi
}
client=$(output deployClientId)
principal=$(output deployPrincipalId)
deployer() { # calls the preflight, and on Elastic Premium uploads the package
  printf 'ALLOWED_CALLER_CLIENT_IDS=["%s"]\nPACKAGE_PUBLISHER_PRINCIPAL_ID=%s\n' "$client" "$principal"
}
section "$environment" "$client"
deployer
section "$environment-plan" "$(output planClientId)"
deployer
section "$environment-identity" "$(output identityClientId)"
printf 'API_CALLERS=[{"principalId": "%s", "role": "Exports.Operate"}]\n' "$principal"
printf '\nThe pipeline signs in with tokens of %s with these subjects:\n  %s\n  %s\n  %s\n' \
  "$ISSUER" "$DEPLOY_SUBJECT" "$PLAN_SUBJECT" "$IDENTITY_SUBJECT" >&2
printf 'If a pipeline runs the identity stage: python3 infra/scripts/allow_identity_stage.py %s\n' \
  "$(output identityPrincipalId)" >&2
