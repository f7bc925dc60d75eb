metadata description = 'The vault of the secrets of this app, made only where there is one.'

@description('Region of the vault.')
param location string

@description('Name of the vault.')
param vaultName string

@description('Tags of the resources.')
param tags object

@description('Name of the app identity.')
param identityName string

@description('Id of the Log Analytics workspace that keeps who read a secret.')
param workspaceId string

@description('Whether the vault is reached over private endpoints alone.')
param isPrivate bool

@description('Id of the subnet of private endpoints; read where it is private.')
param endpointSubnetId string

@description('Whether the vault is locked against deletion.')
param lock bool

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

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
    // Not needed to write a secret from a template, only to read one into it.
    enabledForTemplateDeployment: false
    enableSoftDelete: true
    enablePurgeProtection: true
    // The least: a key is read anew from its account, and a signing secret is made anew.
    softDeleteRetentionInDays: 7
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }
}

// On the vault, which holds nothing but this app's two secrets, and one of them comes only after this.
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, secretsUser)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

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
    notes: 'Without its secrets the app does not start.'
  }
}

@description('URI of the vault.')
output uri string = vault.properties.vaultUri
