using '../../../infra/bootstrap/main.bicep'

// What an owner of the subscription deploys once for each environment.
param environmentName = 'prod'
param location = 'westeurope'
param issuer = 'https://token.actions.githubusercontent.com'
param deploySubject = 'repo:contoso/personal-data-export:environment:prod'
param planSubject = 'repo:contoso/personal-data-export:environment:prod-plan'
param identitySubject = 'repo:contoso/personal-data-export:environment:prod-identity'
