using '../../../infra/bootstrap/certify.bicep'

// What an owner of a subscription for tests deploys once for certify.yml.
param location = 'westeurope'
param issuer = 'https://token.actions.githubusercontent.com'
param subject = 'repo:contoso/personal-data-export:environment:certify'
