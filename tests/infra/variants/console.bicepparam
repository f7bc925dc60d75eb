using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// The console, beside another caller.
param consoleClientId = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'
param allowedCallerClientIds = ['44444444-4444-4444-4444-444444444444']
