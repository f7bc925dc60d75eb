// For the Azure Developer CLI, which looks for the parameters beside the template. Everything else deploys a file of
// infra/environments.
using 'main.bicep'
extends 'environments/dev.bicepparam'
