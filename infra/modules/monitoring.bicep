metadata description = 'Where telemetry goes: a workspace, the component in front of it, and the right of the app to write to it.'

@description('Region of the resources.')
param location string

@description('Base name of the resources.')
param name string

@description('Tags of the resources.')
param tags object

@minValue(30)
@maxValue(730)
@description('Days that telemetry is kept. The trail of an export is in the records and does not end with it.')
param retentionDays int

@description('Most that the workspace takes in on a day, in GB; -1 for no limit. At the limit alerts fall silent.')
param dailyCapGb int

@description('Name of the app identity, which writes telemetry.')
param identityName string

// Monitoring Metrics Publisher: writes telemetry, reads none.
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

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
      // Nobody reads or writes it with a key.
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
    // Public, and closed to whoever has no token: a private way in takes a private link scope, which is shared by all
    // workspaces of a network and so belongs to whoever has the network.
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
    // What has the connection string alone is not believed: it takes a token of an identity with the role below.
    DisableLocalAuth: true
    // Addresses of callers are personal data, and nothing here asks for them.
    DisableIpMasking: false
    publicNetworkAccessForIngestion: 'Enabled'
    publicNetworkAccessForQuery: 'Enabled'
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

@description('Id of the component.')
output componentId string = component.id

@description('Where telemetry is sent. No secret: the component takes tokens only.')
output connectionString string = component.properties.ConnectionString
