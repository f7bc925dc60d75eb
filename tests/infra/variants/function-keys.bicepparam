using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// Callers authenticate with function keys, without Entra, so there is no console whoever registered one.
param authMode = 'functionKey'
param consoleClientId = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'
