#!/usr/bin/env bash
# Prints the outputs of the identity stage in RESOURCE_GROUP that the app stage needs, as NAME=value lines. If
# API_CLIENT_ID is set, it takes them from the environment instead: they are what register_api.py printed in a cloud
# where it replaces the stage.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

if [[ -n ${API_CLIENT_ID:-} ]]; then
  echo "IDENTITY_NAME=${IDENTITY_NAME:?what register_api.py printed}"
  echo "API_CLIENT_ID=$API_CLIENT_ID"
  echo "API_AUDIENCE=${API_AUDIENCE:?what register_api.py printed}"
  echo "LOGIC_APP_IDENTITY_NAME=${LOGIC_APP_IDENTITY_NAME:-}"
  echo "CONSOLE_CLIENT_ID=${CONSOLE_CLIENT_ID:-}"
  echo "CONSOLE_ADDRESSES=${CONSOLE_ADDRESSES:-}"
  exit
fi
: "${RESOURCE_GROUP:?the resource group of the app}"
tell identity IDENTITY_NAME identityName
tell identity API_CLIENT_ID apiClientId
tell identity API_AUDIENCE apiAudience
tell identity LOGIC_APP_IDENTITY_NAME logicAppIdentityName
tell identity CONSOLE_CLIENT_ID consoleClientId
tell identity CONSOLE_ADDRESSES consoleAddresses
