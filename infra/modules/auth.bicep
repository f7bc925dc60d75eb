metadata description = 'App Service authentication: which tokens reach the app, which then checks their roles.'

@description('Name of the app.')
param siteName string

@description('Whether callers need a token; if not, the app requires function keys.')
param enabled bool

@description('Client id of the API.')
param apiClientId string

@description('Audience of the callers\' tokens.')
param apiAudience string

@description('Issuer of version 2 tokens of this tenant. It contains the tenant id, so that no other tenant\'s token is accepted.')
param tokenIssuer string

@description('Client ids of the applications that may call; with an empty list, nobody may.')
param allowedCallerClientIds array

@description('Whether the app serves the console, which is a page that people sign in at by themselves.')
param hasConsole bool

// What needs no token tells nothing about exports. The files of the console are the same for everybody.
var open = ['/api/health', '/api/openapi.json']
var consolePaths = ['/api/console', '/api/console/*']

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
      // Callers are programs, the console too, so a redirect to a sign-in page is no use.
      unauthenticatedClientAction: 'Return401'
      excludedPaths: concat(open, hasConsole ? consolePaths : [])
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: enabled
        registration: {
          // No client secret: tokens are only validated here, and nobody signs in at the platform.
          clientId: apiClientId
          openIdIssuer: tokenIssuer
        }
        validation: {
          // The audience of a version 2 token is the client id; that of a version 1 token is the one requested.
          allowedAudiences: [apiAudience, apiClientId]
          defaultAuthorizationPolicy: {
            // Never empty, because that could mean everybody. The API's own client id is safe: it requests no tokens.
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
