metadata description = 'Everything but the identities: the app, its storage, its network, its secrets, and what watches it.'

targetScope = 'resourceGroup'

// Names and place

@minLength(1)
@maxLength(8)
@description('The environment, such as dev, test or prod. It is in every name.')
param environmentName string

@description('Region of everything, and so of the exported data.')
param location string = resourceGroup().location

@minLength(2)
@maxLength(10)
@description('Base name of everything: lower-case letters, digits and hyphens, beginning with a letter.')
param name string = 'pde'

@description('Tags of everything.')
param tags object = {}

// Who the app is, and who may call it: outputs of identity/main.bicep

@description('Name of the user-assigned identity of the app, in this resource group.')
param identityName string

@allowed(['entra', 'functionKey'])
@description('How callers are known: by tokens of Entra, or by function keys, of which each may do everything.')
param authMode string = 'entra'

@description('Client id of the API; needed with entra.')
param apiClientId string = ''

@description('What callers ask tokens for; needed with entra.')
param apiAudience string = ''

@description('Client ids of the applications that may call; that of the sample Logic App comes of itself.')
param allowedCallerClientIds array = []

@description('Address ranges (with a slash) and service tags that the API may be called from; empty for all, where the token alone decides.')
param allowedNetworks array = []

@description('Name of the identity of the sample Logic App, in this resource group; empty for no sample.')
param logicAppIdentityName string = ''

// Where it runs

@allowed(['flexConsumption', 'elasticPremium'])
@description('The plan. Flex Consumption is not in US Government, nor in every region. An app stays on the one that it was made on.')
param hosting string = 'flexConsumption'

@allowed(['3.11', '3.12', '3.13'])
@description('Version of Python; the package has to be made for it.')
param pythonVersion string = '3.13'

@minValue(0)
@maxValue(20)
@description('How many instances are always ready; 0 lets the app go to sleep between timers (on Elastic Premium one stays).')
param alwaysReadyInstances int = 0

@description('Whether instances and data are spread over zones. The region must have them.')
param zoneRedundant bool = false

@description('Whether host, records and vault are reached over private endpoints alone. The account of exports never is.')
param privateNetworking bool = false

@description('Address space of the network, a /24 or larger; it is read with privateNetworking only.')
param addressPrefix string = '10.80.0.0/24'

@allowed(['azureStorage', 'azureManaged'])
@description('Where Durable is kept: in the account of the host, or in Durable Task Scheduler.')
param durableBackend string = 'azureStorage'

@description('Object id of the service principal that uploads packages; read on Elastic Premium only, where the platform does not.')
param packagePublisherPrincipalId string = ''

@description('Whether accounts and vault are locked against deletion.')
param locks bool = false

// Exports; docs/settings.md describes each

@allowed(['Global', 'USGov', 'USGovDoD', 'China'])
@description('The national cloud of the tenant (GRAPH_CLOUD).')
param graphCloud string = 'Global'

@allowed(['storedPolicy', 'userDelegation'])
@description('What Microsoft is given to write with (EXPORT_GRANT): storedPolicy lasts as long as an export, userDelegation needs no key but ends after 7 days.')
param exportGrant string = 'storedPolicy'

@allowed(['key1', 'key2'])
@description('Which key of the export account signs stored policies. To rotate, deploy with the other one first.')
param exportKeyName string = 'key1'

@minValue(1)
@maxValue(3650)
@description('Days after its end at which exported data is erased (EXPORT_RETENTION_DAYS).')
param exportRetentionDays int = 30

@minValue(0)
@maxValue(365)
@description('Days for which erased data can be brought back, which it is kept longer by; 0 for none.')
param exportSoftDeleteDays int = 7

@minValue(1)
@maxValue(365)
@description('Days to the due time of a request that names none (EXPORT_DUE_DAYS).')
param exportDueDays int = 30

@minValue(0)
@maxValue(365)
@description('Days before its due time at which an open export is warned about (EXPORT_DUE_SOON_DAYS).')
param exportDueSoonDays int = 5

@minValue(1)
@maxValue(365)
@description('Age in days at which an export that has not ended fails (EXPORT_ABANDON_DAYS).')
param exportAbandonDays int = 35

