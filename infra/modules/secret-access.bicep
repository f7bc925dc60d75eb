metadata description = 'Who may read one secret of the vault. Nobody has a role on the whole vault, because not every secret is for everybody.'

@description('Name of the vault.')
param vaultName string

@description('Name of the secret.')
param secretName string

@description('Name of the app\'s identity.')
param identityName string

@description('Object ids of service principals, such as managed identities, that may read it beside the app.')
param readerPrincipalIds array = []

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var role = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName

  // A script makes the secret that signs callbacks, after the first deployment. Azure was seen to assign roles on a child
  // of a resource that doesn't exist yet. If it refuses here, the vault and the app's settings are made all the same: run
  // callback-secret.sh and deploy again.
  resource secret 'secrets' existing = {
    name: secretName
  }
}

resource appAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault::secret.id, identity.id, secretsUser)
  scope: vault::secret
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role
  }
}

resource readerAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in readerPrincipalIds: {
    name: guid(vault::secret.id, principalId, secretsUser)
    scope: vault::secret
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: role
    }
  }
]
