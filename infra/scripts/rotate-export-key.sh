#!/usr/bin/env bash
# Rotates the key of the export account in two steps, because grants that the old key has signed end with it.
#
#   infra/scripts/rotate-export-key.sh RESOURCE_GROUP FUNCTION_APP KEY_VAULT use key2
#   infra/scripts/rotate-export-key.sh RESOURCE_GROUP FUNCTION_APP KEY_VAULT renew key1
#
# use puts the other key into the vault and waits until the app has it. Then set the variable EXPORT_KEY_NAME of the
# environment, or the next deployment goes back. renew makes a new key in place of one that the app doesn't use: do it
# when no export that began before is running. Next time, do it the other way round. Nobody sees a key.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

group=${1:?the resource group of the app}
app=${2:?the name of the app}
vault=${3:?the name of its vault}
command=${4:?use or renew}
key=${5:?key1 or key2}
[[ $command == use || $command == renew ]] || fail "The command is use or renew, not $command."
[[ $key == key1 || $key == key2 ]] || fail "The key is key1 or key2, not $key."

# Azure Resource Manager shows a secret's properties without its value, and reaches a vault without public access.
root=$(az cloud show --query endpoints.resourceManager --output tsv)
id=$(az keyvault show --resource-group "$group" --name "$vault" --query id --output tsv)
content=$(az rest --method get --url "${root%/}$id/secrets?api-version=2024-11-01" \
  --query "value[?name=='export-account-key'].properties.contentType" --output tsv)
[[ $content =~ ^Key\ of\ ([a-z0-9]+)\ \((key[12])\)$ ]] || fail "The vault $vault has no key of an export account."
account=${BASH_REMATCH[1]}
used=${BASH_REMATCH[2]}

if [[ $command == renew ]]; then
  [[ $key != "$used" ]] || fail "The app uses $key, so it is unchanged. First: use $([[ $key == key1 ]] && echo key2 || echo key1)."
  # The app may still have the old key, if `use` was stopped before it had the new one.
  python3 "$folder/key_vault_references.py" "$group" "$app"
  az storage account keys renew --resource-group "$group" --account-name "$account" --key "$key" --output none
  echo "$account has a new $key." >&2
  exit
fi

if [[ $key == "$used" ]]; then
  echo "The vault has $key already." >&2
else
  "$folder/install-bicep.sh" >&2
  # The template passes the key on inside Azure.
  az deployment group create --resource-group "$group" --name export-key \
    --template-file "$folder/../modules/export-key.bicep" \
    --parameters vaultName="$vault" accountName="$account" keyName="$key" --output none
fi
python3 "$folder/key_vault_references.py" "$group" "$app"
echo "The app signs with $key. Set EXPORT_KEY_NAME=$key in the variables of the environment and of its plan." >&2
