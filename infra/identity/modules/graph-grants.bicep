metadata description = 'Application roles of Microsoft Graph for one identity, as an administrator\'s consent would grant them.'

extension microsoftGraphV1

@description('Object id of the identity.')
param principalId string

@description('Names of the roles.')
param roles array

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource grants 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [
  for role in roles: {
    principalId: principalId
    resourceId: graph.id
    // A delegated permission can have the same name.
    appRoleId: filter(graph.appRoles, found => found.value == role && contains(found.allowedMemberTypes, 'Application'))[0].id
  }
]
