metadata description = 'Rules that ask the workspace: of events, one alert an export; or of states, one alert in all.'

@description('Region of the rules.')
param location string

@description('Base name of the resources; the name of each rule ends with it.')
param name string

@description('Tags of the rules.')
param tags object

@description('Id of the Log Analytics workspace that is asked.')
param workspaceId string

@description('The rules: name (the heading in the runbook), severity, says, query, every, window and failing, the number of evaluations on end that have to find something.')
param rules array

@description('Whether each export that a query names in its column ExportId is an alert of its own.')
param perExport bool

@description('Ids of the action groups that are told.')
param actionGroupIds array

resource queryRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: '${rule.name}-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${rule.says} (${name})'
    description: '${rule.says} What to do: docs/operations.md#${rule.name}'
    severity: rule.severity
    enabled: true
    scopes: [workspaceId]
    // Telemetry takes minutes to arrive, so each evaluation looks back further than to the one before it.
    evaluationFrequency: rule.every
    windowSize: rule.window
    // A state is over when the query finds nothing more, and its alert with it. What happened to an export does not
    // unhappen: its alert stays until somebody closes it, and is not told again while the query still sees the event.
    autoMitigate: !perExport
    muteActionsDuration: perExport ? rule.window : null
    // A new workspace has a table once there is something in it.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          dimensions: perExport ? [
            {
              name: 'ExportId'
              operator: 'Include'
              values: ['*']
            }
          ] : []
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: rule.failing
            minFailingPeriodsToAlert: rule.failing
          }
        }
      ]
    }
    actions: {
      actionGroups: actionGroupIds
    }
  }
}]
