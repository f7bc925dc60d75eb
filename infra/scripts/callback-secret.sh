#!/usr/bin/env bash
# Makes the secret that callbacks are signed with, once: 32 random bytes in the key vault of an environment whose app
# sends callbacks. Nobody sees it. It goes there through Azure Resource Manager, which reaches a vault without public
# access too, and takes no right to read secrets.
#
#   infra/scripts/callback-secret.sh RESOURCE_GROUP FUNCTION_APP KEY_VAULT [--rotate]
#
# --rotate makes a new one where there is one already (docs/deploy.md).

set -euo pipefail
umask 077

group=${1:?the resource group of the app}
app=${2:?the name of the app}
name=${3-} # there is none where the app has no secret
hosts=$(az functionapp config appsettings list --resource-group "$group" --name "$app" \
  --query "[?name=='CALLBACK_ALLOWED_HOSTS'].value" --output tsv)
if [[ -z $hosts ]]; then
  echo "The app sends no callbacks, so it needs no secret." >&2
  exit
fi

vault=$(az keyvault show --resource-group "$group" --name "$name" --query id --output tsv)
root=$(az cloud show --query endpoints.resourceManager --output tsv)
secrets=${root%/}$vault/secrets
version=api-version=2024-11-01

found=$(az rest --method get --url "$secrets?$version" \
  --query "value[?name=='callback-signing-secret'].name" --output tsv)
if [[ -n $found && ${4:-} != --rotate ]]; then
  echo "There is a secret already: it stays." >&2
  exit
fi

# In a file of our own: arguments are seen by everybody on the machine.
body=$(mktemp)
trap 'rm -f "$body"' EXIT
printf '{"properties": {"value": "whsec_%s", "contentType": "Standard Webhooks signing secret"}}' \
  "$(head -c 32 /dev/urandom | base64)" > "$body"
az rest --method put --url "$secrets/callback-signing-secret?$version" \
  --headers Content-Type=application/json --body "@$body" --output none

# Otherwise the app goes on with what it found before, for up to a day.
site=$(az functionapp show --resource-group "$group" --name "$app" --query id --output tsv)
az rest --method post --url "${root%/}$site/config/configreferences/appsettings/refresh?api-version=2022-03-01" --output none
echo "There is a new secret, and the app has been told." >&2
