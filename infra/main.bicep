metadata description = 'Everything but the identities: the app, its storage, its network, its secrets and its monitoring.'

targetScope = 'resourceGroup'

import { siteNameOf, tokenOf } from 'modules/app-host.bicep'

// Names and region

@minLength(1)
@maxLength(8)
@description('The environment, such as dev, test or prod. It is part of every name.')
param environmentName string

@description('Region of all resources, and so of the exported data.')
param location string = resourceGroup().location

@minLength(2)
@maxLength(10)
@description('Base name of all resources: lower-case letters, digits and hyphens, starting with a letter.')
param name string = 'pde'

@description('Tags of all resources.')
param tags object = {}

// The app's identity, and who may call it: outputs of identity/main.bicep

@description('Name of the app\'s user-assigned identity, in this resource group.')
param identityName string

@allowed(['entra', 'functionKey'])
@description('How callers authenticate (AUTH_MODE): with Entra tokens, or with function keys, each of which allows everything.')
param authMode string = 'entra'

@description('Client id of the API; required with entra.')
param apiClientId string = ''

@description('Audience of the callers\' tokens; required with entra.')
param apiAudience string = ''

@description('Client id of the console (CONSOLE_CLIENT_ID), an output of the identity stage; empty for no console. There is none with functionKey.')
param consoleClientId string = ''

@description('Client ids of the applications that may call. The sample Logic App and the console are added automatically.')
param allowedCallerClientIds array = []

@description('Address ranges (with a slash) and service tags that may call the API; empty for all, so that only the token decides. They have to include the runner of the preflight, and the service tag LogicApps for the sample Logic App.')
param allowedNetworks array = []

@description('Name of the sample Logic App\'s identity, in this resource group; empty for no sample.')
param logicAppIdentityName string = ''

@maxLength(5)
@description('Object ids of the service principals and people that may start the sample Logic App; empty for nobody. It exports with its own role, whatever theirs is.')
param logicAppCallerPrincipalIds array = []

// Where it runs

@allowed(['flexConsumption', 'elasticPremium'])
@description('The plan. Flex Consumption isn\'t available in US Government or in every region. An app can\'t change its plan later.')
param hosting string = 'flexConsumption'

@allowed(['3.11', '3.12', '3.13', '3.14'])
@description('Python version; the package must be built for it.')
param pythonVersion string = '3.13'

@minValue(0)
@maxValue(20)
@description('How many instances are always ready for calls, and how many more for monitors. With 0, an app on Flex Consumption in one zone scales to zero between timers; Elastic Premium keeps at least one.')
param alwaysReadyInstances int = 0

@description('Whether data is spread over zones, and the app if zoneRedundantApp doesn\'t say otherwise. The region must have zones. Azure refuses to change it for existing accounts, so decide before the first deployment.')
param zoneRedundant bool = false

@description('Whether the app\'s instances are spread over zones; used only with zoneRedundant. Azure then keeps at least two instances always ready, and bills them: two in all on Elastic Premium, and two for each of four groups on Flex Consumption, eight in all.')
param zoneRedundantApp bool = zoneRedundant

@description('Whether the host and records accounts and the vault are reached over private endpoints only. The export account is always public.')
param privateNetworking bool = false

@description('Whether rules let only the app\'s subnet reach the private endpoints. False is the way out if Azure sends the app\'s calls from other addresses, so that it can\'t reach its storage.')
param restrictEndpoints bool = true

@description('Address space of the network, a /24 or larger; used only with privateNetworking.')
param addressPrefix string = '10.80.0.0/24'

@allowed(['azureStorage', 'azureManaged'])
@description('Where Durable keeps its data: in the host\'s account, or in Durable Task Scheduler.')
param durableBackend string = 'azureStorage'

@description('Object id of the service principal that uploads packages; used only on Elastic Premium, where the platform doesn\'t upload them.')
param packagePublisherPrincipalId string = ''

@description('Whether the accounts and the vault are locked against deletion.')
param locks bool = false

// Exports; docs/settings.md describes each

@allowed(['Global', 'USGov', 'USGovDoD', 'China'])
@description('The national cloud of the tenant (GRAPH_CLOUD).')
param graphCloud string = 'Global'

@allowed(['storedPolicy', 'userDelegation'])
@description('How Microsoft gets write access (EXPORT_GRANT): storedPolicy lasts as long as an export; userDelegation needs no account key but expires after 7 days.')
param exportGrant string = 'storedPolicy'

