metadata description = 'The function app on an Elastic Premium plan, for clouds and regions without Flex Consumption.'

@description('Region of the app.')
param location string

@description('Base name of the plan.')
param name string

@description('Name of the app: its host name begins with it.')
param siteName string

@description('Tags of the resources.')
param tags object

@description('Id of the identity that the app runs as.')
param identityId string

@description('Version of Python.')
param pythonVersion string

@description('Id of the subnet that the app calls out of; empty for none.')
param subnetId string

@description('Whether instances are spread over zones.')
param zoneRedundant bool

@description('How many instances are always ready; the plan has at least one, and three where it is spread over zones.')
param alwaysReadyInstances int

@description('Address ranges (with a slash) and service tags that the API may be called from; empty for all.')
param allowedNetworks array

var readyInstances = max(alwaysReadyInstances, zoneRedundant ? 3 : 1)

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
      // Else only private addresses go through the network, and calls do not come from its one outbound address.
      allTraffic: !empty(subnetId)
    }
    // Else the platform looks for an identity of the system's, which this app has not, and no secret is resolved.
    keyVaultReferenceIdentity: identityId
    siteConfig: {
      linuxFxVersion: 'Python|${pythonVersion}'
      minimumElasticInstanceCount: readyInstances
      // The platform can't look into a private account, so the host says itself how much there is to do.
      functionsRuntimeScaleMonitoringEnabled: !empty(subnetId)
      // No healthCheckPath: /api/health speaks of the records, and an instance that is replaced brings them no nearer.
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
      // Packages come from a pipeline, which is elsewhere than the callers and signs in with an identity.
      scmIpSecurityRestrictionsUseMain: false
    }
  }
}

@description('Id of the app.')
output siteId string = site.id

@description('Host name of the app.')
output hostName string = site.properties.defaultHostName
