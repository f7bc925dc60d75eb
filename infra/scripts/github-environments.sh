#!/usr/bin/env bash
# Creates the environments of a GitHub repository, with the variables that bootstrap.sh printed. Running it again is
# safe. It needs the GitHub CLI, signed in as an administrator of the repository.
#
#   REPOSITORY=contoso/personal-data-export REVIEWERS='[{"type": "Team", "id": 1}]' \
#     infra/scripts/github-environments.sh < dev.env
#
# Jobs of the branch BRANCH (main) alone may use an environment, whatever else is protected in the repository. All but
# the plans wait for REVIEWERS, at most six users and teams. prod, certify and all that end in -identity need them,
# because their jobs reach people's data or can grant anything in the tenant. The plan of dev is open to every branch, because it
# answers pull requests; its identity can change nothing.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

repository=${REPOSITORY:?owner/name}
reviewers=${REVIEWERS:-[]}
branch=${BRANCH:-main}

# Who alone may approve has to be able to approve a run of their own.
rule=$(python3 - "$reviewers" << 'PYTHON'
import json, sys
reviewers = [{"type": one["type"], "id": int(one["id"])} for one in json.loads(sys.argv[1])]
others = len(reviewers) > 1 or any(one["type"] == "Team" for one in reviewers)
print(len(reviewers), json.dumps({"reviewers": reviewers, "prevent_self_review": others})[1:-1])
PYTHON
) || fail "REVIEWERS is a list of JSON objects with type (User or Team) and id (gh api user --jq .id), not: $reviewers"
count=${rule%% *}

given=$(cat)
environments=$(sed -n 's/^\[\(.*\)\]$/\1/p' <<< "$given")
[[ -n $environments ]] || fail "Give the output of bootstrap.sh on standard input."
for environment in $environments; do
  if [[ $count == 0 && ($environment == prod || $environment == certify || $environment == *-identity) ]]; then
    fail "$environment needs REVIEWERS, so that nobody can deploy to it alone. Nothing was changed." \
      "Your own: REVIEWERS='[{\"type\": \"User\", \"id\": '\$(gh api user --jq .id)'}]'"
  fi
done

only_branch() { # environment
  local policies=repos/$repository/environments/$1/deployment-branch-policies found id name kind there=false
  found=$(gh api --paginate "$policies" --jq '.branch_policies[] | [.id, .type // "branch", .name] | @tsv')
  while IFS=$'\t' read -r id kind name; do
    if [[ $kind == branch && $name == "$branch" ]]; then
      there=true
    elif [[ -n $id ]]; then
      gh api --silent --method DELETE "$policies/$id" < /dev/null
      echo "$1: $kind $name may not use it any more"
    fi
  done <<< "$found"
  [[ $there == true ]] || gh api --silent --method POST "$policies" -f name="$branch" -f type=branch < /dev/null
}

protect() { # environment
  local rules='"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}'
  local told="branch $branch only"
  if [[ $1 == dev-plan ]]; then
    rules='"deployment_branch_policy": null'
    told='every branch'
  elif [[ $1 != *-plan ]]; then
    rules+=", ${rule#* }"
    told+=", reviewers: $count"
  fi
  gh api --silent --method PUT "repos/$repository/environments/$1" --input - <<< "{$rules}" || fail \
    "GitHub refused the rules of $1. In a private repository, branch rules take GitHub Pro, Team or Enterprise, and" \
    'required reviewers GitHub Enterprise.'
  [[ $1 == dev-plan ]] || only_branch "$1"
  echo "$1: $told"
}

environment=
while IFS= read -r line; do
  if [[ $line == \[*\] ]]; then
    environment=${line:1:-1}
    protect "$environment"
  elif [[ $line == *= ]]; then
    echo "$environment: ${line%=} has no value, so it is not set"
  elif [[ $line == *=* ]]; then
    gh variable set "${line%%=*}" --repo "$repository" --env "$environment" --body "${line#*=}" < /dev/null
    echo "$environment: ${line%%=*}"
  fi
done <<< "$given"

if [[ $(gh api "repos/$repository/branches/$branch" --jq .protected) != true ]]; then
  echo "Protect the branch $branch of $repository: who may push to it deploys, as far as no reviewer has to approve." >&2
fi
