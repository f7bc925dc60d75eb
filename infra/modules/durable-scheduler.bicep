metadata description = 'Durable Task Scheduler: where Durable is kept instead of in the account of the host.'

@description('Region of the scheduler.')
param location string

@description('Base name of the resources.')
param name string

@description('Tags of the scheduler.')
param tags object

@description('Name of the task hub; the same as hubName in host.json.')
param hubName string

@description('Days for which the history of a monitor that has ended is kept.')
param historyDays int

@description('Name of the app identity.')
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
    // Paid by the action: a monitor has some 200 of them in 30 days.
    sku: {
      name: 'Consumption'
    }
    // It has no keys; whoever comes needs the role below. It is open, because the platform looks at it from outside the
    // app's network to decide how many instances there have to be. An empty list would refuse everybody.
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

@description('How the app reaches its hub. There is no secret in it.')
output connectionString string = 'Endpoint=${scheduler.properties.endpoint};TaskHub=${hubName};Authentication=ManagedIdentity;ClientID=${identity.properties.clientId}'
