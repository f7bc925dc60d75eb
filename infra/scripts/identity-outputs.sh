#!/usr/bin/env bash
# Prints what the app stage needs to know of the identity stage in RESOURCE_GROUP, as NAME=value lines. Where API_CLIENT_ID
# is set already, all of it is taken from the environment: it is what register_api.py printed, in a cloud where that took
# the place of the stage.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"

if [[ -n ${API_CLIENT_ID:-} ]]; then
  echo "IDENTITY_NAME=${IDENTITY_NAME:?what register_api.py printed}"
  echo "API_CLIENT_ID=$API_CLIENT_ID"
  echo "API_AUDIENCE=${API_AUDIENCE:?what register_api.py printed}"
  echo "LOGIC_APP_IDENTITY_NAME=${LOGIC_APP_IDENTITY_NAME:-}"
  exit
fi
: "${RESOURCE_GROUP:?the resource group of the app}"
tell identity IDENTITY_NAME identityName
tell identity API_CLIENT_ID apiClientId
tell identity API_AUDIENCE apiAudience
tell identity LOGIC_APP_IDENTITY_NAME logicAppIdentityName