@minValue(1)
@maxValue(20)
@description('How many submissions an export may take (EXPORT_MAX_ATTEMPTS).')
param exportMaxAttempts int = 10

@minValue(1)
@maxValue(3600)
@description('The shortest time between two polls in seconds (EXPORT_POLL_MIN_SECONDS); a stored policy takes up to 30 to count.')
param exportPollMinSeconds int = 30

@minValue(0)
@maxValue(86400)
@description('How long a refusal for want of a permission is waited out, in seconds (EXPORT_PERMISSION_WAIT_SECONDS).')
param exportPermissionWaitSeconds int = 3600

@minValue(1)
@maxValue(100)
@description('How long Graph may take to answer, in seconds (GRAPH_TIMEOUT_SECONDS).')
param graphTimeoutSeconds int = 60

@minValue(1)
@maxValue(1000000)
@description('How many submissions go out in 24 hours (GRAPH_SUBMISSIONS_PER_DAY).')
param graphSubmissionsPerDay int = 1000

@description('When exports without a monitor are looked for (RECONCILE_SCHEDULE).')
param reconcileSchedule string = '0 */5 * * * *'

@description('When is removed what was left behind (RECONCILE_SWEEP_SCHEDULE).')
param reconcileSweepSchedule string = '0 30 2 * * *'

@description('Hosts that callbacks may go to, with their subdomains (CALLBACK_ALLOWED_HOSTS); empty for no callbacks.')
param callbackAllowedHosts array = []

@description('The address that callers use where a gateway is in front, without /api (PUBLIC_BASE_URL).')
param publicBaseUrl string = ''

// What watches it

@minValue(30)
@maxValue(730)
@description('Days that telemetry, and who read an export, is kept.')
param logRetentionDays int = 90

@minValue(-1)
@description('The most that the workspace takes in on a day, in GB; -1 for no limit. At the limit alerts and evidence fall silent.')
param logDailyCapGb int = 5

@description('Addresses that are told of alerts.')
param alertEmails array = []

@description('Ids of action groups that are told of alerts.')
param actionGroupIds array = []

var baseName = '${name}-${environmentName}'
var token = uniqueString(resourceGroup().id, environmentName)
var shortName = take(replace(toLower(name), '-', ''), 7)
var siteName = 'func-${baseName}-${token}'
var exportAccountName = '${shortName}exp${token}'
var vaultName = '${shortName}-kv-${token}'
var allTags = union(tags, { 'azd-env-name': environmentName })
var isFlex = hosting == 'flexConsumption'
// Within the region alone: a copy of people's data in another one is for somebody to decide.
var storageSku = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
var keyed = exportGrant == 'storedPolicy'
var callsBack = !empty(callbackAllowedHosts)
var hasSecrets = keyed || callsBack
// The sample calls with a token.
var hasLogicApp = !empty(logicAppIdentityName) && authMode == 'entra'
var durableHub = 'PersonalDataExport'
// What the app keeps of the history of ended monitors, too.
var historyDays = 30
// An export lasts so long, its data is kept so long after that, and the app has a week to erase it.
var exportLifetimeDays = exportAbandonDays + exportRetentionDays + 7
var packageName = 'personal-data-export.zip'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource logicAppIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = if (hasLogicApp) {
  name: logicAppIdentityName
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    location: location
    name: baseName
    tags: allTags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
    identityName: identityName
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  params: {
    location: location
    name: baseName
    tags: allTags
    addressPrefix: addressPrefix
    hosting: hosting
  }
}

var endpointSubnetId = privateNetworking ? network!.outputs.endpointSubnetId : ''
var appSubnetId = privateNetworking ? network!.outputs.appSubnetId : ''

module hostStorage 'modules/host-storage.bicep' = {
  params: {
    location: location
    accountName: '${shortName}host${token}'
    tags: allTags
    sku: storageSku
    identityName: identityName
    holdsDurable: durableBackend == 'azureStorage'
    packagePublisherPrincipalId: isFlex ? '' : packagePublisherPrincipalId
    isPrivate: privateNetworking
    endpointSubnetId: endpointSubnetId
    lock: locks
  }
}

