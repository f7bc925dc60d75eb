metadata description = 'The Functions host\'s account: the app package, the API\'s keys, timers, and Durable\'s data if it is kept in storage.'

@description('Region of the account.')
param location string

@description('Name of the account.')
param accountName string

@description('Tags of the resources.')
param tags object

@description('Replication of the account.')
param sku string

@description('Name of the app\'s identity.')
param identityName string

@description('Whether Durable keeps its queues, histories and instances in this account.')
param holdsDurable bool

@description('Object id of the pipeline that uploads packages; empty if the platform uploads them.')
param packagePublisherPrincipalId string

@description('Whether the account is reached over private endpoints only.')
param isPrivate bool

@description('Id of the subnet for private endpoints; used only with isPrivate.')
param endpointSubnetId string

@description('Whether the account is locked against deletion.')
param lock bool

var isPublishedTo = !empty(packagePublisherPrincipalId)
var services = union(['blob'], holdsDurable ? ['queue', 'table'] : [])
var privateServices = isPrivate ? services : []
var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
// The host creates its own containers, queues and tables, so the account is the narrowest possible scope. It takes
// leases and sets metadata, for which its documentation requires Storage Blob Data Owner.
var hostRoles = union([blobDataOwner], holdsDurable ? [queueDataContributor, tableDataContributor] : [])

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: accountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    // The host uses its identity, also to read the package, so nothing needs a key.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: 'app-package'
      properties: {
        publicAccess: 'None'
      }
    }
  }
}

// Named after the identity's resource id, not its object id: what-if can't show names that are known only during the
// deployment. If an identity is recreated, its old assignments must be deleted first, and before that the locks: they also
// refuse to remove an assignment on what they lock.
resource hostAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in hostRoles: {
    name: guid(account.id, identity.id, role)
    scope: account
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource publisherAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (isPublishedTo) {
  name: guid(account::blobs::packages.id, packagePublisherPrincipalId, blobDataContributor)
  scope: account::blobs::packages
  properties: {
    principalId: packagePublisherPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

module endpoints 'private-endpoint.bicep' = [
  for service in privateServices: {
    params: {
      location: location
      targetName: accountName
      tags: tags
      subnetId: endpointSubnetId
      targetId: account.id
      service: service
    }
  }
]

resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the API\'s keys and Durable\'s data.'
  }
}

@description('Name of the account.')
output name string = account.name

@description('Blob endpoint of the account.')
output blobEndpoint string = account.properties.primaryEndpoints.blob

@description('Queue endpoint of the account.')
output queueEndpoint string = account.properties.primaryEndpoints.queue

@description('Table endpoint of the account.')
output tableEndpoint string = account.properties.primaryEndpoints.table

@description('Name of the container of app packages.')
output packageContainer string = account::blobs::packages.name

@description('URL of that container.')
output packageContainerUrl string = '${account.properties.primaryEndpoints.blob}${account::blobs::packages.name}'
