using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// The largest number that each setting takes, the longest period, and what is off by default.
param exportRetentionDays = 3650
param exportHoldDays = 3650
param exportSoftDeleteDays = 365
param exportDue = 'P1Y'
param exportDueSoonDays = 365
param expectHandover = true
param exportAbandonDays = 365
param exportMaxAttempts = 20
param exportPollMinSeconds = 3600
param exportPermissionWaitSeconds = 86400
param graphTimeoutSeconds = 100
param graphSubmissionsPerDay = 1000000
param reconcileSchedule = '0 0 * * * *'
param reconcileSweepSchedule = '0 59 23 * * *'
