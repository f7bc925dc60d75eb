metadata description = 'App Service authentication: which tokens come through to the app, which then looks at their roles.'

@description('Name of the app.')
param siteName string

@description('Whether callers need a token; if not, the app wants function keys.')
param enabled bool

@description('Client id of the API.')
param apiClientId string

@description('What callers ask tokens for.')
param apiAudience string

@description('Client ids of the applications that may call; none means that nobody may.')
param allowedCallerClientIds array

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: siteName
}

resource auth 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: enabled
      runtimeVersion: '~1'
    }
    httpSettings: {
      requireHttps: true
    }
    globalValidation: {
      requireAuthentication: true
      // A program calls, so there is nobody to send to a sign-in page.
      unauthenticatedClientAction: 'Return401'
      excludedPaths: ['/api/health', '/api/openapi.json']
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: enabled
        registration: {
          // No client secret: tokens are only checked here, and nobody is signed in.
          clientId: apiClientId
          // Names the tenant, so no other tenant's token is taken.
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          // A token of version 2 has the bare client id as its audience, one of version 1 what was asked for.
          allowedAudiences: [apiAudience, apiClientId]
          defaultAuthorizationPolicy: {
            // Never empty, because that could be read as everybody. The API itself calls nobody and asks for no token.
            allowedApplications: empty(allowedCallerClientIds) ? [apiClientId] : allowedCallerClientIds
          }
        }
      }
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
  }
}
