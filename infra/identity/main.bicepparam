using 'main.bicep'

// One file for every environment: what differs comes from the variables of the pipeline, of azd or of the shell.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param name = readEnvironmentVariable('BASE_NAME', 'pde')
param tags = {
  'azd-env-name': readEnvironmentVariable('AZURE_ENV_NAME')
}
param assignRoles = bool(readEnvironmentVariable('ASSIGN_ROLES', 'true'))
param exportInboundProfiles = bool(readEnvironmentVariable('EXPORT_INBOUND_PROFILES', 'false'))
param sampleLogicApp = bool(readEnvironmentVariable('SAMPLE_LOGIC_APP', 'false'))
// JSON: [{"principalId": "object id", "role": "Exports.Submit"}]
param callers = json(readEnvironmentVariable('API_CALLERS', '[]'))
// JSON: ["client id"]
param trustedClientIds = json(readEnvironmentVariable('TRUSTED_CLIENT_IDS', '[]'))
param console = bool(readEnvironmentVariable('CONSOLE', 'false'))
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
