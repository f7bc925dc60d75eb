metadata description = 'The function app on an Elastic Premium plan, for clouds and regions without Flex Consumption.'

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

@description('Id of the subnet for the app\'s outbound calls; empty for none.')
param subnetId string

@description('Whether instances are spread over zones.')
param zoneRedundant bool

@description('How many instances are always ready: at least one, or two if they are spread over zones.')
param alwaysReadyInstances int

@description('Address ranges (with a slash) and service tags that may call the API; empty for all.')
param allowedNetworks array

var readyInstances = max(alwaysReadyInstances, zoneRedundant ? 2 : 1)

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'elastic'
  sku: {
    name: 'EP1'
    tier: 'ElasticPremium'
    capacity: readyInstances
  }
  properties: {
    reserved: true
    maximumElasticWorkerCount: 20
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
    reserved: true
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    outboundVnetRouting: {
      // Otherwise only calls to private addresses go through the network, and others don't use its outbound address.
      allTraffic: !empty(subnetId)
    }
    // Otherwise the platform uses a system-assigned identity, which this app doesn't have, and resolves no secret.
    keyVaultReferenceIdentity: identityId
    siteConfig: {
      linuxFxVersion: 'Python|${pythonVersion}'
      minimumElasticInstanceCount: readyInstances
      // The platform can't read a private account, so the host itself reports how much work there is.
      functionsRuntimeScaleMonitoringEnabled: !empty(subnetId)
      // No healthCheckPath: /api/health depends on the records, and replacing an instance doesn't make them reachable.
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
