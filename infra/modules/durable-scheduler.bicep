metadata description = 'Durable Task Scheduler, where Durable keeps its data instead of in the host\'s account.'

@description('Region of the scheduler.')
param location string

@description('Base name of the resources.')
param name string

@description('Tags of the scheduler.')
param tags object

@description('Name of the task hub; the same as hubName in host.json.')
param hubName string

@description('Days for which the history of an ended monitor is kept.')
param historyDays int

@description('Name of the app\'s identity.')
param identityName string

var dataContributor = '0ad04412-c4d5-4796-b79c-f76d14c8d402'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: 'dts-${name}'
  location: location
  tags: tags
  properties: {
    // Billed per action: a monitor needs about 200 in 30 days. A subscription may have ten such schedulers in a region,
    // with five task hubs each.
    sku: {
      name: 'Consumption'
    }
    // It has no keys; every client needs the role below. It is public, because the platform reads it from outside the
    // app's network to decide how many instances to run. An empty list would refuse everybody.
    publicNetworkAccess: 'Enabled'
    ipAllowlist: ['0.0.0.0/0']
  }

  resource hub 'taskHubs' = {
    name: hubName
  }

  resource retention 'retentionPolicies' = {
    name: 'default'
    properties: {
      retentionPolicies: [
        {
          retentionPeriodInDays: historyDays
        }
      ]
    }
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(scheduler::hub.id, identity.id, dataContributor)
  scope: scheduler::hub
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataContributor)
  }
}

@description('Connection string of the task hub. It contains no secret.')
output connectionString string = 'Endpoint=${scheduler.properties.endpoint};TaskHub=${hubName};Authentication=ManagedIdentity;ClientID=${identity.properties.clientId}'
