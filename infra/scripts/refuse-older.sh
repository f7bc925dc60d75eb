#!/usr/bin/env bash
# Fails if a newer commit is deployed to a GitHub environment already. A run that waits for approval while later ones
# overtake it would otherwise take the environment back, unnoticed. To go back on purpose, revert the commit.
#
#   GITHUB_REPOSITORY=contoso/personal-data-export GITHUB_SHA=… infra/scripts/refuse-older.sh ENVIRONMENT
#
# It needs the GitHub CLI, and a token that may read deployments (GH_TOKEN, with deployments: read).

set -euo pipefail

environment=${1:?the name of the GitHub environment, such as dev}
repository=${GITHUB_REPOSITORY:?owner/name}
commit=${GITHUB_SHA:?the commit that is to be deployed}

# GitHub keeps a deployment for each job that named the environment. ACTIVE are those that succeeded and were not
# replaced; this job's own is IN_PROGRESS.
# shellcheck disable=SC2016 # the variables are GraphQL's
query='query($owner: String!, $name: String!, $environment: String!) {
  repository(owner: $owner, name: $name) {
    deployments(environments: [$environment], first: 100, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { commitOid state }
    }
  }
}'
deployed=$(gh api graphql --raw-field query="$query" --raw-field owner="${repository%%/*}" \
  --raw-field name="${repository#*/}" --raw-field environment="$environment" \
  --jq '[.data.repository.deployments.nodes[] | select(.state == "ACTIVE") | .commitOid] | first // ""')
if [[ -z $deployed ]]; then
  echo "Nothing has been deployed to $environment before." >&2
  exit
fi

# How this commit relates to the deployed one: ahead, identical, behind or diverged.
status=$(gh api "repos/$repository/compare/$deployed...$commit" --jq .status)
if [[ $status == behind ]]; then
  echo "$environment has the newer commit $deployed already. To go back to $commit, revert what came after it." >&2
  exit 1
fi
echo "$environment has $deployed; this commit is $status." >&2
