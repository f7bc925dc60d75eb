using '../main.bicep'

// Production: private where Microsoft need not come in, in three zones, and locked.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
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

param privateNetworking = true
param zoneRedundant = true
param locks = true
// A caller gets its 202 and waits for hours: nobody misses the seconds that a cold start takes.
param alwaysReadyInstances = 0
// What the tests of this project run on, with every outage that they make up. Nothing of Durable Task Scheduler can be
// run without Azure, so whoever takes it should try it in another environment first; there is no way to move over.
param durableBackend = 'azureStorage'

// It lasts as long as an export does. The account's key is in the vault, and opens nothing but exports.
param exportGrant = 'storedPolicy'
param exportRetentionDays = 30
param exportSoftDeleteDays = 7

// Who read an export is evidence for as long as somebody can ask.
param logRetentionDays = 365
// No limit: at one, alerts and evidence would fall silent for the rest of the day.
param logDailyCapGb = -1
