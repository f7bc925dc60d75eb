metadata description = 'Where telemetry goes: a workspace, its Application Insights component, the app\'s right to write to it, and the right of the alert rules to read it.'

@description('Region of the resources.')
param location string

@description('Base name of the resources.')
param name string

@description('Tags of the resources.')
param tags object

@minValue(30)
@maxValue(730)
@description('Days for which telemetry is kept. Audit trails are in the records, which this doesn\'t affect.')
param retentionDays int

@description('Daily cap of the workspace in GB; -1 for none. Once it is reached, there are no alerts until the next day.')
param dailyCapGb int

@description('Name of the app\'s identity, which writes telemetry.')
param identityName string

// Monitoring Metrics Publisher: can write telemetry but not read it.
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
// Reader: log search alerts need it on the workspace that they query.
var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
// What the app writes to. Application Insights' tables keep data for 90 days whatever the workspace says ("Manage data
// retention in a Log Analytics workspace").
var appTables = [
  'AppDependencies'
  'AppEvents'
  'AppExceptions'
  'AppMetrics'
  'AppPerformanceCounters'
  'AppRequests'
  'AppTraces'
]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    workspaceCapping: {
      dailyQuotaGb: dailyCapGb
    }
    features: {
      // No keys: reading and writing take tokens.
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
    // Public, but closed to callers without a token. Private access takes a private link scope, which all workspaces of
    // a network share, so it is for the owner of the network to create.
    publicNetworkAccessForIngestion: 'Enabled'
    publicNetworkAccessForQuery: 'Enabled'
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    // The connection string alone isn't enough: a client needs a token of an identity with the role below.
    DisableLocalAuth: true
    // Callers' IP addresses are personal data, and nothing here needs them.
    DisableIpMasking: false
    publicNetworkAccessForIngestion: 'Enabled'
    publicNetworkAccessForQuery: 'Enabled'
  }
}

// One after another: a workspace may refuse two changes at a time.
@batchSize(1)
resource tables 'Microsoft.OperationalInsights/workspaces/tables@2025-02-01' = [
  for table in appTables: {
    parent: workspace
    name: table
    properties: {
      retentionInDays: retentionDays
    }
    dependsOn: [component]
  }
]

resource alertReader 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-alerts'
  location: location
  tags: tags
}

resource alertReaderAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, alertReader.id, reader)
  scope: workspace
  properties: {
    principalId: alertReader.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', reader)
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, identity.id, metricsPublisher)
  scope: component
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

@description('Id of the workspace.')
output workspaceId string = workspace.id

@description('Id of the identity that reads the workspace for alert rules.')
output alertReaderId string = alertReader.id

@description('Connection string of the component. It is not a secret: the component accepts tokens only.')
output connectionString string = component.properties.ConnectionString
