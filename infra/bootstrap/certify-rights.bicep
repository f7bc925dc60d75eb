metadata description = 'What the identities of certify.yml may do in the subscription: what those of an environment may do in its resource group (rights.bicep). So a certification shows that these rights are enough. They are on the subscription, because the groups don\'t exist yet.'

targetScope = 'subscription'

import { condition } from 'rights.bicep'

@description('Object id of the identity that deploys the app.')
param deployerPrincipalId string

@description('Object id of the identity that deploys the identity stage.')
param identityDeployerPrincipalId string

var contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
var roleBasedAccessControlAdministrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
var locksContributor = '28bf596f-4eb7-45ce-b5bc-6cf482fec137'
var managedIdentityContributor = 'e40ec5ca-96e0-45a2-b4ff-59039f2c2b59'

resource deploys 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [contributor, locksContributor]: {
    name: guid(subscription().id, deployerPrincipalId, role)
    properties: {
      principalId: deployerPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource assigns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, deployerPrincipalId, roleBasedAccessControlAdministrator)
  properties: {
    principalId: deployerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleBasedAccessControlAdministrator
    )
    description: 'Gives the app the roles in its template, and no others.'
    condition: condition
    conditionVersion: '2.0'
  }
}

resource makesIdentities 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, identityDeployerPrincipalId, managedIdentityContributor)
  properties: {
    principalId: identityDeployerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', managedIdentityContributor)
  }
}
