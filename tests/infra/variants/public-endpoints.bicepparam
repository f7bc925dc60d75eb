using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// No virtual network.
param privateNetworking = false
