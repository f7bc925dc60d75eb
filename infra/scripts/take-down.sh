#!/usr/bin/env bash
# Deletes an environment with everything in it: its exports, the evidence of what was done with them, its identities
# and its registrations. Running it again is safe: it goes on where it stopped.
#
#   AZURE_ENV_NAME=dev infra/scripts/take-down.sh [--confirm pde-dev] [--purge] [--keep-registration]
#
# It asks for the name of the environment (BASE_NAME-AZURE_ENV_NAME) before it deletes anything; --confirm gives it.
# --purge also deletes for good what Azure would keep for a while, as far as it can be: the workspace with its logs and
# the registrations of the API and the console. --keep-registration leaves these, for which the directory role Application
# Administrator is needed. BASE_NAME is pde by default, RESOURCE_GROUP rg-BASE_NAME-AZURE_ENV_NAME.
#
# Sign in as an owner of both resource groups. It deletes only what is in these groups, and the registrations of this
# name; and nothing if a group has something else in it, or a lock that isn't the template's.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

name=${BASE_NAME:-pde}-${AZURE_ENV_NAME:?the environment, such as dev}
group=${RESOURCE_GROUP:-rg-$name}
deployers=rg-$name-deployers
confirmed=
purge=false
registration=true
while (($#)); do
  case $1 in
    --confirm) confirmed=${2:?the name of the environment} && shift ;;
    --purge) purge=true ;;
    --keep-registration) registration=false ;;
    *) fail "There is no option $1. See: take-down.sh --help" ;;
  esac
  shift
done

# What has no tag although it belongs there: parts of other resources, and what Azure itself adds (interfaces of private
# endpoints, and what Application Insights brings).
untagged=$'^([^\t]*/[^\t]*/|microsoft\\.network/networkinterfaces\tpep-.*\\.nic\\.|'
untagged+=$'microsoft\\.insights/actiongroups\tapplication insights smart detection$|'
untagged+=$'microsoft\\.alertsmanagement/smartdetectoralertrules\tfailure anomalies - )'

# refuse LINES REASON: ends the script if there are any lines
refuse() {
  [[ -z $1 ]] || fail "$2:" "${1//$'\t'/ }" 'Nothing was deleted.'
}

subscription=$(az account show --query id --output tsv)
step "What would be deleted in subscription $subscription"
groups=
here=false
for one in "$group" "$deployers"; do
  exists=$(az group exists --name "$one" --output tsv)
  if [[ $exists != true ]]; then
    echo "$one: is not there"
    continue
  fi
  groups+=$one$'\n'
  found=$(az resource list --resource-group "$one" --query '[].[type, name]' --output tsv)
  printf '%s\n' "$one" "${found//$'\t'/ }"
  if [[ $one == "$deployers" ]]; then
    found=$(az resource list --resource-group "$one" --query "[?!starts_with(name, 'id-$name-')].[type, name]" --output tsv)
    refuse "$found" "$one has more in it than the identities of this environment's pipeline"
  elif [[ -n $found ]]; then
    here=true
    found=$(az resource list --resource-group "$one" --output tsv \
      --query "[?tags.\"azd-env-name\" != '$AZURE_ENV_NAME'].[type, name]")
    refuse "$(grep -Eiv "$untagged" <<< "$found" || true)" \
      "$one has more in it than this environment: these don't have its tag, azd-env-name=$AZURE_ENV_NAME"
    found=$(az lock list --resource-group "$one" --query "[?name!='keep'].[name, id]" --output tsv)
    refuse "$found" "Somebody has locked $one or something in it. Ask them"
  fi
done
if [[ $registration == true ]]; then
  echo "the registrations with the unique names $name and $name-console, if there are any"
  [[ -n $groups ]] || echo 'If the environment is in another subscription, it still needs these registrations.'
