using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// The smallest number that each setting takes, and the shortest period.
param exportRetentionDays = 1
param exportHoldDays = 0
param exportSoftDeleteDays = 0
param exportDue = 'P1D'
param exportDueSoonDays = 0
param exportAbandonDays = 1
param exportMaxAttempts = 1
param exportPollMinSeconds = 1
param exportPermissionWaitSeconds = 0
param graphTimeoutSeconds = 1
param graphSubmissionsPerDay = 1
param reconcileSchedule = '0 * * * * *'
param reconcileSweepSchedule = '0 0 0 * * *'