@allowed(['key1', 'key2'])
@description('Which key of the export account signs stored policies. To rotate, deploy with the other one first.')
param exportKeyName string = 'key1'

@minValue(1)
@maxValue(3650)
@description('Days between the end of an export and the erasure of its data (EXPORT_RETENTION_DAYS).')
param exportRetentionDays int = 30

@minValue(0)
@maxValue(3650)
@description('Days for which a hold can keep data beyond its retention. After that the safety net of the export account, a lifecycle rule, deletes it all the same.')
param exportHoldDays int = 365

@minValue(0)
@maxValue(365)
@description('Days for which erased data can be restored. Data is kept for that much longer. 0 for none.')
param exportSoftDeleteDays int = 7

@description('Time from receipt to the deadline if a request names none: an ISO 8601 period from P1D to P1Y, such as P1M, a calendar month, or P45D (EXPORT_DUE).')
param exportDue string = 'P1M'

@minValue(0)
@maxValue(365)
@description('Days before the deadline at which an export that is open, or awaits its hand-over, raises a warning (EXPORT_DUE_SOON_DAYS).')
param exportDueSoonDays int = 5

@description('Whether the clock of an export that succeeded runs on, and warns, until a hand-over is recorded (EXPORT_EXPECT_HANDOVER).')
param expectHandover bool = false

@minValue(1)
@maxValue(365)
@description('Age in days at which an export that hasn\'t ended fails (EXPORT_ABANDON_DAYS).')
param exportAbandonDays int = 35

@minValue(1)
@maxValue(20)
@description('How many times an export may be submitted (EXPORT_MAX_ATTEMPTS).')
param exportMaxAttempts int = 10

@minValue(1)
@maxValue(3600)
@description('Shortest time between two polls, in seconds (EXPORT_POLL_MIN_SECONDS). A stored policy takes up to 30 seconds to take effect.')
param exportPollMinSeconds int = 30

@minValue(0)
@maxValue(86400)
@description('How long an export waits for a missing permission before it fails, in seconds (EXPORT_PERMISSION_WAIT_SECONDS).')
param exportPermissionWaitSeconds int = 3600

@minValue(1)
@maxValue(100)
@description('Timeout of calls to Graph, in seconds (GRAPH_TIMEOUT_SECONDS).')
param graphTimeoutSeconds int = 60

@minValue(1)
@maxValue(1000000)
@description('How many exports may be submitted to Graph in 24 hours (GRAPH_SUBMISSIONS_PER_DAY).')
param graphSubmissionsPerDay int = 1000

@description('When the reconciler looks for exports without a monitor (RECONCILE_SCHEDULE).')
param reconcileSchedule string = '0 */5 * * * *'

@description('When the sweeper removes what was left behind (RECONCILE_SWEEP_SCHEDULE).')
param reconcileSweepSchedule string = '0 30 2 * * *'

@description('Hosts that callbacks may go to, with their subdomains (CALLBACK_ALLOWED_HOSTS); empty for no callbacks.')
param callbackAllowedHosts array = []

@description('Object ids of the service principals, such as managed identities of receivers, that may read the secret that signs callbacks, and no other secret.')
param callbackReceiverPrincipalIds array = []

@description('The proxy that the app calls out through, such as http://proxy.contoso.com:8080, without user name and password (HTTPS_PROXY); empty for none.')
param httpsProxy string = ''

@description('Hosts that are called past the proxy (NO_PROXY). A leading dot includes subdomains for every client.')
param noProxy array = []

@description('The address that callers use if a gateway is in front of the app, without /api (PUBLIC_BASE_URL).')
param publicBaseUrl string = ''

// Monitoring

@minValue(30)
@maxValue(730)
@description('Days for which telemetry and access logs are kept.')
param logRetentionDays int = 90

@minValue(-1)
@description('Daily cap of the workspace in GB; -1 for none. Once it is reached, there are no alerts and no access logs until the next day.')
param logDailyCapGb int = 5

@description('Whether the calls that the platform\'s authentication refuses are logged. Not every plan and cloud has that log: deployment fails where it is missing.')
param authenticationLogs bool = hosting == 'elasticPremium' && graphCloud == 'Global'

@description('Email addresses that alerts notify.')
param alertEmails array = []

@description('Ids of action groups that alerts notify.')
param actionGroupIds array = []

