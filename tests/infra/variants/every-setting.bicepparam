using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// What an owner may set: callbacks and who reads their secret, a proxy, a gateway, callers, alerts, always-ready instances,
// zones for the data alone, and endpoints without rules.
param allowedCallerClientIds = ['44444444-4444-4444-4444-444444444444']
param callbackAllowedHosts = ['contoso.com', 'fabrikam.com']
param callbackReceiverPrincipalIds = ['77777777-7777-7777-7777-777777777777']
param httpsProxy = 'http://proxy.contoso.com:8080'
param noProxy = ['.contoso.com']
param publicBaseUrl = 'https://exports.contoso.com'
param alertEmails = ['privacy@contoso.com']
param actionGroupIds = [
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-alerts/providers/Microsoft.Insights/actionGroups/on-call'
]
param alwaysReadyInstances = 2
param zoneRedundantApp = false
param restrictEndpoints = false
