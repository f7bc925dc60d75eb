metadata description = 'The records account: whose data was exported, when, for whom, and with which outcome.'

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

@description('Id of the Log Analytics workspace that logs who read and wrote records.')
param workspaceId string

@description('Whether the account is reached over private endpoints only.')
param isPrivate bool

@description('Id of the subnet for private endpoints; used only with isPrivate.')
param endpointSubnetId string

@description('Whether the account is locked against deletion.')
param lock bool

var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
// The app could create missing tables itself, but that takes a right on the whole account. The template creates them,
// so that the role can be assigned per table and the app can't read anybody else's tables. For the same reason
// CallbackSecrets is a table of its own: whoever may read outcomes needs no role on it.
var tableNames = ['Exports', 'ExportIndex', 'Batches', 'Subscriptions', 'CallbackSecrets']

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
      // Infrastructure encryption covers tables only if they use the account's key, which can't be changed later.
      services: {
        table: {
          enabled: true
          keyType: 'Account'
        }
      }
    }
  }

  resource tableService 'tableServices' = {
    name: 'default'
  }
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' = [
  for tableName in tableNames: {
    parent: account::tableService
    name: tableName
  }
]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for i in range(0, length(tableNames)): {
    name: guid(account.id, tableNames[i], identity.id, tableDataContributor)
    scope: tables[i]
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
    }
  }
]

// The only version that isn't a preview is from 2016. Microsoft's own samples use this one.
#disable-next-line use-recent-api-versions
resource evidence 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'evidence'
  scope: account::tableService
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageRead'
        enabled: true
      }
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  params: {
    location: location
    targetName: accountName
    tags: tags
    subnetId: endpointSubnetId
    targetId: account.id
    service: 'table'
  }
}

resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the records of all exports. Tables have no soft delete.'
  }
}

@description('Name of the account.')
output name string = account.name

@description('Table endpoint of the account.')
output tableEndpoint string = account.properties.primaryEndpoints.table
