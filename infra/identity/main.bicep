metadata description = 'The app\'s identity, and who may call it: a separate stage, because it grants tenant-wide permissions.'

targetScope = 'resourceGroup'

import { hostNameOf, siteNameOf, tokenOf } from '../modules/app-host.bicep'

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

@description('Client ids of applications that may call the API for users without asking for their consent, such as the registration of the Power Automate connector. The console is added automatically.')
param trustedClientIds array = []

@description('Whether to register the console, which is on where it is registered.')
param console bool = false

@description('The address that people use if a gateway is in front of the app, without /api: publicBaseUrl of the app stage. The console is registered there too.')
param publicBaseUrl string = ''

var baseName = '${name}-${environmentName}'
var displayName = 'Personal data export (${environmentName})'
var graphRoles = union(
  ['User.Export.All', 'User.Read.All'],
  exportInboundProfiles ? ['CrossTenantUserProfileSharing.Read.All'] : []
)
// The app's host name follows from its name, so the console can be registered before there is an app.
var siteName = siteNameOf(baseName, tokenOf(resourceGroup().id, environmentName))
var consoleAddresses = map(
  union(['https://${hostNameOf(siteName, environment().name)}'], empty(publicBaseUrl) ? [] : [publicBaseUrl]),
  // An address that ends with a slash would give one with two, which nobody opens.
  root => endsWith(root, '/') ? '${root}api/console' : '${root}/api/console'
)
var isTrusting = console || !empty(trustedClientIds)
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
    trustedClientIds: isTrusting ? null : []
  }
}

module consoleApp 'modules/console-registration.bicep' = if (console) {
  params: {
    uniqueName: '${baseName}-console'
    displayName: '${displayName}: console'
    addresses: consoleAddresses
    apiClientId: api.outputs.clientId
    consent: assignRoles
  }
}

// Again, now with the trusted applications: Graph refuses them in the request that brings the scope they are trusted with.
module trust 'modules/api-registration.bicep' = if (isTrusting) {
  params: {
    uniqueName: baseName
    displayName: displayName
    trustedClientIds: concat(trustedClientIds, console ? [consoleApp!.outputs.clientId] : [])
  }
  // The console's module waits for the first one too, but only where there is a console.
  #disable-next-line no-unnecessary-dependson
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

@description('Client id of the console, empty without it: parameter consoleClientId of the app stage.')
output consoleClientId string = console ? consoleApp!.outputs.clientId : ''

@description('Addresses that the console is registered at, separated by commas; empty without it.')
output consoleAddresses string = console ? join(consoleAddresses, ',') : ''
