using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// Only these networks may call the API.
param allowedNetworks = ['203.0.113.0/24', 'LogicApps']
