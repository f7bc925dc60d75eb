#!/usr/bin/env bash
# Deploys a package from `make package` unchanged: nothing is built in Azure.
#
#   RESOURCE_GROUP=… FUNCTION_APP_NAME=… infra/scripts/deploy-code.sh dist/personal-data-export.zip
#
# On Flex Consumption it does what `az functionapp deployment source config-zip` does, except that the command always
# rebuilds Python packages in Azure. On Elastic Premium the app runs from a blob in PACKAGE_CONTAINER of
# HOST_STORAGE_NAME. deploy-app.sh prints all of these variables.

set -euo pipefail

package=${1:?the package}
group=${RESOURCE_GROUP:?}
app=${FUNCTION_APP_NAME:?}
[[ -f $package ]] || { echo "There is no $package. Run: make package" >&2; exit 1; }

site() {
  az resource show --resource-group "$group" --name "$app" --resource-type Microsoft.Web/sites --query "$1" --output tsv
}

if [[ $(site properties.sku) != FlexConsumption ]]; then
  az storage blob upload --auth-mode login --account-name "${HOST_STORAGE_NAME:?}" \
    --container-name "${PACKAGE_CONTAINER:?}" --name personal-data-export.zip --file "$package" --overwrite \
    --no-progress --output none
  # The app mounts the package when it starts.
  az functionapp restart --resource-group "$group" --name "$app" --output none
  echo "Deployed to $app." >&2
  exit
fi

host=$(site "properties.hostNameSslStates[?hostType=='Repository'].name | [0]")
token=$(az account get-access-token --query accessToken --output tsv)
call() { # passes the token by file descriptor, because everybody on the machine can see arguments
  curl --silent --show-error --fail-with-body --max-time 600 \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") "$@"
}

id=$(call --request POST --header 'Content-Type: application/zip' --data-binary "@$package" \
  "https://$host/api/publish?RemoteBuild=false&Deployer=personal-data-export" | tr -d '"[:space:]')
deployment=https://$host/api/deployments/$id

for _ in $(seq 180); do
  # The site restarts meanwhile and can be unavailable for a moment.
  status=$(call "$deployment" 2> /dev/null \
    | python3 -c 'import json, sys; print(json.load(sys.stdin).get("status"))' 2> /dev/null) || status=unknown
  case $status in
    4)
      echo "Deployed to $app." >&2
      exit
      ;;
    -1 | 3 | 5 | 6) # canceled, failed, superseded, partly deployed
      echo "The deployment ended with status $status: $deployment" >&2
      exit 1
      ;;
  esac
  sleep 5
done
echo "The deployment has not ended after 15 minutes: $deployment" >&2
exit 1
