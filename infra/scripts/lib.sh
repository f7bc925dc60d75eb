# shellcheck shell=bash
# Functions that the other scripts share. Source this file.

# show_help "$@": if --help is asked for, prints the comment at the head of the script, and ends
show_help() {
  if [[ ${1:-} == --help || ${1:-} == -h ]]; then
    sed -n -e '2,/^[^#]/ {' -e 's/^# \{0,1\}//p' -e '}' "$0"
    exit
  fi
}

# fail MESSAGE…: prints the lines and ends the script
fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# step TITLE: begins a part of the output
step() {
  printf '\n== %s\n' "$1"
}

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

# repeat_while TEXT COMMAND…: runs a command, and for up to 5 minutes again as long as its error contains the text
repeat_while() {
  local text=$1 said code attempt end=$((SECONDS + 300))
  shift
  for attempt in {1..20}; do
    code=0
    { said=$("$@" 2>&1 1>&3) || code=$?; } 3>&1
    [[ -z $said ]] || printf '%s\n' "$said" >&2
    ((code)) && [[ $said == *"$text"* ]] && ((attempt < 20 && SECONDS < end)) || return "$code"
    echo "Again in 15 seconds: what was just made may not be known everywhere yet." >&2
    sleep 15
  done
}
