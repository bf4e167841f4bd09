output "bot_app_id" {
  description = "teams.app_id; its client secret is teams-client-secret."
  value       = azuread_application.bot.client_id
}

output "directory_app_id" {
  description = "customers.graph.client_id; its client secret is graph-client-secret."
  value       = azuread_application.directory.client_id
}

output "messaging_endpoint" {
  description = "What Teams calls."
  value       = azurerm_bot_service_azure_bot.bot.endpoint
}

output "registry" {
  description = "Push the image onboard-bot here."
  value       = azurerm_container_registry.bot.login_server
}

output "database_host" {
  description = "Reached from the virtual network only."
  value       = azurerm_postgresql_flexible_server.bot.fqdn
}
