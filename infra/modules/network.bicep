metadata description = 'The network for the app\'s outbound calls, and the private DNS zones of the services that it calls.'

@description('Region of the network.')
param location string

@description('Base name of the resources.')
param name string

@description('Tags of the resources.')
param tags object

@description('Address space, a /24 or larger.')
param addressPrefix string

@description('Whether rules let only the app\'s subnet reach the private endpoints.')
param restrictEndpoints bool

@allowed(['flexConsumption', 'elasticPremium'])
@description('Hosting plan of the app; it decides which service the subnet is delegated to.')
param hosting string

var delegation = hosting == 'flexConsumption' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'
// A /26 has room for the instances of either plan while they are replaced. A subnet that is in use can't be enlarged.
var appPrefix = cidrSubnet(addressPrefix, 26, 0)
var endpointPrefix = cidrSubnet(addressPrefix, 27, 2)
var zoneNames = [
  'privatelink.blob.${environment().suffixes.storage}'
  'privatelink.queue.${environment().suffixes.storage}'
  'privatelink.table.${environment().suffixes.storage}'
  replace(environment().suffixes.keyvaultDns, '.vault.', 'privatelink.vaultcore.')
]

resource outboundAddress 'Microsoft.Network/publicIPAddresses@2024-07-01' = {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

// Graph, Entra, telemetry, the export account and callback receivers have public addresses. Azure is retiring default
// outbound access, so calls to them leave through a gateway, whose one address receivers can allow. The Standard SKU
// is in one zone that Azure chooses: an outage of that zone delays exports, but loses none.
resource natGateway 'Microsoft.Network/natGateways@2024-07-01' = {
  name: 'ng-${name}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIpAddresses: [
      {
        id: outboundAddress.id
      }
    ]
  }
}

// Azure's default rules: nothing comes in from outside, everything may go out.
resource appRules 'Microsoft.Network/networkSecurityGroups@2024-07-01' = {
  name: 'nsg-${name}-app'
  location: location
  tags: tags
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2024-07-01' = {
  name: 'nsg-${name}-endpoints'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'app-https'
        properties: {
          description: 'The app calls storage and the vault.'
          direction: 'Inbound'
          priority: 100
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: appPrefix
          sourcePortRange: '*'
          destinationAddressPrefix: endpointPrefix
          destinationPortRange: '443'
        }
      }
      {
        name: 'nobody-else'
        properties: {
          description: 'Nobody else calls them, not even from a network that is peered later.'
          direction: 'Inbound'
          priority: 4096
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addressPrefix]
    }
    // Inline: as separate resources, the two subnets would be written concurrently and one of them would fail.
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: appPrefix
          natGateway: {
            id: natGateway.id
          }
          networkSecurityGroup: {
            id: appRules.id
          }
          delegations: [
            {
              name: 'app'
              properties: {
                serviceName: delegation
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointPrefix
          networkSecurityGroup: {
            id: endpointRules.id
          }
          // The rules above apply to private endpoints only if this says so.
          privateEndpointNetworkPolicies: restrictEndpoints ? 'NetworkSecurityGroupEnabled' : 'Disabled'
          defaultOutboundAccess: false
        }
      }
    ]
  }

  resource appSubnet 'subnets' existing = {
    name: 'app'
  }

  resource endpointSubnet 'subnets' existing = {
    name: 'endpoints'
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zoneName in zoneNames: {
    name: zoneName
    location: 'global'
    tags: tags
  }
]

resource zoneLinks 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for i in range(0, length(zoneNames)): {
    parent: zones[i]
    name: 'app'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: network.id
      }
    }
  }
]

@description('Id of the subnet for the app\'s outbound calls.')
output appSubnetId string = network::appSubnet.id

@description('Id of the subnet for private endpoints.')
output endpointSubnetId string = network::endpointSubnet.id

@description('The app\'s outbound address.')
output outboundAddress string = outboundAddress.properties.ipAddress
