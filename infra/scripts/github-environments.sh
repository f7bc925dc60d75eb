#!/usr/bin/env bash
# Creates the environments of a GitHub repository, with the variables that bootstrap.sh printed. Running it again is
# safe. It needs the GitHub CLI, signed in as an administrator of the repository.
#
#   REPOSITORY=contoso/personal-data-export REVIEWERS='[{"type": "Team", "id": 1}]' \
#     infra/scripts/github-environments.sh < bootstrap.out
#
# All but the plans run for protected branches only, and wait for REVIEWERS if any are given.

set -euo pipefail

repository=${REPOSITORY:?owner/name}
reviewers=${REVIEWERS:-[]}

environment=
while IFS= read -r line; do
  if [[ $line == \[*\] ]]; then
    environment=${line:1:-1}
    rules='{"deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": false}'
    if [[ $environment == *-plan ]]; then
      # A plan runs for a pull request's branch, and its identity can change nothing.
      rules='{"deployment_branch_policy": null}'
    else
      rules="$rules, \"reviewers\": $reviewers}"
    fi
    gh api --silent --method PUT "repos/$repository/environments/$environment" --input - <<< "$rules"
  elif [[ $line == *=* ]]; then
    gh variable set "${line%%=*}" --repo "$repository" --env "$environment" --body "${line#*=}" < /dev/null
  fi
done
