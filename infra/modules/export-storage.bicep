metadata description = 'The account that exported data lands in, and nothing else: its key and its network are open as far as Microsoft needs.'

@description('Region of the account: where the data of people is kept.')
param location string

@description('Name of the account.')
param accountName string

@description('Tags of the resources.')
param tags object

@description('Replication of the account.')
param sku string

@description('Name of the app identity.')
param identityName string

@allowed(['storedPolicy', 'userDelegation'])
@description('What Microsoft is given to write with.')
param grant string

@description('Days after which a blob that the app has not erased is deleted.')
param deleteAfterDays int

@minValue(0)
@maxValue(365)
@description('Days for which erased data can be brought back; 0 for none.')
param softDeleteDays int

@description('Id of the Log Analytics workspace that keeps who read an export.')
param workspaceId string

@description('Whether the account is locked against deletion.')
param lock bool

var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var softDeletion = softDeleteDays == 0 ? { enabled: false } : { enabled: true, days: softDeleteDays }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: accountName
  location: location
  tags: tags
  // A standard account: Microsoft writes append blobs, which premium ones refuse.
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    // A stored policy is set and signed with the account's key; a user delegation needs none, and then none works.
    allowSharedKeyAccess: grant == 'storedPolicy'
    defaultToOAuthAuthentication: true
    // Microsoft refuses a container that can be read or listed by anybody.
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    isLocalUserEnabled: false
    isSftpEnabled: false
    isHnsEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // Microsoft writes from addresses of its own, which it does not publish, so no rule could let it in. Nor is there a
    // private endpoint: it would send the account's name through a private zone, and a network at Microsoft that has a
    // zone of that kind would not find it any more.
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      defaultAction: 'Allow'
      bypass: 'None'
    }
    // allowedCopyScope stays out: Microsoft may copy from a storage account of its own tenant, which AAD or PrivateLink
    // would forbid.
    sasPolicy: {
      // Not shorter than the grants: 7 days, begun a quarter of an hour back.
      sasExpirationPeriod: '7.00:30:00'
      // Not Block: it wants a start in every signature, and that of a stored policy has its start in the policy.
      expirationAction: 'Log'
      // requireUserBoundUserDelegationSas stays out: Microsoft could use no user delegation any more.
    }
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // Erased data can be brought back for so long, and is gone only then: retention is longer by these days.
      deleteRetentionPolicy: softDeletion
      containerDeleteRetentionPolicy: softDeletion
      // Versions, snapshots and points to restore to would keep what was to be erased.
      isVersioningEnabled: false
    }
  }

  // The net below the app, which erases containers itself: it catches what is left where the app is not there to do it.
  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'delete-old-exports'
            type: 'Lifecycle'
            enabled: true
            definition: {
              actions: {
                baseBlob: {
                  delete: {
                    daysAfterCreationGreaterThan: deleteAfterDays
                  }
                }
              }
              filters: {
                blobTypes: ['blockBlob', 'appendBlob']
                // Containers of exports, and scratch containers of the preflight.
                prefixMatch: ['export-', 'preflight-']
              }
            }
          }
        ]
      }
    }
    // The account takes one change at a time.
    dependsOn: [blobs]
  }
}

// On the account, because the app makes a container for each attempt and lists them. It may ask for user-delegation
// keys with this role too, for links and for the grant of that name.
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, identity.id, blobDataContributor)
  scope: account
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

resource evidence 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'evidence'
  scope: account::blobs
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

// Deletions within the account are the data's and go on; a lock that makes it read-only would hide its key.
resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Exports that Microsoft is writing, and data of people.'
  }
}

@description('Blob endpoint of the account.')
output blobEndpoint string = account.properties.primaryEndpoints.blob
