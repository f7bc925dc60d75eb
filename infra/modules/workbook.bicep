metadata description = 'The workbook that gives operators an overview of all exports.'

@description('Region of the workbook.')
param location string

@description('Base name of the workbook.')
param name string

@description('Tags of the workbook.')
param tags object

@description('Id of the Log Analytics workspace that it queries.')
param workspaceId string

// The file names no workspace, so that it can be opened and saved in the portal's editor.
var content = replace(loadTextContent('../monitoring/exports.workbook.json'), '{workspaceId}', workspaceId)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // A workbook's name must be a GUID.
  name: guid(resourceGroup().id, 'exports-workbook', name)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Personal data exports (${name})'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: content
  }
}
