metadata description = 'The alerts: a rule for each query in infra/monitoring/alerts, and who is notified.'

@description('Region of the rules.')
param location string

@description('Base name of the resources.')
param name string

@description('Tags of the resources.')
param tags object

@description('Id of the Log Analytics workspace that the rules query.')
param workspaceId string

@description('Id of the identity that reads the workspace for the rules.')
param readerId string

@description('Name of the function app.')
param siteName string

@description('Whether the platform counts the app\'s responses by HTTP status. It does so on Elastic Premium.')
param platformCountsResponses bool

@description('Whether the workspace gets the log of the platform\'s authentication, with the calls that it refuses.')
param authenticationLogs bool

@description('Email addresses that alerts notify.')
param emails array

@description('Ids of further action groups that alerts notify.')
param actionGroupIds array

// Alerts on events of exports. One cause can fail hundreds of exports at once, and an address gets 100 mails an hour at
// most ("Azure Monitor service limits"), so exports share an alert. `by` names the columns whose values get their own.
var ofEvents = [
  {
    name: 'export-failed'
    severity: 1
    says: 'An export ended as Failed.'
    query: loadTextContent('../monitoring/alerts/export-failed.kql')
    by: ['ExportId', 'Code']
  }
  {
    name: 'export-due-soon'
    severity: 2
    says: 'The deadline of an export is near, and it has not ended or not been handed over.'
    query: loadTextContent('../monitoring/alerts/export-due-soon.kql')
    by: []
  }
  {
    name: 'access-refused'
    severity: 2
    says: 'An export is waiting because Graph or the export account refuses the app.'
    query: loadTextContent('../monitoring/alerts/access-refused.kql')
    by: ['Code']
  }
  {
    name: 'grant-ends-early'
    severity: 2
    says: 'A write grant expires before its export ends, or could not be extended.'
    query: loadTextContent('../monitoring/alerts/grant-ends-early.kql')
    by: ['Code']
  }
  {
    name: 'grant-left'
    severity: 2
    says: 'The write grant of an ended export could not be revoked.'
    query: loadTextContent('../monitoring/alerts/grant-left.kql')
    by: ['Code']
  }
  {
    name: 'callbacks-given-up'
    severity: 2
    says: 'A callback could not be delivered for a day.'
    query: loadTextContent('../monitoring/alerts/callbacks-given-up.kql')
    by: []
  }
  {
    name: 'steps-failing'
    severity: 2
    says: 'A step of an export died, timed out or raised an unexpected error.'
    query: loadTextContent('../monitoring/alerts/steps-failing.kql')
    by: ['Code']
  }
]

// Alerts on a state. They resolve themselves when the query finds nothing more, except for those with `muted`.
var ofStates = [
  {
    name: 'exports-overdue'
    severity: 1
    says: 'Exports are past their deadline, and have not ended or not been handed over.'
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
    // As long as a rule can look back, so that it knows for two days that there was a service.
    window: 'P2D'
    // It would resolve itself then, although nobody had helped. So it stays open, and is sent again.
    muted: 'PT6H'
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
    name: 'server-errors'
    severity: 2
    says: 'The app answers with server errors.'
    query: loadTextContent('../monitoring/alerts/server-errors.kql')
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

// An alert on an event stays open until somebody closes it. The window is longer than an alert is muted, so that an event
// is found that happens or arrives in the meantime, whether Azure mutes the rule or a value of `by`. It can be told twice.
var eventRules = map(ofEvents, rule => union(rule, { every: 'PT5M', window: 'PT1H', muted: 'PT45M' }))
var stateRules = map(ofStates, rule => union({ by: [], muted: '' }, rule))

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: siteName
}

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

resource queryRules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for rule in concat(eventRules, stateRules): {
    name: '${rule.name}-${name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    // Without an identity, a rule has the rights that its last editor had at that time.
    identity: {
      type: 'UserAssigned'
      userAssignedIdentities: {
        '${readerId}': {}
      }
    }
    properties: {
      displayName: '${rule.says} (${name})'
      description: '${rule.says} What to do: docs/operations.md#${rule.name}'
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      // Telemetry takes minutes to arrive, so each evaluation looks back beyond the one before it.
      evaluationFrequency: rule.every
      windowSize: rule.window
      autoMitigate: empty(rule.muted)
      muteActionsDuration: empty(rule.muted) ? null : rule.muted
      // The identity's role can take minutes to count, and the first row of a table comes with the code.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            dimensions: map(rule.by, column => {
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
        actionGroups: notified
      }
    }
  }
]

// Azure switches a rule off whose query has failed for a week ("Troubleshoot log search alerts in Azure Monitor").
resource rulesSwitchedOff 'Microsoft.Insights/activityLogAlerts@2026-01-01' = {
  name: 'rules-switched-off-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Azure has switched off an alert rule. What to do: docs/operations.md#rules-switched-off'
    enabled: true
    scopes: [resourceGroup().id]
    condition: {
      allOf: [
        {
          field: 'category'
          equals: 'Administrative'
        }
        {
          field: 'operationName'
          equals: 'Microsoft.Insights/ScheduledQueryRules/disable/action'
        }
      ]
    }
    actions: {
      actionGroups: [for id in notified: { actionGroupId: id }]
    }
  }
}

// The platform counts these, so this alert works even if no telemetry arrives. On Flex Consumption nothing counts them.
resource serverErrors 'Microsoft.Insights/metricAlerts@2026-01-01' = if (platformCountsResponses) {
  name: 'server-errors-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The app answers with server errors, as the platform counts them. What to do: docs/operations.md#server-errors'
    severity: 2
    enabled: true
    scopes: [site.id]
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
        }
      ]
    }
    actions: [for id in notified: { actionGroupId: id }]
  }
}

// What the platform refuses doesn't reach the app, so nothing else records it.
// The only version that isn't a preview is from 2016. Microsoft's own samples use this one.
#disable-next-line use-recent-api-versions
resource authenticationLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (authenticationLogs) {
  name: 'authentication'
  scope: site
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AppServiceAuthenticationLogs'
        enabled: true
      }
    ]
  }
}
