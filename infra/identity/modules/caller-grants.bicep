metadata description = 'The API\'s roles for its callers.'

extension microsoftGraphV1

@description('Object id of the API\'s service principal.')
param apiPrincipalId string

@description('Callers: objects with principalId and role.')
param callers array

var definition = loadJsonContent('../api.json')

resource grants 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [
  for caller in callers: {
    principalId: caller.principalId
    resourceId: apiPrincipalId
    appRoleId: filter(definition.appRoles, found => found.value == caller.role)[0].id
  }
]
