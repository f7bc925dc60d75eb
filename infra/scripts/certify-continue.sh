#!/usr/bin/env bash
# Gets the record of a certification that an earlier run of certify.yml has published, into the folder certify. Without
# one it only warns: what is waiting can still be waited for and deleted, but not certified.
#
#   GITHUB_REPOSITORY=contoso/personal-data-export GITHUB_REF_NAME=main AZURE_ENV_NAME=c1abc \
#     infra/scripts/certify-continue.sh
#
# Any run may publish an artifact of any name, also one for a pull request of a fork. So only artifacts count that a run
# of this repository and of the branch made that alone may certify. It needs the GitHub CLI, with actions: read.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

repository=${GITHUB_REPOSITORY:?owner/name}
branch=${GITHUB_REF_NAME:?the branch that may certify, such as main}
artifact=certify-${AZURE_ENV_NAME:?the name of the certification}

run=$(gh api "repos/$repository/actions/artifacts?name=$artifact&per_page=100" | python3 -c '
import json, sys
runs = [(one["created_at"], one["workflow_run"]) for one in json.load(sys.stdin)["artifacts"] if not one["expired"]]
own = [
    (created, run["id"])
    for created, run in runs
    if run["head_branch"] == sys.argv[1] and run["head_repository_id"] == run["repository_id"]
]
print(max(own)[1] if own else "")
' "$branch")
if [[ -z $run ]]; then
  echo "::warning title=Certification::The report of the run before is gone. This run can end it, but not certify it."
  exit
fi
gh run download "$run" --repo "$repository" --name "$artifact" --dir certify
echo "It goes on with the report of run $run."
