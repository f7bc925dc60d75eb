metadata description = 'The app\'s name and the host name that Azure gives it, for what has to know them before there is an app. It makes nothing.'

@minLength(1)
@maxLength(8)
@description('The environment, such as dev, test or prod.')
param environmentName string

@minLength(2)
@maxLength(10)
@description('Base name of all resources.')
param name string = 'pde'

@export()
@description('What makes names unique that are unique in all of Azure.')
func tokenOf(groupId string, environmentName string) string => uniqueString(groupId, environmentName)

@export()
@description('Name of the app.')
func siteNameOf(baseName string, token string) string => 'func-${baseName}-${token}'

@export()
@description('The host name of an app in a cloud, by the name that environment() has for it. The template of the app asks for no other.')
func hostNameOf(siteName string, cloud string) string =>
  toLower(format(
    cloud == 'AzureUSGovernment'
      ? '{0}.azurewebsites.us'
      : cloud == 'AzureChinaCloud' ? '{0}.chinacloudsites.cn' : '{0}.azurewebsites.net',
    siteName
  ))

@description('Host name of the app.')
output hostName string = hostNameOf(
  siteNameOf('${name}-${environmentName}', tokenOf(resourceGroup().id, environmentName)),
  environment().name
)
