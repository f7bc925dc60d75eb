#!/usr/bin/env bash
# Lets an environment that was taken down be deployed again with the same names: it recovers the group's deleted vault,
# which can't be purged for 7 days, and deletes the old registrations for good, whose unique names are taken for 30 days.
# Run bootstrap.sh first, then this, then the identity stage. Running it again is safe.
#
#   AZURE_ENV_NAME=dev infra/scripts/reuse-names.sh
#
# BASE_NAME is pde by default, RESOURCE_GROUP rg-BASE_NAME-AZURE_ENV_NAME. It needs the rights of an owner of the
# subscription and the directory role Application Administrator.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

name=${BASE_NAME:-pde}-${AZURE_ENV_NAME:?the environment, such as dev}
group=${RESOURCE_GROUP:-rg-$name}
exists=$(az group exists --name "$group" --output tsv)
[[ $exists == true ]] || fail "There is no $group. Run bootstrap.sh first."

deleted=$(az keyvault list-deleted --resource-type vault --output tsv \
  --query "[?contains(properties.vaultId, '/resourceGroups/$group/')].[name, properties.location]")
while IFS=$'\t' read -r vault location; do
  if [[ -n $vault ]]; then
    # Azure gives it back to its group, without the role assignments and the diagnostic setting that the template makes.
    az keyvault recover --name "$vault" --location "$location" --output none < /dev/null
    echo "Recovered: $vault"
  fi
done <<< "$deleted"

python3 "$folder/delete_registration.py" "$name" --from-bin
