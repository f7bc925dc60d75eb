# shellcheck shell=bash
# Functions that the other scripts share. Source this file.

# Pipelines pass unset variables as empty ones. The defaults in parameter files apply only to variables that are unset.
forget_empty_variables() {
  local name
  while IFS= read -r name; do
    [[ -n ${!name} ]] || unset "$name"
  done < <(compgen -e)
}

# tell STAGE VARIABLE OUTPUT: prints an output of a stage's deployment in RESOURCE_GROUP as a line VARIABLE=value
tell() {
  local value
  value=$(az deployment group show --resource-group "$RESOURCE_GROUP" --name "$1" \
    --query "properties.outputs.$3.value" --output tsv)
  echo "$2=$value"
}

# take LINES: exports such lines as environment variables
take() {
  local line
  while IFS= read -r line; do
    export "${line?}"
  done <<< "$1"
}
