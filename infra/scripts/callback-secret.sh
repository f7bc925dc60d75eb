#!/usr/bin/env bash
# Creates the secret that signs callbacks, once: 32 random bytes in the environment's key vault, if its app sends
# callbacks. Nobody sees it. The script writes it through Azure Resource Manager, which also reaches a vault without
# public access and needs no right to read secrets.
#
#   infra/scripts/callback-secret.sh RESOURCE_GROUP FUNCTION_APP KEY_VAULT [--rotate]
#
# --rotate replaces an existing secret (docs/deploy.md).

set -euo pipefail
umask 077

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

group=${1:?the resource group of the app}
app=${2:?the name of the app}
name=${3-} # empty if the app has no secret
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
  echo "There is a secret already. It is unchanged." >&2
  exit
fi

# A private file, because everybody on the machine can see arguments.
body=$(mktemp)
trap 'rm -f "$body"' EXIT
printf '{"properties": {"value": "whsec_%s", "contentType": "Standard Webhooks signing secret"}}' \
  "$(head -c 32 /dev/urandom | base64)" > "$body"
az rest --method put --url "$secrets/callback-signing-secret?$version" \
  --headers Content-Type=application/json --body "@$body" --output none

# Otherwise the app goes on using the old value for up to a day.
python3 "$folder/key_vault_references.py" "$group" "$app"
