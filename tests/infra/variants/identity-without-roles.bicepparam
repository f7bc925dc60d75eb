using '../../../infra/identity/main.bicep'

extends '../../../infra/identity/main.bicepparam'

// Another team grants the roles.
param assignRoles = false
param callers = [
  {
    principalId: '33333333-3333-3333-3333-333333333333'
    role: 'Exports.Operate'
  }
]
