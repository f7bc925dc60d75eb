using '../../../infra/identity/main.bicep'

extends '../../../infra/identity/main.bicepparam'

// Everything that the identity stage can grant.
param exportInboundProfiles = true
param sampleLogicApp = true
param callers = [
  {
    principalId: '33333333-3333-3333-3333-333333333333'
    role: 'Exports.Operate'
  }
  {
    principalId: '55555555-5555-5555-5555-555555555555'
    role: 'Exports.Read'
  }
]
param trustedClientIds = ['66666666-6666-6666-6666-666666666666']
param console = true
param publicBaseUrl = 'https://exports.contoso.com'
