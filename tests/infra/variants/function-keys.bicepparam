using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// Callers authenticate with function keys, without Entra.
param authMode = 'functionKey'
