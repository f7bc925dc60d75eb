metadata description = 'A sample caller: a workflow that exports a person\'s data, waits for the end, and branches on the outcome.'

@description('Region of the workflow.')
param location string

@description('Its name.')
param name string

@description('Its tags.')
param tags object

@description('Name of the identity that it calls the API with, from the identity stage.')
param identityName string

@description('Base URL of the API, ending in /api.')
param apiBaseUrl string

@description('Audience of its tokens.')
param apiAudience string

@description('Client id of the API, which a token must be for to start the workflow.')
param apiClientId string

@description('Issuer of version 2 tokens of this tenant.')
param tokenIssuer string

@maxLength(5)
@description('Object ids of the service principals and people that may start the workflow; with an empty list, nobody may.')
param callerPrincipalIds array

@allowed(['polling', 'webhook'])
@description('How it waits: by polling, or for a callback. For a callback, callbackAllowedHosts must include the host of Logic Apps.')
param kind string

@description('Resource id of the Log Analytics workspace that records its runs.')
param workspaceId string

var definitions = {
  polling: loadTextContent('../logic-apps/polling.json')
  webhook: loadTextContent('../logic-apps/webhook.json')
}

// Whoever starts the workflow exports with its role, so a token for the API is not enough: its holder may have a smaller
// role. A policy has one value for each claim, and a workflow five policies at most. Without any, the trigger might be
// open, so nobody is named instead: no principal has this id.
var nobody = '00000000-0000-0000-0000-000000000000'
var starters = empty(callerPrincipalIds) ? [nobody] : callerPrincipalIds
var policies = toObject(starters, starter => starter, starter => {
  type: 'AAD'
  claims: [
    {
      name: 'iss'
      value: tokenIssuer
    }
    {
      name: 'aud'
      value: apiClientId
    }
    {
      name: 'oid'
      value: starter
    }
  ]
})

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource workflow 'Microsoft.Logic/workflows@2019-05-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    state: 'Enabled'
    // Logic Apps checks an action's identity when the workflow is saved, before its parameters have values.
    definition: json(replace(definitions[kind], '{identityId}', identity.id))
    parameters: {
      api: {
        value: apiBaseUrl
      }
      audience: {
        value: apiAudience
      }
    }
    accessControl: {
      triggers: {
        openAuthenticationPolicies: {
          policies: policies
        }
        // Otherwise anybody with the trigger's signed URL could still start it. The property is newer than the type.
        #disable-next-line BCP037
        sasAuthenticationPolicy: {
          state: 'Disabled'
        }
      }
      // Nobody can read the inputs and outputs of runs, because they identify people. The API has an export's history.
      contents: {
        allowedCallerIpAddresses: [
          {
            addressRange: '0.0.0.0-0.0.0.0'
          }
        ]
      }
    }
  }
}

// The only version that isn't a preview is from 2016. Microsoft's own samples use this one.
#disable-next-line use-recent-api-versions
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: workflow
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}
