using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// Both samples: the one that waits for a callback is deployed only where callbacks are allowed.
param logicAppIdentityName = 'id-pde-prod-logic'
param callbackAllowedHosts = ['logic.azure.com']
