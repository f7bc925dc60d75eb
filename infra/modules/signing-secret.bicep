metadata description = 'Who may read the secret that signs callbacks: the app, and receivers that check signatures. A script creates it.'

@description('Name of the vault.')
param vaultName string

@description('Name of the app\'s identity.')
param identityName string

@description('Object ids of the receivers: service principals, such as managed identities.')
param receiverPrincipalIds array

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var role = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName

  // It doesn't exist before the script's first run. Azure assigns roles on a child of a resource without looking for it.
  resource secret 'secrets' existing = {
    name: 'callback-signing-secret'
  }
}

// On the secret, never on the vault, which may hold the export account's key too.
resource appAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault::secret.id, identity.id, secretsUser)
  scope: vault::secret
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role
  }
}

resource receiverAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in receiverPrincipalIds: {
    name: guid(vault::secret.id, principalId, secretsUser)
    scope: vault::secret
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: role
    }
  }
]
