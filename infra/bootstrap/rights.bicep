metadata description = 'What the pipeline\'s identities may do in the app\'s resource group. They have no rights elsewhere.'

@description('Object id of the identity that deploys the app.')
param deployerPrincipalId string

@description('Object id of the identity that only asks what would change.')
param plannerPrincipalId string

@description('Object id of the identity that deploys the identity stage.')
param identityDeployerPrincipalId string

var contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
var roleBasedAccessControlAdministrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
var locksContributor = '28bf596f-4eb7-45ce-b5bc-6cf482fec137'
var managedIdentityContributor = 'e40ec5ca-96e0-45a2-b4ff-59039f2c2b59'

// The roles that infra/main.bicep gives to the app, and no others: a deployer can't make anybody an owner.
var assignableRoles = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  'acdd72a7-3385-48ef-bd42-f606fba81ae7' // Reader
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
  '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
  '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
  '0ad04412-c4d5-4796-b79c-f76d14c8d402' // Durable Task Data Contributor
]
var roleIds = join(assignableRoles, ', ')
var allowed = '@{0}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{1}}} AND @{0}[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{\'ServicePrincipal\'}}'
var rule = '((!(ActionMatches{{\'Microsoft.Authorization/roleAssignments/{0}\'}})) OR ({1}))'
@export()
@description('Lets a deployer assign the roles in infra/main.bicep and no others, and to service principals alone.')
var condition = '${format(rule, 'write', format(allowed, 'Request', roleIds))} AND ${format(rule, 'delete', format(allowed, 'Resource', roleIds))}'

resource deploys 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [contributor, locksContributor]: {
    name: guid(resourceGroup().id, deployerPrincipalId, role)
    properties: {
      principalId: deployerPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource assigns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, deployerPrincipalId, roleBasedAccessControlAdministrator)
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
  name: guid(resourceGroup().id, identityDeployerPrincipalId, managedIdentityContributor)
  properties: {
    principalId: identityDeployerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', managedIdentityContributor)
  }
}

// Reader would do for what-if to look at resources, but whoever can push a branch runs plans, and Reader also shows what the
// resources hold. These reads show logs (with names of files and ids of people), keys, runs and the variables of the
// app's processes, and no plan needs them.
var hiddenReads = [
  'Microsoft.OperationalInsights/workspaces/query/*'
  'Microsoft.OperationalInsights/workspaces/search/*'
  'Microsoft.OperationalInsights/workspaces/tables/query/*'
  'Microsoft.OperationalInsights/workspaces/sharedKeys/read'
  'Microsoft.Insights/logs/*' // the same rows, asked for by the resource that they are about
  'Microsoft.Insights/components/*/read'
  'Microsoft.Insights/generateLiveToken/read'
  'Microsoft.AlertsManagement/*/read'
  'Microsoft.Web/sites/hostruntime/*'
  'Microsoft.Web/sites/functions/*/read'
  'Microsoft.Web/sites/processes/*'
  'Microsoft.Web/sites/instances/*'
  'Microsoft.Web/sites/diagnostics/*'
  'Microsoft.Web/sites/detectors/*'
  'Microsoft.Web/sites/publishxml/*'
  'Microsoft.Logic/workflows/*/read'
]

// No built-in role allows what-if without the right to deploy. The names of custom roles are unique in a tenant.
resource whatIf 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'what-if')
  properties: {
    roleName: 'Ask what a deployment would change (${resourceGroup().name}, ${subscription().subscriptionId})'
    description: 'Validates deployments and shows what they would change. Deploys nothing, and reads no logs, keys or runs.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [
          '*/read'
          'Microsoft.Resources/deployments/validate/action'
          'Microsoft.Resources/deployments/whatIf/action'
        ]
        notActions: hiddenReads
      }
    ]
  }
}

resource asks 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, plannerPrincipalId, 'what-if')
  properties: {
    principalId: plannerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: whatIf.id
  }
}