module recordsStorage 'modules/records-storage.bicep' = {
  params: {
    location: location
    accountName: '${shortName}rec${token}'
    tags: allTags
    sku: storageSku
    identityName: identityName
    workspaceId: monitoring.outputs.workspaceId
    isPrivate: privateNetworking
    endpointSubnetId: endpointSubnetId
    lock: locks
  }
}

module exportStorage 'modules/export-storage.bicep' = {
  params: {
    location: location
    accountName: exportAccountName
    tags: allTags
    sku: storageSku
    identityName: identityName
    grant: exportGrant
    deleteAfterDays: exportLifetimeDays
    softDeleteDays: exportSoftDeleteDays
    workspaceId: monitoring.outputs.workspaceId
    lock: locks
  }
}

module vault 'modules/key-vault.bicep' = if (hasSecrets) {
  params: {
    location: location
    vaultName: vaultName
    tags: allTags
    identityName: identityName
    workspaceId: monitoring.outputs.workspaceId
    isPrivate: privateNetworking
    endpointSubnetId: endpointSubnetId
    lock: locks
  }
}

module exportKey 'modules/export-key.bicep' = if (keyed) {
  params: {
    vaultName: vaultName
    accountName: exportAccountName
    keyName: exportKeyName
  }
  // By name, not by output: what a plan shows ends where a name is known only later.
  dependsOn: [vault, exportStorage]
}

module scheduler 'modules/durable-scheduler.bicep' = if (durableBackend == 'azureManaged') {
  params: {
    location: location
    name: baseName
    tags: allTags
    hubName: durableHub
    historyDays: historyDays
    identityName: identityName
  }
}

module flexApp 'modules/flex-app.bicep' = if (isFlex) {
  params: {
    location: location
    name: baseName
    siteName: siteName
    tags: allTags
    identityId: identity.id
    pythonVersion: pythonVersion
    packageContainerUrl: hostStorage.outputs.packageContainerUrl
    subnetId: appSubnetId
    zoneRedundant: zoneRedundant
    alwaysReadyInstances: alwaysReadyInstances
    allowedNetworks: allowedNetworks
  }
}

module premiumApp 'modules/premium-app.bicep' = if (!isFlex) {
  params: {
    location: location
    name: baseName
    siteName: siteName
    tags: allTags
    identityId: identity.id
    pythonVersion: pythonVersion
    subnetId: appSubnetId
    zoneRedundant: zoneRedundant
    alwaysReadyInstances: alwaysReadyInstances
    allowedNetworks: allowedNetworks
  }
}

var siteId = isFlex ? flexApp!.outputs.siteId : premiumApp!.outputs.siteId
var hostName = isFlex ? flexApp!.outputs.hostName : premiumApp!.outputs.hostName
var apiUrl = '${empty(publicBaseUrl) ? 'https://${hostName}' : publicBaseUrl}/api'

// References that the platform resolves with the app's identity; the values are in the vault alone.
var keyUri = keyed ? exportKey!.outputs.secretUri : ''
// A script makes this secret, once: a template has nothing random that stays the same the next time.
var signingUri = callsBack ? '${vault!.outputs.uri}secrets/callback-signing-secret' : ''
var secretSettings = union(
  keyed ? { EXPORT_ACCOUNT_KEY: '@Microsoft.KeyVault(SecretUri=${keyUri})' } : {},
  callsBack ? { CALLBACK_SIGNING_SECRET: '@Microsoft.KeyVault(SecretUri=${signingUri})' } : {}
)

