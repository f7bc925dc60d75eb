metadata description = 'The alerts: a rule for each query in infra/monitoring/alerts, and who is notified.'

@description('Region of the rules.')
param location string

@description('Base name of the resources.')
param name string

@description('Tags of the resources.')
param tags object

@description('Id of the Log Analytics workspace that the rules query.')
param workspaceId string

@description('Id of the function app, whose server errors the platform counts.')
param functionAppId string

@description('Email addresses that alerts notify.')
param emails array

@description('Ids of further action groups that alerts notify.')
param actionGroupIds array

// Alerts on an event of one export. `by` names the columns that the alert shows; each of their values gets its own.
var ofEvents = [
  {
    name: 'export-failed'
    severity: 1
    says: 'An export ended as Failed.'
    query: loadTextContent('../monitoring/alerts/export-failed.kql')
    every: 'PT5M'
    window: 'PT15M'
    by: ['ExportId', 'Code']
  }
  {
    name: 'export-due-soon'
    severity: 2
    says: 'The deadline of an open export is near.'
    query: loadTextContent('../monitoring/alerts/export-due-soon.kql')
    every: 'PT5M'
    window: 'PT15M'
    by: ['ExportId', 'Stage']
  }
  {
    name: 'access-refused'
    severity: 2
    says: 'An export is waiting because Graph or the export account refuses the app.'
    query: loadTextContent('../monitoring/alerts/access-refused.kql')
    every: 'PT5M'
    window: 'PT15M'
    by: ['ExportId', 'Code']
  }
  {
    name: 'grant-ends-early'
    severity: 2
    says: 'A write grant expires before its export ends, or could not be extended.'
    query: loadTextContent('../monitoring/alerts/grant-ends-early.kql')
    every: 'PT5M'
    window: 'PT15M'
    by: ['ExportId', 'Code']
  }
  {
    name: 'grant-left'
    severity: 2
    says: 'The write grant of an ended export could not be revoked.'
    query: loadTextContent('../monitoring/alerts/grant-left.kql')
    every: 'PT5M'
    window: 'PT15M'
    by: ['ExportId', 'Code']
  }
  {
    name: 'callbacks-given-up'
    severity: 2
    says: 'A callback could not be delivered for a day.'
    query: loadTextContent('../monitoring/alerts/callbacks-given-up.kql')
    every: 'PT5M'
    window: 'PT15M'
    by: ['ExportId']
  }
  {
    name: 'steps-failing'
    severity: 2
    says: 'A step of an export died, timed out or raised an unexpected error.'
    query: loadTextContent('../monitoring/alerts/steps-failing.kql')
    every: 'PT5M'
    window: 'PT15M'
    by: ['ExportId', 'Code']
  }
]

// Alerts on a state.
var ofStates = [
  {
    name: 'exports-overdue'
    severity: 1
    says: 'Open exports are past their deadline.'
    query: loadTextContent('../monitoring/alerts/exports-overdue.kql')
    every: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'exports-stalled'
    severity: 1
    says: 'The next step of some exports is overdue, and replacing their monitors did not help.'
    query: loadTextContent('../monitoring/alerts/exports-stalled.kql')
    every: 'PT15M'
    // An export that is interrupted again and again waits longer each time, for up to six hours.
    window: 'P1D'
  }
  {
    name: 'rows-unreadable'
    severity: 1
    says: 'Rows of the records can not be read.'
    query: loadTextContent('../monitoring/alerts/rows-unreadable.kql')
    every: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'graph-refuses'
    severity: 1
    says: 'Graph answers 401 or 403.'
    query: loadTextContent('../monitoring/alerts/graph-refuses.kql')
    every: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'graph-throttles'
    severity: 3
    says: 'Graph throttles more than its daily limit explains.'
    query: loadTextContent('../monitoring/alerts/graph-throttles.kql')
    every: 'PT15M'
    window: 'PT1H'
  }
  {
    name: 'reconciler-silent'
    severity: 1
    says: 'No round of the reconciler has run whole for half an hour.'
    query: loadTextContent('../monitoring/alerts/reconciler-silent.kql')
    every: 'PT5M'
    window: 'PT30M'
  }
  {
    name: 'reconciler-repairs'
    severity: 3
    says: 'The reconciler has to restart many monitors.'
    query: loadTextContent('../monitoring/alerts/reconciler-repairs.kql')
    every: 'PT15M'
    window: 'PT1H'
  }
  {
    name: 'sweeper-silent'
    severity: 3
    says: 'The daily sweep has not ended for two days.'
    query: loadTextContent('../monitoring/alerts/sweeper-silent.kql')
    every: 'PT1H'
    window: 'P2D'
  }
  {
    name: 'orphans-kept'
    severity: 1
    says: 'The daily sweep found more containers of unknown exports than can be believed, and kept them.'
    query: loadTextContent('../monitoring/alerts/orphans-kept.kql')
    every: 'PT1H'
    window: 'P1D'
  }
  {
    name: 'callers-refused'
    severity: 3
    says: 'The API refuses many calls.'
    query: loadTextContent('../monitoring/alerts/callers-refused.kql')
    every: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'telemetry-capped'
    severity: 2
    says: 'The workspace has reached its daily cap.'
    query: loadTextContent('../monitoring/alerts/telemetry-capped.kql')
    every: 'PT15M'
    window: 'PT1H'
  }
]

var notified = concat(actionGroupIds, empty(emails) ? [] : [operators.id])

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    // Shown in text messages, which have room for 12 characters.
    groupShortName: 'exports'
    enabled: true
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

module eventRules 'alert-rules.bicep' = {
  params: {
    location: location
    name: name
    tags: tags
    workspaceId: workspaceId
    rules: ofEvents
    perExport: true
    actionGroupIds: notified
  }
}

module stateRules 'alert-rules.bicep' = {
  params: {
    location: location
    name: name
    tags: tags
    workspaceId: workspaceId
    rules: ofStates
    perExport: false
    actionGroupIds: notified
  }
}

// The platform counts these, so the alert works even if the app's telemetry doesn't arrive.
resource serverErrors 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'server-errors-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The app answers with server errors. What to do: docs/operations.md#server-errors'
    severity: 2
    enabled: true
    scopes: [functionAppId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'server-errors'
          metricNamespace: 'Microsoft.Web/sites'
          metricName: 'Http5xx'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 5
          // The metric doesn't exist before the first error.
          skipMetricValidation: true
        }
      ]
    }
    actions: [
      for id in notified: {
        actionGroupId: id
      }
    ]
  }
}
