#!/usr/bin/env bash
# The resource group of a certification: it is made for one, and only such a group is ever taken down.
#
#   AZURE_ENV_NAME=c1abc RESOURCE_GROUP=rg-pde-c1abc LOCATION=westeurope infra/scripts/certify-group.sh make
#   AZURE_ENV_NAME=c1abc RESOURCE_GROUP=rg-pde-c1abc infra/scripts/certify-group.sh check
#
# make creates the group, or goes on with the one that it created for this name. check ends with an error if the group
# belongs to anybody else. Otherwise it tells whether it exists, also as the output `exists` of a step of GitHub Actions.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

action=${1:?make or check}
name=${AZURE_ENV_NAME:?the name of the certification}
group=${RESOURCE_GROUP:?its resource group}
[[ $name =~ ^c[0-9a-z]{1,7}$ ]] || fail "$name is not the name of a certification."

exists=$(az group exists --name "$group" --output tsv)
if [[ $exists == true ]]; then
  owner=$(az group show --name "$group" --query 'tags.certification' --output tsv)
  [[ $owner == "$name" ]] || fail "$group exists, and no certification has made it. It is left as it is."
fi
case $action in
  make)
    [[ $exists == true ]] || az group create --name "$group" --location "${LOCATION:?the region}" \
      --tags certification="$name" azd-env-name="$name" --output none
    echo "$group"
    ;;
  check)
    echo "exists=$exists" | tee -a "${GITHUB_OUTPUT:-/dev/null}"
    ;;
  *) fail "There is no $action. See: certify-group.sh --help" ;;
esac
