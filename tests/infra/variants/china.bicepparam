using '../../../infra/main.bicep'

extends '../../../infra/environments/prod.bicepparam'

// China, operated by 21Vianet, on the plan that has long been there.
param graphCloud = 'China'
param hosting = 'elasticPremium'