fi
if [[ -z $confirmed ]]; then
  printf '\nExports that are running at Microsoft end without a result. Type %s to delete all of this: ' "$name"
  read -r confirmed || fail '' "Nothing was deleted. Give the name of the environment: --confirm $name"
fi
[[ $confirmed == "$name" ]] || fail "This is not $name. Nothing was deleted."

# each COMMAND…: calls a command with every line of standard input as its last argument
each() {
  local line
  while IFS= read -r line; do
    [[ -z $line ]] || "$@" "$line" < /dev/null
  done
}

remove_lock() { # id
  az lock delete --ids "$1" --output none
  echo "$1"
}

remove_role() { # its id and its name
  local scope=/subscriptions/$subscription/resourceGroups/$group assignments
  assignments=$(az role assignment list --role "${1%%$'\t'*}" --scope "$scope" --fill-principal-name false \
    --query '[].id' --output tsv)
  each az role assignment delete --output none --ids <<< "$assignments"
  az role definition delete --name "${1%%$'\t'*}" --scope "$scope" --output none
  echo "${1#*$'\t'}"
}

leave_network() { # app
  local networks
  networks=$(az functionapp vnet-integration list --resource-group "$group" --name "$1" --query '[].name' --output tsv)
  if [[ -n $networks ]]; then
    az functionapp vnet-integration remove --resource-group "$group" --name "$1" --output none
    echo "$1"
  fi
}

purge_workspace() { # name
  az monitor log-analytics workspace delete --resource-group "$group" --workspace-name "$1" --force true --yes --output none
  echo "$1"
}

if [[ $here == true ]]; then
  # A lock against deletion also keeps the role assignments, so the locks go first.
  step 'Locks'
  found=$(az lock list --resource-group "$group" --query '[].id' --output tsv)
  each remove_lock <<< "$found"

  # A role that can be assigned in this group alone is of no use afterwards, but its name stays taken in the tenant.
  step 'Custom roles'
  found=$(az role definition list --custom-role-only true --resource-group "$group" --output tsv --query \
    "[?length(assignableScopes)==\`1\` && ends_with(assignableScopes[0], '/resourceGroups/$group')].[name, roleName]")
  each remove_role <<< "$found"

  # With it, the subnet stays in use after the app is gone, and the deletion of the group hangs.
  step 'Network integration'
  found=$(az functionapp list --resource-group "$group" --query '[].name' --output tsv)
  each leave_network <<< "$found"

  if [[ $purge == true ]]; then
    step 'Logs'
    found=$(az monitor log-analytics workspace list --resource-group "$group" --query '[].name' --output tsv)
    each purge_workspace <<< "$found"
  fi
fi

step 'Resource groups'
vaults=
while IFS= read -r one; do
  if [[ -n $one ]]; then
    vaults+=$(az keyvault list --resource-group "$one" --query '[].name' --output tsv < /dev/null)
    az group delete --name "$one" --yes --output none < /dev/null
    echo "$one"
  fi
done <<< "$groups"

if [[ $registration == true ]]; then
  step 'Registrations'
  python3 "$folder/delete_registration.py" "$name"
  if [[ $purge == true ]]; then
    python3 "$folder/delete_registration.py" "$name" --from-bin
  fi
fi

step 'What is left'
if [[ -n $vaults ]]; then
  echo "The vault $vaults, deleted, which can't be purged for 7 days. Until then, reuse-names.sh recovers it."
fi
echo 'Storage accounts, which support can recover for 14 days.'
if [[ $purge == false ]]; then
  echo 'The workspace with its logs, which can be recovered for 14 days.'
fi
if [[ $registration == false ]]; then
  echo "The registrations: python3 infra/scripts/delete_registration.py $name"
elif [[ $purge == false ]]; then
  echo "The registrations, among the deleted ones for 30 days: python3 infra/scripts/delete_registration.py $name --from-bin"
fi
echo 'What was set up by hand: connectors and their registrations, variables and environments of the pipeline.'
