metadata description = 'The vault for the app\'s secrets, created only if there are any. Nobody has a role on the whole vault.'

@description('Region of the vault.')
param location string

@description('Name of the vault.')
param vaultName string

@description('Tags of the resources.')
param tags object

@description('Id of the Log Analytics workspace that logs who read a secret.')
param workspaceId string

@description('Whether the vault is reached over private endpoints only.')
param isPrivate bool

@description('Id of the subnet for private endpoints; used only with isPrivate.')
param endpointSubnetId string

@description('Whether the vault is locked against deletion.')
param lock bool

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: vaultName
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    // A template needs this only to read a secret, not to write one.
    enabledForTemplateDeployment: false
    enableSoftDelete: true
    enablePurgeProtection: true
    // The minimum: a lost key can be read from its account again, and a lost signing secret can be replaced.
    softDeleteRetentionInDays: 7
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }
}

// The only version that isn't a preview is from 2016. Microsoft's own samples use this one.
#disable-next-line use-recent-api-versions
resource evidence 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'evidence'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  params: {
    location: location
    targetName: vaultName
    tags: tags
    subnetId: endpointSubnetId
    targetId: vault.id
    service: 'vault'
  }
}

resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'The app doesn\'t start without these secrets.'
  }
}

@description('URI of the vault.')
output uri string = vault.properties.vaultUri
