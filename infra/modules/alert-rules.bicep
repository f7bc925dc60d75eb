metadata description = 'Rules that query the workspace. A rule on events raises one alert per export; a rule on states raises a single alert.'

@description('Region of the rules.')
param location string

@description('Base name of the resources; the name of each rule ends with it.')
param name string

@description('Tags of the rules.')
param tags object

@description('Id of the Log Analytics workspace that the rules query.')
param workspaceId string

@description('The rules: name (the heading in the runbook), severity, says, query, every, window, and by, the columns of an event that the alert shows.')
param rules array

@description('Whether the rules are on events, with an alert for each value of their columns.')
param perExport bool

@description('Ids of the action groups that alerts notify.')
param actionGroupIds array

resource queryRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
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
      // Telemetry takes minutes to arrive, so each evaluation looks back beyond the one before it.
      evaluationFrequency: rule.every
      windowSize: rule.window
      // An alert on a state resolves itself when the query finds nothing more. An alert on an event stays open until
      // somebody closes it, and doesn't fire again while the query still finds the event.
      autoMitigate: !perExport
      muteActionsDuration: perExport ? rule.window : null
      // A new workspace has no table until the first row arrives.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            dimensions: map(perExport ? rule.by : [], column => {
              name: column
              operator: 'Include'
              values: ['*']
            })
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: actionGroupIds
      }
    }
  }
]
