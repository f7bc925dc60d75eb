using '../main.bicep'

// For experiments: nothing that costs by the hour, and short retention. Use fictitious people only.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param name = readEnvironmentVariable('BASE_NAME', 'pde')

// Outputs of the identity stage.
param identityName = readEnvironmentVariable('IDENTITY_NAME')
param apiClientId = readEnvironmentVariable('API_CLIENT_ID')
param apiAudience = readEnvironmentVariable('API_AUDIENCE')
param consoleClientId = readEnvironmentVariable('CONSOLE_CLIENT_ID', '')
param logicAppIdentityName = readEnvironmentVariable('LOGIC_APP_IDENTITY_NAME', '')

// Values that the owner of the environment sets; lists are JSON.
param allowedCallerClientIds = json(readEnvironmentVariable('ALLOWED_CALLER_CLIENT_IDS', '[]'))
param allowedNetworks = json(readEnvironmentVariable('ALLOWED_NETWORKS', '[]'))
param callbackAllowedHosts = json(readEnvironmentVariable('CALLBACK_ALLOWED_HOSTS', '[]'))
param callbackReceiverPrincipalIds = json(readEnvironmentVariable('CALLBACK_RECEIVER_PRINCIPAL_IDS', '[]'))
param logicAppCallerPrincipalIds = json(readEnvironmentVariable('LOGIC_APP_CALLER_PRINCIPAL_IDS', '[]'))
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param alertEmails = json(readEnvironmentVariable('ALERT_EMAILS', '[]'))
param actionGroupIds = json(readEnvironmentVariable('ACTION_GROUP_IDS', '[]'))

// The tenant's cloud, and what is available there.
param graphCloud = readEnvironmentVariable('GRAPH_CLOUD', 'Global')
param hosting = readEnvironmentVariable('HOSTING', 'flexConsumption')
param zoneRedundant = bool(readEnvironmentVariable('ZONE_REDUNDANT', 'false'))
param packagePublisherPrincipalId = readEnvironmentVariable('PACKAGE_PUBLISHER_PRINCIPAL_ID', '')
param pythonVersion = readEnvironmentVariable('PYTHON_VERSION', '3.13')

// Public endpoints, no locks: as easy to delete as to create.
param privateNetworking = false
param locks = false
param alwaysReadyInstances = 0
param durableBackend = 'azureStorage'

// No keys, so no vault. It also shows what happens to an export that takes longer than 7 days.
param exportGrant = 'userDelegation'
param exportKeyName = readEnvironmentVariable('EXPORT_KEY_NAME', 'key1')
param exportRetentionDays = 7
param exportSoftDeleteDays = 0

param logRetentionDays = 30
param logDailyCapGb = 1
