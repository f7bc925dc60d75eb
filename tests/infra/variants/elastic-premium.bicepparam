using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// The other plan, whose packages the pipeline uploads.
param hosting = 'elasticPremium'
param packagePublisherPrincipalId = '33333333-3333-3333-3333-333333333333'
