# The registration by which Teams finds the bot: of one tenant, without keys of its own.
resource "azurerm_bot_service_azure_bot" "bot" {
  name                          = var.name
  resource_group_name           = azurerm_resource_group.bot.name
  location                      = "global"
  sku                           = "S1"
  display_name                  = "Onboard"
  endpoint                      = "https://${azurerm_container_app.bot.ingress[0].fqdn}/api/messages"
  microsoft_app_id              = azuread_application.bot.client_id
  microsoft_app_tenant_id       = var.tenant_id
  microsoft_app_type            = "SingleTenant"
  local_authentication_enabled  = false
  public_network_access_enabled = true
}

resource "azurerm_bot_channel_ms_teams" "bot" {
  bot_name            = azurerm_bot_service_azure_bot.bot.name
  resource_group_name = azurerm_resource_group.bot.name
  location            = azurerm_bot_service_azure_bot.bot.location
  calling_enabled     = false
}
