metadata description = 'The function app on the Flex Consumption plan.'

@description('Region of the app.')
param location string

@description('Base name of the plan.')
param name string

@description('Name of the app; its host name starts with it.')
param siteName string

@description('Tags of the resources.')
param tags object

@description('Id of the identity that the app runs as.')
param identityId string

@description('Python version.')
param pythonVersion string

@description('URL of the container where the platform keeps the app package.')
param packageContainerUrl string

@description('Id of the subnet for the app\'s outbound calls; empty for none.')
param subnetId string

@description('Whether instances are spread over zones. Azure then keeps, and bills, two always-ready instances for each group.')
param zoneRedundant bool

@description('How many instances are always ready for calls, and how many more for monitors.')
param alwaysReadyInstances int

@description('Address ranges (with a slash) and service tags that may call the API; empty for all.')
param allowedNetworks array

// The app has four groups that scale on their own: http, durable, and one for each of its two timers. Callers wait for the
// API and the monitors; nobody waits for the timers.
var alwaysReadyGroups = alwaysReadyInstances == 0 ? [] : ['http', 'durable']

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: siteName
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    // Otherwise the platform uses a system-assigned identity, which this app doesn't have, and resolves no secret.
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: pythonVersion
      }
      scaleAndConcurrency: {
        // Far more than exports need, which mostly wait: it limits what a flood of calls can cost. Zones take eight.
        maximumInstanceCount: 40
        instanceMemoryMB: 2048
        alwaysReady: [
          for group in alwaysReadyGroups: {
            name: group
            instanceCount: alwaysReadyInstances
          }
        ]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      ipSecurityRestrictionsDefaultAction: empty(allowedNetworks) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: [
        for i in range(0, length(allowedNetworks)): {
          name: 'caller-${i}'
          action: 'Allow'
          priority: 100 + i
          tag: contains(allowedNetworks[i], '/') ? 'Default' : 'ServiceTag'
          ipAddress: allowedNetworks[i]
        }
      ]
      // The pipeline deploys packages from outside the callers' networks, and signs in with an identity.
      scmIpSecurityRestrictionsUseMain: false
    }
  }
}

@description('Host name of the app.')
output hostName string = site.properties.defaultHostName
