metadata description = 'An identity that a pipeline signs in with. It has no password: the token of the job itself is what it shows.'

@description('Name of the identity.')
param name string

@description('Its region.')
param location string

@description('Its tags.')
param tags object

@description('Who issues the tokens of the pipeline.')
param issuer string

@description('Which jobs may use it: exactly this subject.')
param subject string

@description('Whom the tokens of the pipeline are for.')
param audience string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

resource credential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: identity
  name: 'pipeline'
  properties: {
    issuer: issuer
    subject: subject
    audiences: [audience]
  }
}

@description('Client id: what a job signs in with.')
output clientId string = identity.properties.clientId

@description('Object id: what rights are given to.')
output principalId string = identity.properties.principalId
