metadata description = 'A private endpoint for one service, with its name in the private DNS zone from network.bicep.'

@description('Region of the endpoint.')
param location string

@description('Name of the target resource; the endpoint is named after it.')
param targetName string

@description('Tags of the endpoint.')
param tags object

@description('Id of the endpoint\'s subnet.')
param subnetId string

@description('Id of the target resource.')
param targetId string

@allowed(['blob', 'queue', 'table', 'vault'])
@description('Which of the target\'s services.')
param service string

var storageZone = 'privatelink.${service}.${environment().suffixes.storage}'
var vaultZone = replace(environment().suffixes.keyvaultDns, '.vault.', 'privatelink.vaultcore.')

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = {
  name: service == 'vault' ? vaultZone : storageZone
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = {
  name: 'pep-${targetName}-${service}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: service
        properties: {
          privateLinkServiceId: targetId
          groupIds: [service]
        }
      }
    ]
  }

  resource names 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: service
          properties: {
            privateDnsZoneId: zone.id
          }
        }
      ]
    }
  }
}