module appSettings 'modules/app-settings.bicep' = {
  params: {
    siteName: siteName
    hosting: hosting
    identityId: identity.id
    identityClientId: identity.properties.clientId
    hostBlobEndpoint: hostStorage.outputs.blobEndpoint
    hostQueueEndpoint: hostStorage.outputs.queueEndpoint
    hostTableEndpoint: hostStorage.outputs.tableEndpoint
    telemetryConnectionString: monitoring.outputs.connectionString
    schedulerConnectionString: durableBackend == 'azureManaged' ? scheduler!.outputs.connectionString : ''
    packageUrl: '${hostStorage.outputs.packageContainerUrl}/${packageName}'
    ownSettings: union(secretSettings, {
      GRAPH_CLOUD: graphCloud
      GRAPH_TIMEOUT_SECONDS: string(graphTimeoutSeconds)
      GRAPH_SUBMISSIONS_PER_DAY: string(graphSubmissionsPerDay)
      EXPORT_BLOB_ENDPOINT: exportStorage.outputs.blobEndpoint
      EXPORT_GRANT: exportGrant
      OUTCOME_TABLE_ENDPOINT: recordsStorage.outputs.tableEndpoint
      AUTH_MODE: authMode
      PUBLIC_BASE_URL: publicBaseUrl
      CALLBACK_ALLOWED_HOSTS: join(callbackAllowedHosts, ',')
      EXPORT_DUE_DAYS: string(exportDueDays)
      EXPORT_DUE_SOON_DAYS: string(exportDueSoonDays)
      EXPORT_ABANDON_DAYS: string(exportAbandonDays)
      EXPORT_RETENTION_DAYS: string(exportRetentionDays)
      EXPORT_PERMISSION_WAIT_SECONDS: string(exportPermissionWaitSeconds)
      EXPORT_POLL_MIN_SECONDS: string(exportPollMinSeconds)
      EXPORT_MAX_ATTEMPTS: string(exportMaxAttempts)
      RECONCILE_SCHEDULE: reconcileSchedule
      RECONCILE_SWEEP_SCHEDULE: reconcileSweepSchedule
    })
  }
  dependsOn: [flexApp, premiumApp]
}

module auth 'modules/auth.bicep' = {
  params: {
    siteName: siteName
    enabled: authMode == 'entra'
    apiClientId: apiClientId
    apiAudience: apiAudience
    allowedCallerClientIds: union(
      allowedCallerClientIds,
      hasLogicApp ? [logicAppIdentity!.properties.clientId] : []
    )
  }
  // Two changes of an app's configuration at once are refused.
  dependsOn: [appSettings]
}

module alerts 'modules/alerts.bicep' = {
  params: {
    location: location
    name: baseName
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    functionAppId: siteId
    emails: alertEmails
    actionGroupIds: actionGroupIds
  }
}

module workbook 'modules/workbook.bicep' = {
  params: {
    location: location
    name: baseName
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module pollingLogicApp 'modules/logic-app.bicep' = if (hasLogicApp) {
  params: {
    location: location
    name: 'logic-${baseName}-polling'
    tags: allTags
    identityName: logicAppIdentityName
    apiBaseUrl: apiUrl
    apiAudience: apiAudience
    apiClientId: apiClientId
    kind: 'polling'
    workspaceId: monitoring.outputs.workspaceId
  }
}

// It waits to be called back, so there have to be callbacks.
module webhookLogicApp 'modules/logic-app.bicep' = if (hasLogicApp && callsBack) {
  params: {
    location: location
    name: 'logic-${baseName}-webhook'
    tags: allTags
    identityName: logicAppIdentityName
    apiBaseUrl: apiUrl
    apiAudience: apiAudience
    apiClientId: apiClientId
    kind: 'webhook'
    workspaceId: monitoring.outputs.workspaceId
  }
}

@description('Name of the app, which code is shipped to.')
output functionAppName string = siteName

@description('Where the API is, with /api at its end.')
output apiBaseUrl string = apiUrl

@description('Name of the vault; empty where there is no secret.')
output keyVaultName string = hasSecrets ? vaultName : ''

@description('Name of the account of the host, which has the packages.')
output hostStorageName string = hostStorage.outputs.name

@description('Name of the container of packages in that account.')
output packageContainer string = hostStorage.outputs.packageContainer

@description('Name of the account of the records.')
output recordsStorageName string = recordsStorage.outputs.name

@description('Name of the account of exports.')
output exportStorageName string = exportAccountName

@description('Id of the Log Analytics workspace.')
output workspaceId string = monitoring.outputs.workspaceId

@description('The address that the app calls from, for receivers that allow by address; empty where Azure chooses one.')
output outboundAddress string = privateNetworking ? network!.outputs.outboundAddress : ''
