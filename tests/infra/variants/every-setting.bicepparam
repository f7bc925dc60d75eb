using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// What an owner may set: callbacks, a proxy, a gateway, callers, alerts and always-ready instances.
param allowedCallerClientIds = ['44444444-4444-4444-4444-444444444444']
param callbackAllowedHosts = ['contoso.com', 'fabrikam.com']
param httpsProxy = 'http://proxy.contoso.com:8080'
param noProxy = ['.contoso.com']
param publicBaseUrl = 'https://exports.contoso.com'
param alertEmails = ['privacy@contoso.com']
param actionGroupIds = [
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-alerts/providers/Microsoft.Insights/actionGroups/on-call'
]
param alwaysReadyInstances = 2
