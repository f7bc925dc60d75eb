#!/usr/bin/env bash
# Prints the app and the API that a certification has deployed in RESOURCE_GROUP, and what identity-outputs.sh prints, as
# NAME=value lines.
#
#   RESOURCE_GROUP=rg-pde-c1abc infra/scripts/certify-outputs.sh >> "$GITHUB_ENV"

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

: "${RESOURCE_GROUP:?the resource group of the certification}"
"$folder/identity-outputs.sh"
tell app FUNCTION_APP_NAME functionAppName
tell app API_BASE_URL apiBaseUrl
