locals {
  # The names that configuration and secrets use. Each becomes a file below /mnt/onboard-bot.
  secret_names = toset([
    "postgres-password",
    "teams-client-secret",
    "slack-signing-secret",
    "slack-bot-token",
    "graph-client-secret",
    "netsapiens-api-key",
    "connecttoteams-client-secret",
    "connecttoteams-password",
  ])
}

# Who the bot is inside Azure: it pulls the image and reads the secrets, nothing else.
resource "azurerm_user_assigned_identity" "bot" {
  name                = var.name
  resource_group_name = azurerm_resource_group.bot.name
  location            = azurerm_resource_group.bot.location
}

# Open to the network, closed by Entra roles. Where the network must be closed too, add a private endpoint.
resource "azurerm_key_vault" "bot" {
  name                       = "${var.name}-kv"
  resource_group_name        = azurerm_resource_group.bot.name
  location                   = azurerm_resource_group.bot.location
  tenant_id                  = var.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 90
}

resource "azurerm_role_assignment" "secrets_written" {
  for_each             = var.operator_object_ids
  scope                = azurerm_key_vault.bot.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = each.value
}

resource "azurerm_role_assignment" "secrets_read" {
  scope                = azurerm_key_vault.bot.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.bot.principal_id
}

resource "azurerm_key_vault_secret" "bot" {
  for_each         = local.secret_names
  name             = each.value
  key_vault_id     = azurerm_key_vault.bot.id
  value_wo         = var.secrets[each.value]
  value_wo_version = var.secrets_version

  depends_on = [azurerm_role_assignment.secrets_written]
}

resource "azurerm_monitor_diagnostic_setting" "vault" {
  name                       = "who-read-what"
  target_resource_id         = azurerm_key_vault.bot.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.bot.id

  enabled_log {
    category = "AuditEvent"
  }
}
