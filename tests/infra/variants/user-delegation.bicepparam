using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// Write grants without an account key: no secret, so no vault.
param exportGrant = 'userDelegation'
