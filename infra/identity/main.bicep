metadata description = 'Who the app is and who may call it: a stage of its own, for whoever may grant tenant-wide permissions.'

targetScope = 'resourceGroup'

@minLength(1)
@maxLength(8)
@description('The environment, such as dev, test or prod. It is in every name.')
param environmentName string

@description('Region of the identities.')
param location string = resourceGroup().location

@minLength(2)
@maxLength(10)
@description('Base name of everything.')
param name string = 'pde'

@description('Tags of the identities.')
param tags object = {}

@description('Whether to grant the Microsoft Graph roles and the roles of callers. False where another team grants them; then nothing is exported until it has.')
param assignRoles bool = true

@description('Whether inbound shared user profiles (people of other organisations, by B2B direct connect) are exported too.')
param exportInboundProfiles bool = false

@description('Whether to make the identity of the sample Logic App, and let it submit exports.')
param sampleLogicApp bool = false

@description('Who may call the API, besides the sample Logic App: objects with principalId, the object id of a service principal, a person or a group, and role, one of those in api.json. Who has two roles is named twice. The pipeline that asks the preflight needs Exports.Admin.')
param callers array = []

@description('Client ids of applications that people may call the API through without a consent of their own, such as the registration of the Power Automate connector.')
param trustedClientIds array = []

var baseName = '${name}-${environmentName}'
var graphRoles = union(
  ['User.Export.All', 'User.Read.All'],
  exportInboundProfiles ? ['CrossTenantUserProfileSharing.Read.All'] : []
)
// A workflow sees what it asked for itself, so it needs no other role.
var logicAppRole = 'Exports.Submit'

// User-assigned, because its roles must be there before the app is, and must outlive an app that is made anew.
resource appIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${baseName}'
  location: location
  tags: tags
}

resource logicAppIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = if (sampleLogicApp) {
  name: 'id-${baseName}-logic'
  location: location
  tags: tags
}

module api 'modules/api-registration.bicep' = {
  params: {
    uniqueName: baseName
    displayName: 'Personal data export (${environmentName})'
    trustedClientIds: trustedClientIds
  }
}

module graphGrants 'modules/graph-grants.bicep' = if (assignRoles) {
  params: {
    principalId: appIdentity.properties.principalId
    roles: graphRoles
  }
}

module callerGrants 'modules/caller-grants.bicep' = if (assignRoles) {
  params: {
    apiPrincipalId: api.outputs.principalId
    callers: concat(callers, sampleLogicApp ? [
      {
        principalId: logicAppIdentity!.properties.principalId
        role: logicAppRole
      }
    ] : [])
  }
}

@description('Name of the app identity: the parameter identityName of the app stage.')
output identityName string = appIdentity.name

@description('Client id of the API: the parameter apiClientId of the app stage.')
output apiClientId string = api.outputs.clientId

@description('What callers ask tokens for: the parameter apiAudience of the app stage.')
output apiAudience string = api.outputs.audience

@description('Name of the identity of the sample Logic App, empty without one: the parameter logicAppIdentityName of the app stage.')
output logicAppIdentityName string = sampleLogicApp ? logicAppIdentity!.name : ''
