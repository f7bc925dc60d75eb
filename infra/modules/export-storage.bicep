metadata description = 'The account for exported data only. Its keys and network are as open as Microsoft needs them to be.'

@description('Region of the account, where people\'s data is kept.')
param location string

@description('Name of the account.')
param accountName string

@description('Tags of the resources.')
param tags object

@description('Replication of the account.')
param sku string

@description('Name of the app\'s identity.')
param identityName string

@allowed(['storedPolicy', 'userDelegation'])
@description('How Microsoft gets write access.')
param grant string

@description('Days after which a blob that the app has not erased is deleted.')
param deleteAfterDays int

@minValue(0)
@maxValue(365)
@description('Days for which erased data can be restored; 0 for none.')
param softDeleteDays int

@description('Id of the Log Analytics workspace that logs who read an export.')
param workspaceId string

@description('Whether the account is locked against deletion.')
param lock bool

var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
var softDeletion = softDeleteDays == 0 ? { enabled: false } : { enabled: true, days: max(softDeleteDays, 1) }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: accountName
  location: location
  tags: tags
  // A standard account, because Microsoft writes append blobs, which premium accounts refuse.
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    // A stored policy is set and signed with the account's key. A user delegation needs no key, so keys are turned off.
    allowSharedKeyAccess: grant == 'storedPolicy'
    defaultToOAuthAuthentication: true
    // Microsoft refuses containers with public access.
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    isLocalUserEnabled: false
    isSftpEnabled: false
    isHnsEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // Microsoft writes from addresses that it doesn't publish, so no firewall rule could allow it. There is no private
    // endpoint either: it would redirect the account's public name to a private DNS zone, and a Microsoft network with
    // such a zone of its own would no longer resolve the name.
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      defaultAction: 'Allow'
      bypass: 'None'
    }
    // No allowedCopyScope: Microsoft may copy from a storage account in its own tenant, which AAD or PrivateLink would
    // forbid.
    sasPolicy: {
      // Longer than the grants, which last 7 days and start 15 minutes in the past.
      sasExpirationPeriod: '7.00:30:00'
      // Not Block, which requires a start time in every SAS: with a stored policy, the start time is in the policy.
      expirationAction: 'Log'
      // No requireUserBoundUserDelegationSas: Microsoft couldn't use a user-delegation SAS any more.
    }
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // Erased data can be restored for this long and is gone only then, so data is kept for that much longer.
      deleteRetentionPolicy: softDeletion
      containerDeleteRetentionPolicy: softDeletion
      // Versions, snapshots and point-in-time restore would keep erased data.
      isVersioningEnabled: false
    }
  }

  // A safety net: the app erases containers itself, and this deletes what is left if the app is gone.
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
    // The account allows one change at a time.
    dependsOn: [blobs]
  }
}

// On the account, because the app creates a container for each attempt and lists them. The role also allows it to
// request user-delegation keys, for download links and for the grant userDelegation. Reader shows the preflight the
// account's settings. It can read no data and no keys.
resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [blobDataContributor, reader]: {
    name: guid(account.id, identity.id, role)
    scope: account
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

// The only version that isn't a preview is from 2016. Microsoft's own samples use this one.
#disable-next-line use-recent-api-versions
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

// The lock doesn't stop deletions of data in the account. A read-only lock would block reading the account's key.
resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds exports that Microsoft is still writing, and people\'s data.'
  }
}

@description('Blob endpoint of the account.')
output blobEndpoint string = account.properties.primaryEndpoints.blob

@description('Resource id of the account.')
output accountId string = account.id
