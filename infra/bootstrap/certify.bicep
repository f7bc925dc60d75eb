metadata description = 'What an owner of a subscription for tests deploys once, so that .github/workflows/certify.yml can make, try and delete whole environments in it.'

targetScope = 'subscription'

@description('Region of the identities.')
param location string

@minLength(2)
@maxLength(10)
@description('Base name of all resources.')
param name string = 'pde'

@description('Tags of all resources.')
param tags object = {}

@description('Issuer of the pipeline\'s tokens, such as https://token.actions.githubusercontent.com.')
param issuer string

@description('Audience of the pipeline\'s tokens: what its sign-in step asks for.')
param audience string = 'api://AzureADTokenExchange'

@description('Token subject of the job that certifies. One job signs in as both identities, so that nobody has to approve the taking down.')
param subject string

var baseName = '${name}-certify'

resource deployersGroup 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${baseName}-deployers'
  location: location
  tags: tags
}

module deployer 'deployer.bicep' = {
  scope: deployersGroup
  params: {
    name: 'id-${baseName}-deploy'
    location: location
    tags: tags
    issuer: issuer
    audience: audience
    subject: subject
  }
}

module identityDeployer 'deployer.bicep' = {
  scope: deployersGroup
  params: {
    name: 'id-${baseName}-identity'
    location: location
    tags: tags
    issuer: issuer
    audience: audience
    subject: subject
  }
}

module rights 'certify-rights.bicep' = {
  params: {
    // As in main.bicep: parts of the assignments' names.
    #disable-next-line what-if-short-circuiting
    deployerPrincipalId: deployer.outputs.principalId
    #disable-next-line what-if-short-circuiting
    identityDeployerPrincipalId: identityDeployer.outputs.principalId
  }
}

@description('Client id that the job deploys, exports and deletes with.')
output deployClientId string = deployer.outputs.clientId

@description('Object id of the deploying identity. The identity stage gives it the roles that a certification needs.')
output deployPrincipalId string = deployer.outputs.principalId

@description('Client id that the job deploys the identity stage with.')
output identityClientId string = identityDeployer.outputs.clientId

@description('Object id of the identity that deploys the identity stage. infra/scripts/allow_identity_stage.py gives it its Graph roles.')
output identityPrincipalId string = identityDeployer.outputs.principalId
