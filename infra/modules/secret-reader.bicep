metadata description = 'Lets one principal read one secret of the vault. Nobody has a role on the whole vault, because not every secret is for everybody.'

@description('Name of the vault.')
param vaultName string

@description('Name of the secret.')
param secretName string

@description('Object id of the reader, a service principal such as a managed identity.')
param principalId string

@description('What the name of the assignment is made of: an id of the reader that is known before the deployment, so that what-if can show it.')
param readerId string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName

  // A script makes the secret that signs callbacks, after the first deployment. Azure was seen to assign roles on a child
  // of a resource that doesn't exist yet. If it refuses here, the vault and the app's settings are made all the same: run
  // callback-secret.sh and deploy again.
  resource secret 'secrets' existing = {
    name: secretName
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault::secret.id, readerId, secretsUser)
  scope: vault::secret
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}