var baseName = '${name}-${environmentName}'
var token = tokenOf(resourceGroup().id, environmentName)
var shortName = take(replace(toLower(name), '-', ''), 7)
var siteName = siteNameOf(baseName, token)
var exportAccountName = '${shortName}exp${token}'
var vaultName = '${shortName}-kv-${token}'
var allTags = union(tags, { 'azd-env-name': environmentName })
var isFlex = hosting == 'flexConsumption'
var spreadsApp = zoneRedundant && zoneRedundantApp
// No geo-replication: copying people's data to another region is the owner's decision.
var storageSku = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
var keyed = exportGrant == 'storedPolicy'
var callsBack = !empty(callbackAllowedHosts)
var hasSecrets = keyed || callsBack
// The sample authenticates with a token.
var hasLogicApp = !empty(logicAppIdentityName) && authMode == 'entra'
var durableHub = 'PersonalDataExport'
// People sign in at it, and it calls with their tokens.
var hasConsole = !empty(consoleClientId) && authMode == 'entra'
// As long as the app keeps the history of ended monitors.
var historyDays = 30
// The longest an export lasts, plus how long its data is kept, by a hold too, plus a week for the app to erase it. A rule
// of the account knows nothing of holds.
var exportLifetimeDays = exportAbandonDays + exportRetentionDays + exportHoldDays + 7
var packageName = 'personal-data-export.zip'
// Tokens name the cloud's sign-in host. China's is another one than environment() has.
var signInHosts = {
  AzureUSGovernment: 'https://login.microsoftonline.us/'
  AzureChinaCloud: 'https://login.partner.microsoftonline.cn/'
}
var signInHost = signInHosts[?environment().name] ?? environment().authentication.loginEndpoint
var authority = '${signInHost}${tenant().tenantId}'
var tokenIssuer = '${authority}/v2.0'

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
    restrictEndpoints: restrictEndpoints
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
  // By name, not by output: what-if stops at names that are known only during the deployment.
  dependsOn: [vault, exportStorage]
}

module exportKeyReader 'modules/secret-reader.bicep' = if (keyed) {
  params: {
    vaultName: vaultName
    secretName: 'export-account-key'
    principalId: identity.properties.principalId
    readerId: identity.id
  }
  dependsOn: [exportKey]
}

module signingSecretReader 'modules/secret-reader.bicep' = if (callsBack) {
  params: {
    vaultName: vaultName
    secretName: 'callback-signing-secret'
    principalId: identity.properties.principalId
    readerId: identity.id
  }
  dependsOn: [vault]
}

module callbackReceivers 'modules/secret-reader.bicep' = [
  for principalId in callbackReceiverPrincipalIds: if (callsBack) {
    params: {
      vaultName: vaultName
      secretName: 'callback-signing-secret'
      principalId: principalId
      readerId: principalId
    }
    dependsOn: [vault]
  }
]

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
    zoneRedundant: spreadsApp
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
    zoneRedundant: spreadsApp
    alwaysReadyInstances: alwaysReadyInstances
    allowedNetworks: allowedNetworks
  }
}

var hostName = isFlex ? flexApp!.outputs.hostName : premiumApp!.outputs.hostName
var root = empty(publicBaseUrl) ? 'https://${hostName}' : publicBaseUrl
var apiUrl = endsWith(root, '/') ? '${root}api' : '${root}/api'

// The platform resolves these references with the app's identity; the values are only in the vault.
var keyUri = keyed ? exportKey!.outputs.secretUri : ''
// A script creates this secret once: a template can't generate a random value that stays the same next time.
var signingUri = callsBack ? '${vault!.outputs.uri}secrets/callback-signing-secret' : ''
var secretSettings = union(
  keyed ? { EXPORT_ACCOUNT_KEY: '@Microsoft.KeyVault(SecretUri=${keyUri})' } : {},
  callsBack ? { CALLBACK_SIGNING_SECRET: '@Microsoft.KeyVault(SecretUri=${signingUri})' } : {}
)

var proxySettings = empty(httpsProxy) ? {} : { HTTPS_PROXY: httpsProxy, NO_PROXY: join(noProxy, ',') }

