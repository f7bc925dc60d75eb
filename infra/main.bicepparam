using 'main.bicep'
extends 'environments/dev.bicepparam'
