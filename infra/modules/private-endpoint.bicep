metadata description = 'A private endpoint of one service, with its name in the private zone that network.bicep made.'

@description('Region of the endpoint.')
param location string

@description('Name of what it leads to; the endpoint is named after it.')
param targetName string

@description('Tags of the endpoint.')
param tags object

@description('Id of the subnet that it is in.')
param subnetId string

@description('Id of what it leads to.')
param targetId string

@allowed(['blob', 'queue', 'table', 'vault'])
@description('Which service of that.')
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