var consoleSettings = hasConsole
  ? {
      CONSOLE_CLIENT_ID: consoleClientId
      CONSOLE_AUTHORITY: authority
      CONSOLE_SCOPE: '${apiAudience}/user_impersonation'
    }
  : {}

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
    usesScheduler: durableBackend == 'azureManaged'
    schedulerConnectionString: durableBackend == 'azureManaged' ? scheduler!.outputs.connectionString : ''
    packageUrl: '${hostStorage.outputs.packageContainerUrl}/${packageName}'
    ownSettings: union(secretSettings, proxySettings, consoleSettings, {
      GRAPH_CLOUD: graphCloud
      GRAPH_TIMEOUT_SECONDS: string(graphTimeoutSeconds)
      GRAPH_SUBMISSIONS_PER_DAY: string(graphSubmissionsPerDay)
      EXPORT_BLOB_ENDPOINT: exportStorage.outputs.blobEndpoint
      EXPORT_ACCOUNT_ID: exportStorage.outputs.accountId
      EXPORT_GRANT: exportGrant
      OUTCOME_TABLE_ENDPOINT: recordsStorage.outputs.tableEndpoint
      AUTH_MODE: authMode
      PUBLIC_BASE_URL: publicBaseUrl
      CALLBACK_ALLOWED_HOSTS: join(callbackAllowedHosts, ',')
      EXPORT_DUE: exportDue
      EXPORT_DUE_SOON_DAYS: string(exportDueSoonDays)
      EXPORT_EXPECT_HANDOVER: expectHandover ? 'true' : 'false'
      EXPORT_ABANDON_DAYS: string(exportAbandonDays)
      EXPORT_RETENTION_DAYS: string(exportRetentionDays)
      EXPORT_PERMISSION_WAIT_SECONDS: string(exportPermissionWaitSeconds)
      EXPORT_POLL_MIN_SECONDS: string(exportPollMinSeconds)
      EXPORT_MAX_ATTEMPTS: string(exportMaxAttempts)
      RECONCILE_SCHEDULE: reconcileSchedule
      RECONCILE_SWEEP_SCHEDULE: reconcileSweepSchedule
    })
  }
  // The role comes before the reference to what it opens.
  dependsOn: [flexApp, premiumApp, exportKeyReader]
}

module auth 'modules/auth.bicep' = {
  params: {
    siteName: siteName
    enabled: authMode == 'entra'
    apiClientId: apiClientId
    apiAudience: apiAudience
    tokenIssuer: tokenIssuer
    allowedCallerClientIds: union(
      allowedCallerClientIds,
      hasConsole ? [consoleClientId] : [],
      hasLogicApp ? [logicAppIdentity!.properties.clientId] : []
    )
    hasConsole: hasConsole
  }
  // Azure refuses two concurrent changes of an app's configuration.
  dependsOn: [appSettings]
}

module alerts 'modules/alerts.bicep' = {
  params: {
    location: location
    name: baseName
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    readerId: monitoring.outputs.alertReaderId
    siteName: siteName
    platformCountsResponses: !isFlex
    authenticationLogs: authenticationLogs && authMode == 'entra'
    emails: alertEmails
    actionGroupIds: actionGroupIds
  }
  dependsOn: [flexApp, premiumApp]
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
    tokenIssuer: tokenIssuer
    callerPrincipalIds: logicAppCallerPrincipalIds
    kind: 'polling'
    workspaceId: monitoring.outputs.workspaceId
  }
}

// It waits for a callback, so callbacks have to be enabled.
module webhookLogicApp 'modules/logic-app.bicep' = if (hasLogicApp && callsBack) {
  params: {
    location: location
    name: 'logic-${baseName}-webhook'
    tags: allTags
    identityName: logicAppIdentityName
    apiBaseUrl: apiUrl
    apiAudience: apiAudience
    apiClientId: apiClientId
    tokenIssuer: tokenIssuer
    callerPrincipalIds: logicAppCallerPrincipalIds
    kind: 'webhook'
    workspaceId: monitoring.outputs.workspaceId
  }
}

@description('Name of the app, which the code is deployed to.')
output functionAppName string = siteName

@description('Base URL of the API, ending in /api.')
output apiBaseUrl string = apiUrl

@description('Address of the console; empty if there is none.')
output consoleUrl string = hasConsole ? '${apiUrl}/console' : ''

@description('Name of the vault; empty if there are no secrets.')
output keyVaultName string = hasSecrets ? vaultName : ''

@description('Name of the host\'s account, which holds the packages.')
output hostStorageName string = hostStorage.outputs.name

@description('Name of the container for packages in that account.')
output packageContainer string = hostStorage.outputs.packageContainer

@description('Name of the records account.')
output recordsStorageName string = recordsStorage.outputs.name

@description('Name of the export account.')
output exportStorageName string = exportAccountName

@description('Id of the Log Analytics workspace.')
output workspaceId string = monitoring.outputs.workspaceId

@description('The app\'s outbound address, for receivers\' allow lists; empty if Azure chooses it.')
output outboundAddress string = privateNetworking ? network!.outputs.outboundAddress : ''
