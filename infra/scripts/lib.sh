# shellcheck shell=bash
# What the scripts beside it share. They source it.

# A pipeline gives variables that nobody has set as empty ones; parameter files have defaults for what is not there.
forget_empty_variables() {
  local name
  while IFS= read -r name; do
    [[ -n ${!name} ]] || unset "$name"
  done < <(compgen -e)
}

# tell STAGE VARIABLE OUTPUT: an output of a stage's deployment in RESOURCE_GROUP, as a line VARIABLE=value
tell() {
  local value
  value=$(az deployment group show --resource-group "$RESOURCE_GROUP" --name "$1" \
    --query "properties.outputs.$3.value" --output tsv)
  echo "$2=$value"
}

# take LINES: such lines, into the environment
take() {
  local line
  while IFS= read -r line; do
    export "${line?}"
  done <<< "$1"
}
