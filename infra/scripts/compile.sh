#!/usr/bin/env bash
# Compiles and lints all Bicep files and their parameter files. It needs the Azure CLI, but no sign-in.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$folder/install-bicep.sh"
cd "$folder/.."

# Every environment's parameter file reads these; their values don't matter here.
export AZURE_ENV_NAME=compile IDENTITY_NAME=id API_AUDIENCE=api://audience
export API_CLIENT_ID=00000000-0000-0000-0000-000000000000

# A finding that infra/bicepconfig.json calls an error fails the compilation.
for template in main.bicep identity/main.bicep bootstrap/main.bicep; do
  echo "$template"
  az bicep lint --file "$template"
  az bicep build --file "$template" --stdout > /dev/null
done
for parameters in environments/*.bicepparam identity/main.bicepparam; do
  echo "$parameters"
  az bicep build-params --file "$parameters" --stdout > /dev/null
done
