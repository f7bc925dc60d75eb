using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// The managed backend of Durable Functions.
param durableBackend = 'azureManaged'
