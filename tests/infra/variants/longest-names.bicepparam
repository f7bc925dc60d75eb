using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// The longest base name and environment, with everything that has a name.
param name = 'abcdefghij'
param environmentName = 'klmnopqr'
param identityName = 'id-abcdefghij-klmnopqr'
param logicAppIdentityName = 'id-abcdefghij-klmnopqr-logic'
param durableBackend = 'azureManaged'
param callbackAllowedHosts = ['contoso.com']
param alertEmails = ['privacy@contoso.com']
