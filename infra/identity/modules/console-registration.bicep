metadata description = 'The console\'s app registration in Microsoft Entra ID: a page in the browser that people sign in at, so it has no credential.'

extension microsoftGraphV1

@description('Unique key of the registration in the tenant; deploying the same key again updates the registration.')
param uniqueName string

@description('Name that administrators and users see.')
param displayName string

@description('Addresses of the console, which the sign-in service sends people back to.')
param addresses array

@description('Client id of the API, which the console calls as the person who is signed in.')
param apiClientId string

@description('Whether to consent to the sign-in itself for everybody. False if another team does: otherwise each person is asked, or refused where the tenant lets nobody consent.')
param consent bool

var definition = loadJsonContent('../api.json')
// What a sign-in asks for beside the API's scope, with which the API trusts the console: who signed in, and a token that
// renews the others.
var signIn = ['openid', 'profile', 'offline_access']

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  description: 'The page on which people work with exports.'
  signInAudience: 'AzureADMyOrg'
  spa: {
    redirectUris: addresses
  }
  // With it in the token, a sign-out at the sign-in service asks nobody which account they mean.
  optionalClaims: {
    idToken: [{ name: 'login_hint' }]
  }
  requiredResourceAccess: [
    {
      resourceAppId: apiClientId
      resourceAccess: map(definition.oauth2PermissionScopes, scope => { id: scope.id, type: 'Scope' })
    }
    {
      resourceAppId: graph.appId
      resourceAccess: [
        for name in signIn: {
          id: filter(graph.oauth2PermissionScopes, found => found.value == name)[0].id
          type: 'Scope'
        }
      ]
    }
  ]
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application.appId
  // Who may sign in is decided by the roles of the API: people without one get no token for it.
  appRoleAssignmentRequired: false
  // As for the API: in the portal's list of enterprise applications, and not in people's own list of apps.
  tags: ['HideApp', 'WindowsAzureActiveDirectoryIntegratedApp']
}

resource grant 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = if (consent) {
  clientId: principal.id
  consentType: 'AllPrincipals'
  resourceId: graph.id
  scope: join(signIn, ' ')
}

@description('Client id of the console.')
output clientId string = application.appId
