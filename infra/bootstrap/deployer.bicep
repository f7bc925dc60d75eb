metadata description = 'An identity that a pipeline signs in with. It has no password: jobs sign in with their own federated token.'

@description('Name of the identity.')
param name string

@description('Its region.')
param location string

@description('Its tags.')
param tags object

@description('Issuer of the pipeline\'s tokens.')
param issuer string

@description('Subject of the jobs that may use it; it must match exactly.')
param subject string

@description('Audience of the pipeline\'s tokens.')
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

@description('Object id: what roles are assigned to.')
output principalId string = identity.properties.principalId
