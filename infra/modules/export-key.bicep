metadata description = 'A key of the export account as a secret in the vault. It appears in no output, setting or log.'

@description('Name of the vault.')
param vaultName string

@description('Name of the export account.')
param accountName string

@allowed(['key1', 'key2'])
@description('Which of the account\'s two keys. To rotate, deploy with the other one first.')
param keyName string

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

@description('URI of the secret, without a version, so that the platform picks up a new one.')
output secretUri string = secret.properties.secretUri
