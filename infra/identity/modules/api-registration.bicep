metadata description = 'The registration of the API in Microsoft Entra ID. It has no credential: the API checks tokens, and asks for none.'

extension microsoftGraphV1

@description('Key of the registration in the tenant; the same key is the same registration.')
param uniqueName string

@description('Name that administrators and people read.')
param displayName string

@description('Client ids of applications that people may call the API through without a consent of their own.')
param trustedClientIds array

// One file for this module and for infra/scripts/register-api.sh. Its ids must never change: assignments name them.
var definition = loadJsonContent('../api.json')
// With the tenant in it, it can be nobody else's, and policies that forbid freely chosen ones let it pass.
var audience = 'api://${tenant().tenantId}/${uniqueName}'

resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  description: 'Exports people\'s Microsoft 365 data.'
  signInAudience: 'AzureADMyOrg'
  identifierUris: [audience]
  appRoles: definition.appRoles
  api: {
    // Version 1 tokens have another issuer than the one that the app checks.
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: definition.oauth2PermissionScopes
    preAuthorizedApplications: [
      for clientId in trustedClientIds: {
        appId: clientId
        delegatedPermissionIds: map(definition.oauth2PermissionScopes, scope => scope.id)
      }
    ]
  }
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application.appId
  // Who has no role gets no token.
  appRoleAssignmentRequired: true
  // Administrators find it in the portal's list of enterprise applications, people don't in theirs.
  tags: ['HideApp', 'WindowsAzureActiveDirectoryIntegratedApp']
}

@description('Client id of the API.')
output clientId string = application.appId

@description('Object id of the service principal: what roles are assigned on.')
output principalId string = principal.id

@description('What callers ask tokens for.')
output audience string = audience
