using '../../../infra/identity/main.bicep'

extends '../../../infra/identity/main.bicepparam'

// The console alone, in a tenant where another team grants the roles and consents.
param assignRoles = false
param console = true
