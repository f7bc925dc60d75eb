metadata description = 'What an owner of the subscription makes once for each environment: its resource group, and the identities that its pipeline deploys with.'

targetScope = 'subscription'

@minLength(1)
@maxLength(8)
@description('The environment, such as dev, test or prod. It is in every name.')
param environmentName string

@description('Region of the resource groups and of the identities.')
param location string

@minLength(2)
@maxLength(10)
@description('Base name of everything.')
param name string = 'pde'

@description('Tags of all that is made.')
param tags object = {}

@description('Who issues the tokens of the pipeline, such as https://token.actions.githubusercontent.com.')
param issuer string

@description('Whom the tokens of the pipeline are for: what the sign-in step of the pipeline asks for.')
param audience string = 'api://AzureADTokenExchange'

@description('Subject of the tokens of the jobs that deploy infrastructure and code.')
param deploySubject string

@description('Subject of the tokens of the jobs that only ask what would change.')
param planSubject string

@description('Subject of the tokens of the jobs of the identity stage.')
param identitySubject string

var baseName = '${name}-${environmentName}'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${baseName}'
  location: location
  tags: tags
}

// A group of its own: who deploys to the group of the app could otherwise add a credential of their own to the identity
// that grants tenant-wide permissions.
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
    // Names of assignments have these in them, so that an identity that is made anew gets its rights anew. A person runs
    // this, and nobody asks what it would change.
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

@description('Client id that the jobs that deploy sign in with; also a caller of the API, for the preflight.')
output deployClientId string = deployer.outputs.clientId

@description('Object id of the identity that deploys: it gets the role Exports.Admin from the identity stage, for the preflight.')
output deployPrincipalId string = deployer.outputs.principalId

@description('Client id that the jobs that only look sign in with.')
output planClientId string = planner.outputs.clientId

@description('Client id that the jobs of the identity stage sign in with.')
output identityClientId string = identityDeployer.outputs.clientId

@description('Object id of the identity of the identity stage: infra/scripts/allow_identity_stage.py gives it its Graph roles.')
output identityPrincipalId string = identityDeployer.outputs.principalId
