metadata description = 'All settings of the function app, those of its platform and its own; and no password to deploy with.'

@description('Name of the app.')
param siteName string

@allowed(['flexConsumption', 'elasticPremium'])
@description('Where the app runs; it decides which settings of the platform there may be.')
param hosting string

@description('Settings of the app itself, as docs/settings.md has them.')
param ownSettings object

@description('Client id of the identity that the app runs as.')
param identityClientId string

@description('Id of that identity.')
param identityId string

@description('Blob endpoint of the account of the host.')
param hostBlobEndpoint string

@description('Queue endpoint of that account.')
param hostQueueEndpoint string

@description('Table endpoint of that account.')
param hostTableEndpoint string

@description('Where telemetry goes. There is no secret in it that would be believed: the component takes tokens only.')
param telemetryConnectionString string

@description('How the app reaches Durable Task Scheduler; empty where Durable is kept in the account of the host.')
param schedulerConnectionString string

@description('URL of the app package; read on Elastic Premium only.')
param packageUrl string

var hostSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  // Endpoints, because a bare account name would be looked for in the global cloud.
  AzureWebJobsStorage__blobServiceUri: hostBlobEndpoint
  AzureWebJobsStorage__queueServiceUri: hostQueueEndpoint
  AzureWebJobsStorage__tableServiceUri: hostTableEndpoint
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
  // They record whole URLs, which name persons. The app keeps them from it; this is the second guard.
  OTEL_PYTHON_DISABLED_INSTRUMENTATIONS: 'azure_sdk,httpx,requests,urllib,urllib3'
  AZURE_CLIENT_ID: identityClientId
}

// host.json keeps Durable in storage; these win over it, so that one package serves both.
var schedulerSettings = empty(schedulerConnectionString) ? {} : {
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: schedulerConnectionString
}

// Flex Consumption refuses all of these. Nor is there a content share (WEBSITE_CONTENT…), which would take an account
// key: the package is read from its blob with the identity.
var premiumSettings = hosting == 'flexConsumption' ? {} : {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'python'
  WEBSITE_RUN_FROM_PACKAGE: packageUrl
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identityId
}

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: siteName
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: site
  name: 'appsettings'
  properties: union(ownSettings, hostSettings, schedulerSettings, premiumSettings)
}

// Code comes from whoever has a role on the app, with a token, and not with a password.
resource ftpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}
