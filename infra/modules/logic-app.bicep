metadata description = 'A sample caller: a workflow that exports a person, waits for the end, and branches on how it ended.'

@description('Region of the workflow.')
param location string

@description('Its name.')
param name string

@description('Its tags.')
param tags object

@description('Name of the identity that it calls the API with, made by the identity stage.')
param identityName string

@description('Address of the API, ending in /api.')
param apiBaseUrl string

@description('What it asks a token for.')
param apiAudience string

@description('Client id of the API. Who has a token for the API may start the workflow too, and nobody else.')
param apiClientId string

@allowed(['polling', 'webhook'])
@description('How it waits: by asking again, or by being called, for which callbackAllowedHosts has the host of Logic Apps.')
param kind string

@description('Resource id of the Log Analytics workspace that its runs are recorded in.')
param workspaceId string

var definitions = {
  polling: loadTextContent('../logic-apps/polling.json')
  webhook: loadTextContent('../logic-apps/webhook.json')
}

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
    // The identity of an action is looked at when the workflow is saved, before its parameters have values.
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
          policies: {
            api: {
              type: 'AAD'
              claims: [
                {
                  name: 'iss'
                  value: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
                }
                {
                  name: 'aud'
                  value: apiClientId
                }
              ]
            }
          }
        }
        // Without this the signed URL of the trigger would go on starting it for whoever has it. Newer than the type.
        #disable-next-line BCP037
        sasAuthenticationPolicy: {
          state: 'Disabled'
        }
      }
      // Nobody reads inputs and outputs of runs: they name people. The API tells the story of an export.
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

@description('Name of the workflow.')
output workflowName string = workflow.name
