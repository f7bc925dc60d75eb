"""Microsoft Graph: three calls, through the Graph SDK. Resolve a user, submit an export, read an operation."""
