#!/usr/bin/env bash
# Deploys a package from `make package` unchanged: nothing is built in Azure.
#
#   RESOURCE_GROUP=… FUNCTION_APP_NAME=… infra/scripts/deploy-code.sh dist/personal-data-export.zip
#
# On Flex Consumption it does what `az functionapp deployment source config-zip` does, except that the command always
# rebuilds Python packages in Azure. On Elastic Premium the app runs from a blob in PACKAGE_CONTAINER of
# HOST_STORAGE_NAME. deploy-app.sh prints all of these variables.
#
# A role that was given minutes ago may not count yet, and a new site may restart. So it tries again for up to 5 minutes
# where storage refuses, there is no response, or an upload whose response was lost is still being deployed.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

package=${1:?the package}
group=${RESOURCE_GROUP:?}
app=${FUNCTION_APP_NAME:?}
[[ -f $package ]] || fail "There is no $package. Run: make package"

site() {
  az resource show --resource-group "$group" --name "$app" --resource-type Microsoft.Web/sites --query "$1" --output tsv
}

sku=$(site properties.sku)
if [[ $sku != FlexConsumption ]]; then
  repeat_while AuthorizationPermissionMismatch \
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
# Sets body and code, 000 for no response. It passes the token by file descriptor, because everybody on the machine can
# see arguments.
call() {
  local said
  said=$(curl --silent --show-error --max-time 600 --write-out '\n%{http_code}' \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") "$@") || true
  code=${said##*$'\n'}
  body=${said%$'\n'*}
}
field() { # of the deployment that the last response shows
  python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1]))' "$1" <<< "$body" 2> /dev/null || echo unknown
}

ended() { # waits for a deployment, and sets status
  status=
  for _ in {1..90}; do
    call "https://$host/api/deployments/$1"
    case $code in
      200 | 202)
        status=$(field status)
        case $status in -1 | [3-6]) return ;; esac
        ;;
      404)
        # What deploys forgets a deployment when it has ended. Before that, it may not know it yet.
        if [[ -n $status ]]; then
          status=4
          return
        fi
        ;;
    esac
    # The site restarts meanwhile, and can be unavailable for a moment.
    sleep 10
  done
  fail "The deployment has not ended after 15 minutes: https://$host/api/deployments/$1"
}

end=$((SECONDS + 300))
for attempt in {1..20}; do
  call --request POST --header 'Content-Type: application/zip' --data-binary "@$package" \
    "https://$host/api/publish?RemoteBuild=false&Deployer=personal-data-export"
  case $code in
    200 | 202)
      ended "$(tr -d '"[:space:]' <<< "$body")"
      if [[ $status == 4 ]]; then
        echo "Deployed to $app." >&2
        exit
      fi
      why="The deployment ended with status $status: $(field status_text)"
      [[ $status == 3 ]] || fail "$why" # canceled, superseded, partly deployed
      ;;
    000 | 403 | 409 | 5??) why="The upload got $code: ${body:0:500}" ;;
    *) fail "The upload got $code: ${body:0:500}" ;;
  esac
  echo "$why" >&2
  ((attempt < 20 && SECONDS < end)) || break
  sleep 15
done
fail 'It did not succeed for 5 minutes. If storage refuses, look at the role assignments of the app on its own account.'
