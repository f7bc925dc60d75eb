metadata description = 'All settings of the function app, the platform\'s and its own. It also turns off deployment with a password.'

@description('Name of the app.')
param siteName string

@allowed(['flexConsumption', 'elasticPremium'])
@description('Hosting plan of the app; it decides which platform settings are allowed.')
param hosting string

@description('The app\'s own settings, as in docs/settings.md.')
param ownSettings object

@description('Client id of the identity that the app runs as.')
param identityClientId string

@description('Id of that identity.')
param identityId string

@description('Blob endpoint of the host\'s account.')
param hostBlobEndpoint string

@description('Queue endpoint of that account.')
param hostQueueEndpoint string

@description('Table endpoint of that account.')
param hostTableEndpoint string

@description('Connection string of Application Insights. It is not a secret: the component accepts tokens only.')
param telemetryConnectionString string

@description('Whether Durable keeps its data in Durable Task Scheduler, and not in the host\'s account.')
param usesScheduler bool

@description('Connection string of Durable Task Scheduler; used only with usesScheduler.')
param schedulerConnectionString string

@description('URL of the app package; used on Elastic Premium only.')
param packageUrl string

var hostSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  // Endpoints, because the host would look for a bare account name in the global cloud.
  AzureWebJobsStorage__blobServiceUri: hostBlobEndpoint
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
  // These record whole URLs, which identify people. The app turns them off too; this is a second safeguard.
  OTEL_PYTHON_DISABLED_INSTRUMENTATIONS: 'azure_sdk,httpx,requests,urllib,urllib3'
  // The app's own loggers. By default the worker sends every record of the process, its own of 1.2 kB at each call among
  // them. What libraries and the worker log is in the log stream; what a function raises, the app logs itself.
  PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME: 'shared'
  // Otherwise each batch of spans brings a metric about the process, which nothing here reads.
  APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED: 'true'
  // Five minutes in place of one. Most of an idle app's telemetry is eight counters of the process at each export.
  OTEL_METRIC_EXPORT_INTERVAL: '300000'
  // The exporters of the host (the first setting) and of the worker would send statistics about themselves to Microsoft.
  // The worker's would also add metrics about its deliveries, and ask Microsoft every hour how to behave. So telemetry goes
  // to the endpoints of the connection string and nowhere else.
  APPLICATIONINSIGHTS_STATSBEAT_DISABLED: 'true'
  APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL: 'true'
  APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true'
  APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED: 'true'
  // 4 MiB in place of 100. The app takes 1 MiB at most and says so; what is larger never reaches it.
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '4194304'
  // Without it, everybody gets a page at / that says what runs here.
  AzureWebJobsDisableHomepage: 'true'
  AZURE_CLIENT_ID: identityClientId
}

// host.json keeps Durable in storage. The settings of the scheduler override it, so that one package works for both. With
// the scheduler, the app has no role on queues and tables of the host's account, so the host isn't told where they are.
var durableSettings = usesScheduler
  ? {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: schedulerConnectionString
    }
  : {
      AzureWebJobsStorage__queueServiceUri: hostQueueEndpoint
      AzureWebJobsStorage__tableServiceUri: hostTableEndpoint
    }

// Flex Consumption refuses all of these. WEBSITE_RUN_FROM_PACKAGE is the URL of a blob that the identity reads. The value
// that Microsoft recommends for this plan, 1, runs a package from the content share (WEBSITE_CONTENT…), and the platform
// mounts that share with an account key only.
var premiumSettings = hosting == 'flexConsumption'
  ? {}
  : {
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
  properties: union(ownSettings, hostSettings, durableSettings, premiumSettings)
}

// Code is deployed with a role and a token, never with a password. One after the other, because Azure refuses concurrent
// changes of an app's configuration.
resource ftpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
  dependsOn: [settings]
}

resource scmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
  dependsOn: [ftpPassword]
}
