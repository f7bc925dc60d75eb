metadata description = 'The app\'s identity, and who may call it: a separate stage, because it grants tenant-wide permissions.'

targetScope = 'resourceGroup'

@minLength(1)
@maxLength(8)
@description('The environment, such as dev, test or prod. It is part of every name.')
param environmentName string

@description('Region of the identities.')
param location string = resourceGroup().location

@minLength(2)
@maxLength(10)
@description('Base name of all resources.')
param name string = 'pde'

@description('Tags of the identities.')
param tags object = {}

@description('Whether to grant the Microsoft Graph roles and the callers\' roles. False if another team grants them; exports wait until it has.')
param assignRoles bool = true

@description('Whether inbound shared user profiles (people of other organisations, through B2B direct connect) are exported too.')
param exportInboundProfiles bool = false

@description('Whether to create the sample Logic App\'s identity, and let it submit exports.')
param sampleLogicApp bool = false

@description('Who may call the API, besides the sample Logic App: objects with principalId (object id of a service principal, a user or a group) and role (one of those in api.json). For two roles, list the caller twice. The pipeline needs Exports.Operate for the preflight.')
param callers array = []

@description('Client ids of applications that may call the API for users without asking for their consent, such as the registration of the Power Automate connector.')
param trustedClientIds array = []

var baseName = '${name}-${environmentName}'
var displayName = 'Personal data export (${environmentName})'
var graphRoles = union(
  ['User.Export.All', 'User.Read.All'],
  exportInboundProfiles ? ['CrossTenantUserProfileSharing.Read.All'] : []
)
// A caller can read its own exports, so it needs no other role.
var logicAppRole = 'Exports.Submit'

// User-assigned, because its roles must exist before the app does, and must survive if the app is recreated.
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
    displayName: displayName
    // None takes the trust from all; null leaves it to the module below.
    trustedClientIds: empty(trustedClientIds) ? [] : null
  }
}

// Again, now with the trusted applications: Graph refuses them in the request that brings the scope they are trusted with.
module trust 'modules/api-registration.bicep' = if (!empty(trustedClientIds)) {
  params: {
    uniqueName: baseName
    displayName: displayName
    trustedClientIds: trustedClientIds
  }
  dependsOn: [api]
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
    callers: concat(
      callers,
      sampleLogicApp
        ? [
            {
              principalId: logicAppIdentity!.properties.principalId
              role: logicAppRole
            }
          ]
        : []
    )
  }
}

@description('Name of the app\'s identity: parameter identityName of the app stage.')
output identityName string = appIdentity.name

@description('Client id of the API: parameter apiClientId of the app stage.')
output apiClientId string = api.outputs.clientId

@description('Audience of the callers\' tokens: parameter apiAudience of the app stage.')
output apiAudience string = api.outputs.audience

@description('Name of the sample Logic App\'s identity, empty without the sample: parameter logicAppIdentityName of the app stage.')
output logicAppIdentityName string = sampleLogicApp ? logicAppIdentity!.name : ''
