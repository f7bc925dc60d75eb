using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// Both samples: the one that waits for a callback is deployed only where callbacks are allowed.
param logicAppIdentityName = 'id-pde-prod-logic'
param callbackAllowedHosts = ['logic.azure.com']
param logicAppCallerPrincipalIds = ['88888888-8888-8888-8888-888888888888', '99999999-9999-9999-9999-999999999999']
