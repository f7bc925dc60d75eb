metadata description = 'What an owner of the subscription deploys once for each environment: its resource group, and the identities that its pipeline deploys with.'

targetScope = 'subscription'

@minLength(1)
@maxLength(8)
@description('The environment, such as dev, test or prod. It is part of every name.')
param environmentName string

@description('Region of the resource groups and of the identities.')
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

@description('Token subject of the jobs that deploy infrastructure and code.')
param deploySubject string

@description('Token subject of the jobs that only ask what would change.')
param planSubject string

@description('Token subject of the jobs that deploy the identity stage.')
param identitySubject string

var baseName = '${name}-${environmentName}'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${baseName}'
  location: location
  tags: tags
}

// A separate group. Otherwise anybody who can deploy to the app's group could add a credential to the identity that
// grants tenant-wide permissions.
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
    subject: deploySubject
  }
}

module planner 'deployer.bicep' = {
  scope: deployersGroup
  params: {
    name: 'id-${baseName}-plan'
    location: location
    tags: tags
    issuer: issuer
    audience: audience
    subject: planSubject
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
    subject: identitySubject
  }
}

module rights 'rights.bicep' = {
  scope: group
  params: {
    // These are part of the assignments' names, so that a recreated identity gets new assignments. What-if can't show
    // them, but a person runs this template, without what-if.
    #disable-next-line what-if-short-circuiting
    deployerPrincipalId: deployer.outputs.principalId
    #disable-next-line what-if-short-circuiting
    plannerPrincipalId: planner.outputs.principalId
    #disable-next-line what-if-short-circuiting
    identityDeployerPrincipalId: identityDeployer.outputs.principalId
  }
}

@description('Resource group of the environment.')
output resourceGroup string = group.name

@description('Client id that deploying jobs sign in with. It also calls the API, for the preflight.')
output deployClientId string = deployer.outputs.clientId

@description('Object id of the deploying identity. The identity stage gives it the role Exports.Operate, for the preflight.')
output deployPrincipalId string = deployer.outputs.principalId

@description('Client id that planning jobs sign in with.')
output planClientId string = planner.outputs.clientId

@description('Client id that the jobs that deploy the identity stage sign in with.')
output identityClientId string = identityDeployer.outputs.clientId

@description('Object id of the identity that deploys the identity stage. infra/scripts/allow_identity_stage.py gives it its Graph roles.')
output identityPrincipalId string = identityDeployer.outputs.principalId
