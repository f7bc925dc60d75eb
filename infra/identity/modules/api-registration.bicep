metadata description = 'The API\'s app registration in Microsoft Entra ID. It has no credential: the API validates tokens and requests none.'

extension microsoftGraphV1

@description('Unique key of the registration in the tenant; deploying the same key again updates the registration.')
param uniqueName string

@description('Name that administrators and users see.')
param displayName string

@description('Client ids of applications that may call the API for users without asking for their consent; null leaves them as they are.')
param trustedClientIds array?

// Shared with infra/scripts/register_api.py. Its ids must never change: role assignments refer to them.
var definition = loadJsonContent('../api.json')
// With the tenant id in it, it is unique, and tenant policies that restrict identifier URIs accept it.
var audience = 'api://${tenant().tenantId}/${uniqueName}'
var trusted = [
  for clientId in trustedClientIds ?? []: {
    appId: clientId
    delegatedPermissionIds: map(definition.oauth2PermissionScopes, scope => scope.id)
  }
]

resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  description: 'Exports people\'s Microsoft 365 data.'
  signInAudience: 'AzureADMyOrg'
  identifierUris: [audience]
  appRoles: definition.appRoles
  api: union(
    {
      // Version 1 tokens have a different issuer from the one that the app expects.
      requestedAccessTokenVersion: 2
      oauth2PermissionScopes: definition.oauth2PermissionScopes
    },
    trustedClientIds == null ? {} : { preAuthorizedApplications: trusted }
  )
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application.appId
  // Callers without a role get no token.
  appRoleAssignmentRequired: true
  // Shown in the portal's list of enterprise applications, hidden from users' own list of apps.
  tags: ['HideApp', 'WindowsAzureActiveDirectoryIntegratedApp']
}

@description('Client id of the API.')
output clientId string = application.appId

@description('Object id of the service principal, which offers the roles.')
output principalId string = principal.id

@description('Audience of the callers\' tokens.')
output audience string = audience
