using '../main.bicep'

// To try things out: what costs by the hour is left out, and nothing is kept for long. Only made-up people.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param name = readEnvironmentVariable('BASE_NAME', 'pde')

// What the identity stage gave out.
param identityName = readEnvironmentVariable('IDENTITY_NAME')
param apiClientId = readEnvironmentVariable('API_CLIENT_ID')
param apiAudience = readEnvironmentVariable('API_AUDIENCE')
param logicAppIdentityName = readEnvironmentVariable('LOGIC_APP_IDENTITY_NAME', '')

// What only the owner of the environment knows; lists are JSON.
param allowedCallerClientIds = json(readEnvironmentVariable('ALLOWED_CALLER_CLIENT_IDS', '[]'))
param allowedNetworks = json(readEnvironmentVariable('ALLOWED_NETWORKS', '[]'))
param callbackAllowedHosts = json(readEnvironmentVariable('CALLBACK_ALLOWED_HOSTS', '[]'))
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param alertEmails = json(readEnvironmentVariable('ALERT_EMAILS', '[]'))
param actionGroupIds = json(readEnvironmentVariable('ACTION_GROUP_IDS', '[]'))

// The cloud of the tenant, and the plan that there is in it.
param graphCloud = readEnvironmentVariable('GRAPH_CLOUD', 'Global')
param hosting = readEnvironmentVariable('HOSTING', 'flexConsumption')
param packagePublisherPrincipalId = readEnvironmentVariable('PACKAGE_PUBLISHER_PRINCIPAL_ID', '')
param pythonVersion = readEnvironmentVariable('PYTHON_VERSION', '3.13')

// Public endpoints, one zone, nothing locked: it is taken down as easily as it was made.
param privateNetworking = false
param zoneRedundant = false
param locks = false
param alwaysReadyInstances = 0
param durableBackend = 'azureStorage'

// No key anywhere, and so no vault. It shows what becomes of an export that takes longer than 7 days, too.
param exportGrant = 'userDelegation'
param exportRetentionDays = 7
param exportSoftDeleteDays = 0

param logRetentionDays = 30
param logDailyCapGb = 1
