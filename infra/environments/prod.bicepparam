using '../main.bicep'

// Production: private except where Microsoft needs access, spread over zones, and locked.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
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

// The tenant's cloud, and what is available there: `az functionapp list-flexconsumption-locations --zone-redundant=true`
// lists the regions with zones for Flex Consumption. With zones, the app goes on when one of them fails, and eight
// instances (two on Elastic Premium) are ready and billed day and night. For zones for the data alone, set
// zoneRedundantApp to false.
param graphCloud = readEnvironmentVariable('GRAPH_CLOUD', 'Global')
param hosting = readEnvironmentVariable('HOSTING', 'flexConsumption')
param zoneRedundant = bool(readEnvironmentVariable('ZONE_REDUNDANT', 'true'))
param packagePublisherPrincipalId = readEnvironmentVariable('PACKAGE_PUBLISHER_PRINCIPAL_ID', '')
param pythonVersion = readEnvironmentVariable('PYTHON_VERSION', '3.13')

param privateNetworking = true
param locks = true
// None beyond those that zones bring: an export takes hours after its 202, so the seconds of a cold start don't matter.
param alwaysReadyInstances = 0
// The tests of this project run on this backend and simulate its outages. Durable Task Scheduler can't run without
// Azure, so try it in another environment first: running exports can't be migrated.
param durableBackend = 'azureStorage'

// Lasts as long as an export. The account's key is in the vault, and gives access to nothing but exports.
param exportGrant = 'storedPolicy'
param exportKeyName = readEnvironmentVariable('EXPORT_KEY_NAME', 'key1')
param exportRetentionDays = 30
param exportSoftDeleteDays = 7

// The log of who read an export is evidence, so it is kept for a year.
param logRetentionDays = 365
// No cap: once it is reached, there would be no alerts and no evidence for the rest of the day.
param logDailyCapGb = -1
