metadata description = 'A key of the export account as a secret in the vault, which the app may read. It appears in no output, setting or log.'

@description('Name of the vault.')
param vaultName string

@description('Name of the export account.')
param accountName string

@allowed(['key1', 'key2'])
@description('Which of the account\'s two keys. To rotate, deploy with the other one first.')
param keyName string

@description('Name of the app\'s identity.')
param identityName string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: accountName
}

// Every deployment adds a version with the key as it is then, because a template can't see whether the key was renewed. An
// old version of a renewed key opens nothing, and versions cost nothing.
resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'export-account-key'
  properties: {
    value: account.listKeys().keys[keyName == 'key1' ? 0 : 1].value
    contentType: 'Key of ${accountName} (${keyName})'
  }
}

// On the secret alone: the vault may hold another one, which is not only the app's.
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(secret.id, identity.id, secretsUser)
  scope: secret
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

@description('URI of the secret, without a version, so that the platform picks up a new one.')
output secretUri string = secret.properties.secretUri
