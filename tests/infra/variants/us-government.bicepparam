using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// US Government has neither Flex Consumption nor zones for Elastic Premium.
param graphCloud = 'USGov'
param hosting = 'elasticPremium'
param zoneRedundant = false
